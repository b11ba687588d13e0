"""The load balancers and target groups of one account and region."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from moto.elbv2.exceptions import TargetGroupNotFoundError
from moto.elbv2.models import ELBv2Backend

from local.loads.target_group import TargetGroup


class LoadBackend(ELBv2Backend):
    """What the responses, and Auto Scaling, call."""

    def create_target_group(self, name: str, **given: Any) -> TargetGroup:
        group: Any = super().create_target_group(name, **given)
        group.__class__ = TargetGroup
        vars(group).pop("load_balancer_arns", None)
        group.begin(self)
        return group  # type: ignore[no-any-return]

    def target_group(self, arn: str) -> TargetGroup:
        """TargetGroupNotFound where there is none."""
        if arn not in self.target_groups:
            raise TargetGroupNotFoundError
        group: TargetGroup = self.target_groups[arn]
        return group

    def target_health(self, arn: str, asked: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        return self.target_group(arn).health_of(asked)

    def balancers_of(self, arn: str) -> list[Any]:
        """The load balancers with a listener or rule that forwards to a target group."""
        return [one for one in self.load_balancers.values() if arn in set(self._forwarded(one))]

    def deregister_instance(self, instance_id: str) -> None:
        for group in self.target_groups.values():
            group.deregister_instance(instance_id)

    def notify_terminate_instances(self, instance_ids: list[str]) -> None:
        """moto's EC2 would call it; the region tells of every state itself."""

    def _forwarded(self, balancer: Any) -> Iterator[str]:
        for listener in balancer.listeners.values():
            for rule in listener.rules.values():
                for action in rule.actions:
                    yield from self._get_target_group_arns_from(action_data=action.data)
