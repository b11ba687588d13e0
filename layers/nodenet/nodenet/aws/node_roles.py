"""The roles that instances have."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from nodenet.aws.errors import code_of, translated

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_iam import IAMClient

_NO_PROFILE: Final = "NoSuchEntity"


class NodeRoles:
    """Raises the exceptions of nodenet.errors."""

    def __init__(self, ec2: "EC2Client", iam: "IAMClient") -> None:
        self._ec2, self._iam = ec2, iam

    def of_instances(self, instances: Collection[str]) -> Mapping[str, str]:
        """The ARN of the role of each instance that has an instance profile, by the instance's id: one call of IAM for
        each profile."""
        profiles: dict[str, str] = {}
        filters = [{"Name": "instance-id", "Values": sorted(instances)}]
        with translated():
            for page in self._ec2.get_paginator("describe_instances").paginate(Filters=filters):  # type: ignore[arg-type]
                for reservation in page["Reservations"]:
                    for each in reservation["Instances"]:
                        if arn := each.get("IamInstanceProfile", {}).get("Arn"):
                            profiles[each["InstanceId"]] = arn.rpartition("/")[2]
        roles = {name: self._role(name) for name in set(profiles.values())}
        return {instance: roles[name] for instance, name in profiles.items() if roles[name]}

    def _role(self, profile: str) -> str:
        """Empty where there is no such profile."""
        with translated():
            try:
                found = self._iam.get_instance_profile(InstanceProfileName=profile)["InstanceProfile"]["Roles"]
            except ClientError as error:
                if code_of(error) == _NO_PROFILE:
                    return ""
                raise
        return found[0]["Arn"] if found else ""
