"""Instances as members of a group, and how Auto Scaling has EC2 start them."""

from typing import Any

from moto.autoscaling.models import ASG_NAME_TAG, InstanceState

from local.autoscaling.hooks import LifecycleHook
from local.world import world


class Member(InstanceState):
    """An EC2 instance in a group or its warm pool.

    `transition`, `activity` and `wait` are set while it is on its way from one lifecycle state to another; `hooks` are
    those that will hold it once it runs.
    """

    def __init__(self, instance: Any, group: Any, *, attached: bool = False) -> None:
        instance.autoscaling_group = group
        super().__init__(
            instance,
            lifecycle_state="InService" if attached else "Pending",
            protected_from_scale_in=group.new_instances_protected_from_scale_in,
        )
        self.launched_at = world.clock.now()
        self.transition: Any = None
        self.activity: Any = None
        self.wait: Any = None
        self.hooks: list[LifecycleHook] = []
        self.ordered = False
        self._template = None if attached else group.effective_launch_template
        self._configuration = None if attached else getattr(group, "launch_configuration_name", None)
        self.weight: int = group.weights.get(instance.instance_type, 1)
        self.weighted_capacity = str(self.weight) if group.weights else None

    @property
    def launch_template(self) -> dict[str, Any] | None:
        """What the instance was started from: the group may have another by now. None where it was attached."""
        return self._template

    @property
    def launch_configuration_name(self) -> str | None:
        return None if self._template else self._configuration

    @property
    def launch_source(self) -> object:
        return (
            (self._template or {}).get("LaunchTemplateId"),
            (self._template or {}).get("Version"),
            self._configuration,
        )

    @property
    def market(self) -> str:
        return "spot" if self.instance.lifecycle == "spot" else "on-demand"

    @property
    def state(self) -> str:
        """The instance's state in EC2."""
        return str(self.instance.state)


def run_instance(group: Any, zone: str, subnet: str | None, market: str) -> Any:
    """Has EC2 start one instance for `group` and returns it; EC2's errors pass through.

    The group's own tags that propagate win over the launch template's (API reference, CreateAutoScalingGroup, Tags).
    """
    template = group.effective_launch_template
    reservation = group.ec2_backend.run_instances(
        group.image_id,
        1,
        group.user_data,
        group.security_groups,
        instance_type=group.instance_type,
        tags={"instance": group.instance_tags | group.get_propagated_tags() | {ASG_NAME_TAG: group.name}},
        placement=zone,
        region_name=group.region,
        launch_config=group.launch_config,
        launch_template=template and {"LaunchTemplateId": template["LaunchTemplateId"], "Version": template["Version"]},
        is_instance_type_default=False,
        associate_public_ip=group.launch_config.associate_public_ip_address if group.launch_config else None,
        subnet_id=subnet,
        **({"instance_market_options": {"MarketType": "spot"}} if market == "spot" else {}),
    )
    return reservation.instances[0]
