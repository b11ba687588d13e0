"""Public parameters of AWS Systems Manager that name machine images, which templates of node groups look up."""

import hashlib
import re
from typing import Any

from local.plane import private

# EKS user guide, "Retrieve recommended Amazon Linux AMI IDs" and "Retrieve recommended Bottlerocket AMI IDs"; EC2 user
# guide, "Reference AMIs using Systems Manager parameters". The images themselves are never looked at in the region.
_IMAGES = re.compile(
    r"/aws/service/eks/optimized-ami/\d+\.\d+/[\w.-]+(/[\w.-]+)*/recommended/image_id"
    r"|/aws/service/bottlerocket/aws-k8s-\d+\.\d+[\w.-]*/\w+/[\w.-]+/image_id"
    r"|/aws/service/ami-amazon-linux-latest/[\w.-]+"
)


def install() -> None:
    private.replace("services.ssm._public_parameter", _also_images)


def _also_images(original: Any) -> Any:
    def public_parameter(name: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = original(name)
        if found or not _IMAGES.fullmatch(name or ""):
            return found
        region = private.get("core.responses.get_region")()
        return {
            "Name": name,
            "Type": "String",
            "Value": "ami-" + hashlib.sha256(name.encode()).hexdigest()[:17],
            "Version": 1,
            "LastModifiedDate": 1728518400,
            "ARN": f"arn:aws:ssm:{region}::parameter{name}",
        }

    return public_parameter
