"""A Task's Resource: what is called, by which integration pattern, and how its events are named.

Developer guide, "Integrating services with Step Functions" and "Discover service integration patterns".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SERVICE = "arn:aws:states:::"
TOKEN, SYNC, SYNC_2 = "waitForTaskToken", "sync", "sync:2"


@dataclass(frozen=True)
class Resource:
    """`service` is `lambda`, `states`, `aws-sdk:ec2` …; `action` is the rest without the pattern.

    For functions and activities named by their ARN the service is `function` or `activity`, and `action` the ARN.
    """

    service: str
    action: str
    pattern: str = ""

    @property
    def events(self) -> str:
        """What the names of the events begin with."""
        return {"function": "LambdaFunction", "activity": "Activity"}.get(self.service, "Task")

    @property
    def details(self) -> Mapping[str, Any] | None:
        """What every event of a Task says of its resource; events of functions and activities say nothing."""
        if self.events != "Task":
            return None
        name = f"{self.action}.{self.pattern}" if self.pattern else self.action
        return {"resourceType": self.service, "resource": name}


def parse(arn: str) -> Resource:
    """Raises ValueError where nothing can be called by that name."""
    if arn.startswith(_SERVICE):
        service, _, action = arn.removeprefix(_SERVICE).partition(":")
        if service == "aws-sdk":
            sdk, _, action = action.partition(":")
            service = f"aws-sdk:{sdk}"
        action, _, pattern = action.partition(".")
        if not action or pattern not in ("", TOKEN, SYNC, SYNC_2):
            raise ValueError(f"Value ({arn}) is not a valid resource ARN")
        return Resource(service, action, pattern)
    if ":function:" in arn and arn.startswith("arn:"):
        return Resource("function", arn)
    if ":activity:" in arn and arn.startswith("arn:"):
        return Resource("activity", arn)
    raise ValueError(f"Value ({arn}) is not a valid resource ARN")
