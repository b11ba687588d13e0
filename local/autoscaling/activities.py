"""Scaling activities: the record of every launch, termination and move."""

import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.world import world


def now() -> datetime:
    """The region's time as AWS's APIs answer it: UTC, whole milliseconds."""
    moment = datetime.fromtimestamp(world.clock.now(), UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=None)


def stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds") + "Z"


def at(text: str) -> str:
    """A sentence of an activity's cause, with the time in front as AWS writes it."""
    return f"At {now().isoformat(timespec='seconds')}Z {text}"


@dataclass(eq=False)
class Activity:
    """One activity of a group; the names are those of the service model's Activity."""

    auto_scaling_group_name: str
    auto_scaling_group_arn: str
    description: str
    cause: str
    availability_zone: str
    subnet: str | None = None
    status_code: str = "InProgress"
    progress: int = 0
    status_message: str | None = None
    activity_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    start_time: datetime = field(default_factory=now)
    end_time: datetime | None = None

    @property
    def places(self) -> dict[str, str]:
        """Where it happens, under the names that events give it."""
        return {"Availability Zone": self.availability_zone} | ({"Subnet ID": self.subnet} if self.subnet else {})

    @property
    def details(self) -> str:
        return json.dumps(self.places)

    def end(self, status: str, message: str | None = None) -> None:
        """Closes the activity as Successful, Failed or Cancelled; what is closed stays as it is."""
        if self.end_time is None:
            self.status_code, self.status_message = status, message
            self.progress, self.end_time = 100, now()


def log_entry(
    group: Any, description: str, cause: str, member: Any = None, zone: str = "", subnet: str = ""
) -> Activity:
    """Opens an activity of `group` and puts it first in the group's record, newest first as AWS lists them."""
    if member is not None:
        zone, subnet = member.availability_zone, member.instance.subnet_id
    activity = Activity(group.name, group.arn, description, cause, zone, subnet or None)
    group.activities.insert(0, activity)
    return activity
