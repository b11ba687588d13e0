"""Invoked by people and state machines: what addresses a fleet needs, whether they are there, and what would help."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.instance_types import InstanceTypes
from nodenet.serving import logger
from nodenet.serving_capacity import serve_plan


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """The event is `{"document": …}`, a plan's document as an object or as YAML text; `"advice": false` leaves the
    advice out, `"detail": "summary"` makes the answer small enough for a state machine. The answer names every mistake
    in `mistakes`, or holds the plan."""
    return serve_plan(event, lambda names: InstanceTypes(clients.ec2()).limits(names))
