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
from nodenet.networks import Instance, Interface
from nodenet.nodes.node import Claimed


class Ec2(Protocol):
    def interfaces_made_for(self, instance_ids: Sequence[str]) -> list[Interface]: ...
    def interfaces_kept_for(self, groups: Sequence[str]) -> list[Interface]: ...
    def instances(self, instance_ids: Sequence[str]) -> dict[str, Instance]: ...
    def limits(self, instance_type: str) -> InstanceLimits: ...


type Decided = tuple[ResolvedGroup | None, Decision]


def decide(claimed: Sequence[Claimed], configuration: ResolvedConfiguration, ec2: Ec2) -> list[Decided | Exception]:
    """The group and the decision of each node, one node after the other: a kept ENI goes to one of them only.

    What nobody foresaw of one node stands in its place: the others of the batch go on.
    """
    first = [_safely(each, configuration, ec2, ()) for each in claimed]
    spares = _spares(claimed, first, ec2)
    decided: list[Decided | Exception] = []
    for each, found in zip(claimed, first, strict=True):
        fitting = [] if isinstance(found, Exception) else [one for one in spares if _may_have(each, found[0], one)]
        again = _safely(each, configuration, ec2, fitting) if fitting else found
        if not isinstance(again, Exception) and isinstance(again[1], Wire):
            given = {plan.interface.id for plan in again[1].interfaces if plan.interface}
            spares = [spare for spare in spares if spare.id not in given]
        decided.append(again)
    return decided


def _safely(
    claimed: Claimed, configuration: ResolvedConfiguration, ec2: Ec2, spare: Sequence[Interface]
) -> Decided | Exception:
    try:
        return _decide(claimed, configuration, ec2, spare)
    except Exception as error:  # noqa: BLE001 - raised again where the node's messages are answered
        return error


def _decide(claimed: Claimed, configuration: ResolvedConfiguration, ec2: Ec2, spare: Sequence[Interface]) -> Decided:
    instance, group = claimed.instance, None
    try:
        group = configuration.group_of(instance.tags)
        if group is None:
            return None, Skip(f"no node group of the configuration selects {instance.id}")
        limits = table.shipped(instance.type) or ec2.limits(instance.type)
        recovering = claimed.node.seen_before and claimed.claim.end is None
        attempt = claimed.claim.attempt
        return group, plan(configuration.cluster, instance, group, limits, attempt, spare, recovering=recovering)
    except TransientError as error:
        return group, Wait(10, str(error))
    except NodeError as error:
        return group, Fail(str(error))
    except HeldError as error:
        return group, Hold(str(error))


def _spares(claimed: Sequence[Claimed], first: Sequence[Decided | Exception], ec2: Ec2) -> list[Interface]:
    """Unattached ENIs of nodenet's. A node that is seen for the first time has none: then this costs no call."""
    half_done: list[str] = []
    keeping: set[str] = set()
    for each, found in zip(claimed, first, strict=True):
        if isinstance(found, Exception):
            continue
        group, decision = found
        if group is None or not isinstance(decision, Wire):
            continue
        wires = decision.interfaces
        missing = {wire.network for wire in wires if any(isinstance(step, Create) for step in wire.steps)}
        if missing and (each.node.seen_before or each.claim.attempt or len(missing) < len(group.networks)):
            half_done.append(each.instance.id)
        if any(network.retention == "keep" for network in group.networks if network.name in missing):
            keeping.add(group.name)
    made = ec2.interfaces_made_for(half_done) if half_done else []
    kept = _ownerless(ec2.interfaces_kept_for(sorted(keeping)), ec2) if keeping else []
    by_id = {interface.id: interface for interface in [*made, *kept] if interface.attachment is None}
    return list(by_id.values())


def _ownerless(kept: Sequence[Interface], ec2: Ec2) -> list[Interface]:
    """Those whose node is gone: one that is only about to be attached looks the same."""
    owners = {interface.tags.get(INSTANCE_TAG, "") for interface in kept}
    known = ec2.instances(sorted(owners)) if owners else {}
    living = {instance.id for instance in known.values() if not instance.gone}
    return [interface for interface in kept if interface.tags.get(INSTANCE_TAG, "") not in living]


def _may_have(claimed: Claimed, group: ResolvedGroup | None, spare: Interface) -> bool:
    """Its own from an earlier delivery, or one kept in its node group."""
    if spare.tags.get(INSTANCE_TAG) == claimed.instance.id:
        return True
    kept = spare.tags.get(RETENTION_TAG) == "keep"
    return kept and group is not None and spare.tags.get(GROUP_TAG) == group.name
