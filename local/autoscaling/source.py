"""What a group starts its instances from: launch configuration, launch template or mixed instances policy."""

from math import ceil
from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup

# API reference, InstancesDistribution: what holds where a policy does not say.
DISTRIBUTION = {
    "OnDemandAllocationStrategy": "prioritized",
    "OnDemandBaseCapacity": 0,
    "OnDemandPercentageAboveBaseCapacity": 100,
    "SpotAllocationStrategy": "lowest-price",
    "SpotInstancePools": 2,
}


class LaunchSource(FakeAutoScalingGroup):
    """The part of a group that knows what its next instance is."""

    def use(
        self,
        *,
        launch_configuration: str | None = None,
        launch_template: dict[str, Any] | None = None,
        mixed_instances_policy: dict[str, Any] | None = None,
    ) -> None:
        """Changes the source for instances to come; at most one may be given, and it replaces the one before."""
        if not (launch_configuration or launch_template or mixed_instances_policy):
            return
        self.launch_config, self.launch_configuration_name, self.ec2_launch_template = None, None, None
        self.mixed_instances_policy = mixed_instances_policy
        if mixed_instances_policy and "InstancesDistribution" not in mixed_instances_policy:
            mixed_instances_policy["InstancesDistribution"] = dict(DISTRIBUTION)
        self._set_launch_configuration(launch_configuration, launch_template, mixed_instances_policy)

    def targets(self, total: int) -> dict[str, int]:
        """How many of `total` capacity units are to be on-demand and spot, by the policy's distribution.

        The share above the base is rounded up in favour of on-demand (API reference, InstancesDistribution).
        """
        policy = (self.mixed_instances_policy or {}).get("InstancesDistribution") or {}
        share = policy.get("OnDemandPercentageAboveBaseCapacity")
        base = min(int(policy.get("OnDemandBaseCapacity") or 0), total)
        on_demand = base + ceil((total - base) * (100 if share is None else int(share)) / 100)
        return {"on-demand": on_demand, "spot": total - on_demand}

    @property
    def overrides(self) -> list[dict[str, Any]]:
        return ((self.mixed_instances_policy or {}).get("LaunchTemplate") or {}).get("Overrides") or []

    @property
    def weights(self) -> dict[str, int]:
        """The capacity units of each instance type; empty without weights."""
        return {o["InstanceType"]: int(o["WeightedCapacity"]) for o in self.overrides if o.get("WeightedCapacity")}

    @property
    def instance_type(self) -> str:
        """The first override's: the "prioritized" strategy (API reference, InstancesDistribution)."""
        first = self.overrides[0].get("InstanceType") if self.overrides else None
        return str(first or super().instance_type)

    @property
    def launch_template(self) -> dict[str, Any] | None:
        return None if self.mixed_instances_policy else super().launch_template

    @property
    def effective_launch_template(self) -> dict[str, Any] | None:
        """What the next instance is started from, its version resolved from $Latest or $Default to a number."""
        template = self.ec2_launch_template
        if template is None:
            return None
        version = template.get_version(self.launch_template_version).number
        return {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name, "Version": str(version)}

    @property
    def launch_source(self) -> object:
        """Compares with Member.launch_source."""
        template = self.effective_launch_template or {}
        return (
            template.get("LaunchTemplateId"),
            template.get("Version"),
            getattr(self, "launch_configuration_name", None),
        )
