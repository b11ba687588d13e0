"""Auto Scaling of the local region: moto's groups, with the lifecycle that AWS takes instances through."""

from moto.autoscaling.models import autoscaling_backends

from local.autoscaling.backend import LocalAutoScalingBackend
from local.autoscaling.responses import LocalAutoScalingResponse
from local.world import world


def install() -> type[LocalAutoScalingResponse]:
    """Puts this service in the place of moto's and returns its response class; call before the first request."""
    autoscaling_backends.backend = LocalAutoScalingBackend
    if _instance_changed not in world.on_instance_state:
        world.on_instance_state.append(_instance_changed)
    return LocalAutoScalingResponse


def _instance_changed(instance_id: str, state: str) -> None:
    for account in list(autoscaling_backends.values()):
        for backend in list(account.values()):
            backend.instance_changed(instance_id, state)
