"""Which ENIConfig is a node's.

Source: amazon-vpc-cni-k8s v1.23.1, pkg/eniconfig/eniconfig.go, GetNodeSpecificENIConfigName.
"""

from typing import Any

from local.nodes.targets import Settings

EXTERNAL = "vpc.amazonaws.com/externalEniConfig"
DEFAULT = "default"


def name_for(node: dict[str, Any], settings: Settings) -> str:
    """The label that says it from outside, then the annotation, then the label that the settings name."""
    about = node["metadata"]
    labels, annotations = about.get("labels") or {}, about.get("annotations") or {}
    for found in (labels.get(EXTERNAL), annotations.get(settings.annotation), labels.get(settings.label)):
        if found is not None:
            return str(found)
    return DEFAULT
