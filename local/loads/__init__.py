"""Elastic Load Balancing v2 of the local region: moto's load balancers, listeners and rules, with targets that are
looked after. No traffic flows.

`target_group` registration, draining, health checks · `health` `holders` what answers a check · `backend` `responses`
the API · `controller` `targets` `endpoints` `security` `gates` a stand-in for the AWS Load Balancer Controller.
"""

from moto.elbv2.models import elbv2_backends

from local.loads.backend import LoadBackend
from local.loads.responses import LoadResponse
from local.world import world


def install() -> type[LoadResponse]:
    """Puts this service in the place of moto's and returns its response class; call after EC2's."""
    elbv2_backends.backend = LoadBackend
    if _instance_changed not in world.on_instance_state:
        world.on_instance_state.append(_instance_changed)
    return LoadResponse


def _instance_changed(instance_id: str, state: str) -> None:
    if state in ("shutting-down", "terminated"):
        for account in list(elbv2_backends.values()):
            for backend in list(account.values()):
                backend.deregister_instance(instance_id)
