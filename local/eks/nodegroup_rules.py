"""What a launch template and a node group may say beside each other, and what of it the API shows.

Sources: User Guide, "Customize managed nodes with launch templates"; API reference, CreateNodegroup and Nodegroup
(instanceTypes, diskSize, amiType, releaseVersion, remoteAccess) and Issue (Ec2LaunchTemplateInvalidConfiguration).
Wordings are those that AWS's clients report (hashicorp/terraform-provider-aws, terraform-aws-modules/eks).
"""

import base64
import email
import tomllib
from collections.abc import Mapping
from copy import copy
from typing import Any

from local.eks.errors import limit_exceeded, refused
from local.world import world

DEFAULT_AMI = "AL2023_x86_64_STANDARD"
DEFAULT_TYPES = ["t3.medium"]
CUSTOM = "CUSTOM"


def check(template: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    """Raises InvalidRequestException for what is in both `template` (its data) and the request `asked`."""
    if template.get("InstanceType") and asked.get("instance_types"):
        raise refused("Cannot specify instance types in launch template and API request")
    if not template.get("ImageId"):
        return
    if asked.get("ami_type") not in (None, CUSTOM):
        raise refused(
            "You cannot specify an AMI Type other than CUSTOM, when specifying an image id in your launch template."
        )
    for field, word in (("version", "kubernetesVersion"), ("release_version", "releaseVersion")):
        if asked.get(field):
            raise refused(f"You cannot specify the field {word} when using custom AMIs.")


def check_room(cluster: Any) -> None:
    """Raises ResourceLimitExceededException for one node group too many (User Guide, "Service quotas")."""
    if len(cluster.nodegroups) >= world.quotas.nodegroups:
        raise limit_exceeded(f"Nodegroup limit exceeded for cluster {cluster.name}.", clusterName=cluster.name)


def settle(nodegroup: Any, template: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    """Gives a new node group what follows from its template; `instance_types` are always those it starts."""
    image = template.get("ImageId")
    nodegroup.types_in_template = bool(template.get("InstanceType"))
    named = [template["InstanceType"]] if nodegroup.types_in_template else asked.get("instance_types")
    nodegroup.instance_types = list(named or DEFAULT_TYPES)
    nodegroup.ami_type = CUSTOM if image else asked.get("ami_type") or DEFAULT_AMI
    nodegroup.remote_access = asked.get("remote_access")
    if image:
        nodegroup.release_version = image
    elif not asked.get("release_version"):
        nodegroup.release_version = f"{nodegroup.version}.0-20260101"


def renew(nodegroup: Any, template: Mapping[str, Any], request: Mapping[str, Any]) -> None:
    """Gives a node group what follows from another version of its template.

    Raises InvalidRequestException as `check` does, for what the request UpdateNodegroupVersion names beside it.
    """
    kept = {
        "instance_types": None if nodegroup.types_in_template else nodegroup.instance_types,
        "ami_type": None if nodegroup.ami_type == CUSTOM else nodegroup.ami_type,
        "remote_access": nodegroup.remote_access,
        "release_version": request.get("releaseVersion"),
    }
    check(template, {"version": request.get("version"), "release_version": request.get("releaseVersion")})
    settle(nodegroup, template, kept)


def issue(nodegroup: Any, template: Mapping[str, Any]) -> dict[str, Any] | None:
    """The health issue of user data that EKS cannot merge with its own; with an AMI of its own it merges nothing."""
    data = template.get("UserData")
    if not data or template.get("ImageId"):
        return None
    text = base64.b64decode(str(data)).decode(errors="replace")
    kind = nodegroup.ami_type
    if kind.startswith("AL2") and not email.message_from_string(text.lstrip()).is_multipart():
        return _issue("User data was not in the MIME multipart format.")
    if kind.startswith("BOTTLEROCKET") and not _is_toml(text):
        return _issue("User data was not in the TOML format.")
    return None


def shown(nodegroup: Any) -> Any:
    """The node group as DescribeNodegroup has it: what its launch template says is not repeated."""
    answer = copy(nodegroup)
    if nodegroup.launch_template:
        answer.disk_size = None
        if getattr(nodegroup, "types_in_template", False):
            answer.instance_types = None
    return answer


def _issue(message: str) -> dict[str, Any]:
    return {"code": "Ec2LaunchTemplateInvalidConfiguration", "message": message, "resourceIds": []}


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True
