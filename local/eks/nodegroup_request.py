"""What requests about node groups say, checked and named."""

from collections.abc import Mapping
from typing import Any

from local.eks.errors import invalid


def check_sizes(sizes: Mapping[str, int]) -> None:
    """Raises InvalidParameterException where minimum, desired and maximum size do not fit each other."""
    least, most, wanted = (sizes.get(key, 0) for key in ("minSize", "maxSize", "desiredSize"))
    if least > most:
        raise invalid(f"Minimum capacity {least} can't be greater than maximum capacity {most}")
    if wanted < least:
        raise invalid(f"Minimum capacity {least} can't be greater than desired size {wanted}")
    if wanted > most:
        raise invalid(f"desired capacity {wanted} can't be greater than max size {most}")


def asked(given: Mapping[str, Any]) -> dict[str, Any]:
    """What an update changes, by the names of UpdateParamType."""
    sizes, labels, taints, update = (
        given.get(key) or {} for key in ("scaling_config", "labels", "taints", "update_config")
    )
    return {
        "MinSize": sizes.get("minSize"),
        "MaxSize": sizes.get("maxSize"),
        "DesiredSize": sizes.get("desiredSize"),
        "LabelsToAdd": labels.get("addOrUpdateLabels"),
        "LabelsToRemove": labels.get("removeLabels"),
        "TaintsToAdd": taints.get("addOrUpdateTaints"),
        "TaintsToRemove": taints.get("removeTaints"),
        "MaxUnavailable": update.get("maxUnavailable"),
        "MaxUnavailablePercentage": update.get("maxUnavailablePercentage"),
        "NodeRepairConfig": given.get("node_repair_config"),
    }
