"""The plan of each node of a batch, with the few reads that only some of them need."""

from collections.abc import Sequence
from typing import Protocol

from nodenet import limits as table
from nodenet.configuration.resolved import ResolvedConfiguration, ResolvedGroup
from nodenet.errors import HeldError, NodeError, TransientError
from nodenet.interfaces.identity import GROUP_TAG, INSTANCE_TAG, RETENTION_TAG
from nodenet.interfaces.plan import plan
from nodenet.interfaces.steps import Create, Decision, Fail, Hold, Skip, Wait, Wire
from nodenet.limits import InstanceLimits
from nodenet.networks import Interface
from nodenet.nodes.node import Claimed


class Ec2(Protocol):
    def interfaces_made_for(self, instance_ids: Sequence[str]) -> list[Interface]: ...
    def interfaces_kept_for(self, groups: Sequence[str]) -> list[Interface]: ...
    def limits(self, instance_type: str) -> InstanceLimits: ...


type Decided = tuple[ResolvedGroup | None, Decision]


def decide(claimed: Sequence[Claimed], configuration: ResolvedConfiguration, ec2: Ec2) -> list[Decided]:
    """The group and the decision of each node, one node after the other: a kept ENI goes to one of them only."""
    first = [_decide(each, configuration, ec2, ()) for each in claimed]
    spares = _spares(claimed, first, ec2)
    decided: list[Decided] = []
    for each, (group, decision) in zip(claimed, first, strict=True):
        fitting = [spare for spare in spares if _may_have(each, group, spare)]
        again = _decide(each, configuration, ec2, fitting) if fitting else (group, decision)
        if isinstance(again[1], Wire):
            given = {plan.interface.id for plan in again[1].interfaces if plan.interface}
            spares = [spare for spare in spares if spare.id not in given]
        decided.append(again)
    return decided


def _decide(claimed: Claimed, configuration: ResolvedConfiguration, ec2: Ec2, spare: Sequence[Interface]) -> Decided:
    instance, group = claimed.instance, None
    try:
        group = configuration.group_of(instance.tags)
        if group is None:
            return None, Skip(f"no node group of the configuration selects {instance.id}")
        limits = table.shipped(instance.type) or ec2.limits(instance.type)
        return group, plan(configuration.cluster, instance, group, limits, claimed.attempt, spare)
    except TransientError as error:
        return group, Wait(10, str(error))
    except NodeError as error:
        return group, Fail(str(error))
    except HeldError as error:
        return group, Hold(str(error))


def _spares(claimed: Sequence[Claimed], first: Sequence[Decided], ec2: Ec2) -> list[Interface]:
    """Unattached ENIs of nodenet's. A node that is seen for the first time has none: then this costs no call."""
    half_done: list[str] = []
    keeping: set[str] = set()
    for each, (group, decision) in zip(claimed, first, strict=True):
        if group is None or not isinstance(decision, Wire):
            continue
        wires = decision.interfaces
        missing = {wire.network for wire in wires if any(isinstance(step, Create) for step in wire.steps)}
        if missing and (each.node.seen_before or len(missing) < len(group.networks)):
            half_done.append(each.instance.id)
        if any(network.retention == "keep" for network in group.networks if network.name in missing):
            keeping.add(group.name)
    made = ec2.interfaces_made_for(half_done) if half_done else []
    kept = ec2.interfaces_kept_for(sorted(keeping)) if keeping else []
    by_id = {interface.id: interface for interface in [*made, *kept] if interface.attachment is None}
    return list(by_id.values())


def _may_have(claimed: Claimed, group: ResolvedGroup | None, spare: Interface) -> bool:
    """Its own from an earlier delivery, or one kept in its node group."""
    if spare.tags.get(INSTANCE_TAG) == claimed.instance.id:
        return True
    kept = spare.tags.get(RETENTION_TAG) == "keep"
    return kept and group is not None and spare.tags.get(GROUP_TAG) == group.name
