"""How a cluster autoscaler is known among the Deployments of a cluster."""

from typing import Final

from nodenet.migration.objects import Deployment

_NAME: Final = "cluster-autoscaler"
_LABELS: Final = ("app.kubernetes.io/name", "k8s-app", "app")


def is_cluster_autoscaler(deployment: Deployment) -> bool:
    """By its image's name, which all of its installations have in common, or by the labels of the project's own example
    (kubernetes/autoscaler, cluster-autoscaler/cloudprovider/aws/examples: `app`) and chart (`app.kubernetes.io/name`:
    aws-cluster-autoscaler)."""
    images = (image.partition("@")[0].rpartition("/")[2].partition(":")[0] for image in deployment.images)
    if any(image.startswith(_NAME) for image in images):
        return True
    return any(deployment.labels.get(label, "").endswith(_NAME) for label in _LABELS)
