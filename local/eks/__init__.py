"""EKS of the local region: the API around clusters; Kubernetes itself is not part of it."""

from moto.eks.models import eks_backends

from local.autoscaling import events
from local.eks.backend import LocalEKSBackend
from local.eks.nodegroup_groups import complete_own_action
from local.eks.responses import LocalEKSResponse


def install() -> type[LocalEKSResponse]:
    """Puts this service in the place of moto's and returns its response class; call after Auto Scaling's."""
    eks_backends.backend = LocalEKSBackend
    if complete_own_action not in events.on_lifecycle_action:
        events.on_lifecycle_action.append(complete_own_action)
    return LocalEKSResponse
