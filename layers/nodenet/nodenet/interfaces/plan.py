"""What a node needs: a pure decision over what EC2 shows, with a reason for every step.

Whatever is attached already, applying the steps leaves exactly the configured networks, so a second delivery
of the same event gives an empty plan.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from nodenet.configuration.resolved import ResolvedGroup, ResolvedNetwork
from nodenet.interfaces.addresses import choices, has_addresses
from nodenet.interfaces.identity import (
    INSTANCE_TAG,
    NETWORK_TAG,
    RETENTION_TAG,
    client_token,
    description,
    holder,
    ordinal_of,
    tags,
)
from nodenet.interfaces.room import free_indexes, no_place, no_room
from nodenet.interfaces.steps import (
    Attach,
    Create,
    Decision,
    Fail,
    Gone,
    Hold,
    InterfacePlan,
    Retag,
    SetDeleteOnTermination,
    SetSourceDestCheck,
    Step,
    Wait,
    Wire,
)
from nodenet.interfaces.wanted import Wanted
from nodenet.limits import InstanceLimits
from nodenet.networks import Instance, Interface

PENDING_SECONDS: Final = 5
"""How soon to look at a pending instance again: EC2 attaches to running and stopped ones."""


def plan(
    cluster: str,
    instance: Instance,
    group: ResolvedGroup,
    limits: InstanceLimits,
    attempt: int = 0,
    spare: Sequence[Interface] = (),
    *,
    recovering: bool = False,
) -> Decision:
    """Decides what `instance` needs to have the networks of `group`.

    `attempt` goes into the client tokens. `spare` are unattached ENIs that nodenet made: for this node, in a delivery
    that was cut off, or kept from a node that is gone. `recovering` says that there was such a delivery.
    """
    if instance.gone:
        return Gone(f"the instance is {instance.state}")
    if unserved := [network.name for network in group.networks if instance.zone not in network.subnet_by_zone]:
        return Fail(f"no subnet in {instance.zone} for {', '.join(unserved)}")
    wanted = [Wanted(network, instance) for network in group.networks]
    if alike := [want.network.name for want in wanted if want.is_like_primary]:
        return Hold(
            f"{', '.join(alike)}: subnet and groups are those of {instance.id}'s primary interface, so that nothing "
            "tells the network from the VPC CNI's interfaces; give the network a security group of its own"
        )
    if any(interface.status == "detaching" for want in wanted for interface in want.present):
        return Wait(PENDING_SECONDS, "an interface of nodenet's is detaching")
    if refusal := no_place(wanted, instance, limits) or no_room(wanted, limits):
        return refusal
    indexes = {card.index: free_indexes(instance, card.index, card.maximum_interfaces) for card in limits.cards}
    spares = _Spares(spare, instance)
    plans: list[InterfacePlan] = []
    for want in wanted:
        plans += [_settle(want.network, interface, instance, recovering=recovering) for interface in want.present]
        for ordinal in want.missing:
            free = indexes[want.network.network_card]
            attach = _attach(want.network, free.pop(0), tuple(free))
            create = _create(cluster, instance, group, want, ordinal, attempt, limits)
            plans.append(_obtain(instance, want, ordinal, create, attach, spares))
    attaches = any(isinstance(step, Attach) for each in plans for step in each.steps)
    if attaches and instance.state in ("pending", "stopping"):
        return Wait(PENDING_SECONDS, f"the instance is {instance.state}")
    return Wire(tuple(plans), tuple(spares.surplus()))


class _Spares:
    """Unattached ENIs, each given out once: this node's own first, then those kept from nodes that are gone."""

    def __init__(self, spare: Sequence[Interface], instance: Instance) -> None:
        self._instance_id = instance.id
        self._left = sorted(spare, key=lambda each: (each.tags.get(INSTANCE_TAG) != instance.id, each.id))

    def take(self, network: ResolvedNetwork, zone: str, ordinal: int) -> Interface | None:
        subnet_id = network.subnet_by_zone[zone]
        fitting = [
            each
            for each in self._left
            if each.tags.get(NETWORK_TAG) == network.name
            and (each.subnet_id, each.security_groups) == (subnet_id, network.security_groups)
            and has_addresses(each, network, zone)
        ]
        fitting.sort(key=lambda each: ordinal_of(each) != ordinal)
        for interface in fitting[:1]:
            self._left.remove(interface)
            return interface
        return None

    def surplus(self) -> Iterator[Interface]:
        """Those of this node's own that nothing was to be made of."""
        for interface in self._left:
            if interface.tags.get(INSTANCE_TAG) == self._instance_id and interface.tags.get(RETENTION_TAG) != "keep":
                yield interface


def _attach(network: ResolvedNetwork, index: int, others: tuple[int, ...]) -> Attach:
    return Attach(
        network.network_card,
        index,
        others,
        network.ena_queues,
        f"device index {index} is the highest free one of network card {network.network_card}",
    )


def _settle(network: ResolvedNetwork, interface: Interface, instance: Instance, *, recovering: bool) -> InterfacePlan:
    """What an attached ENI lacks: the half that an earlier delivery did not come to."""
    if ordinal_of(interface) is None:
        return InterfacePlan(network.name, interface, (), "attached by somebody else, and left as it is")
    steps = list(_attributes(network, interface))
    if any(isinstance(step, SetDeleteOnTermination) for step in steps):
        # Made under another retention, perhaps: what is left over is known by the tag.
        steps.append(Retag({RETENTION_TAG: network.retention}, "its retention"))
    if recovering and network.retention == "keep":
        # EC2 shows no tags of it here: it may still have those of the node that it was kept from.
        steps.append(Retag({INSTANCE_TAG: instance.id}, "an earlier delivery was cut off"))
    if interface.security_groups != network.security_groups:
        reason = "attached; its groups differ from the configuration, and nodenet changes no interface in use"
    elif not has_addresses(interface, network, instance.zone):
        reason = "attached; its addresses differ from the configuration, and nodenet changes no interface in use"
    else:
        reason = "attached already"
    return InterfacePlan(network.name, interface, tuple(steps), reason)


def _create(
    cluster: str,
    instance: Instance,
    group: ResolvedGroup,
    want: Wanted,
    ordinal: int,
    attempt: int,
    limits: InstanceLimits,
) -> Create:
    """How to make the ENI with its pods' addresses: in the call that creates it, so that they cost no further one."""
    network = want.network
    create: Create | None = None
    ways = choices(network, instance.zone, holder(instance.id, network.name, ordinal), limits)
    for way in reversed(ways):
        create = Create(
            client_token(instance.id, network.name, ordinal, attempt, way.name),
            want.subnet_id,
            network.security_groups,
            description(network.name, ordinal),
            tags(cluster, instance, group, network),
            f"{network.name} is missing",
            way.ipv4,
            way.ipv6,
            otherwise=create,
        )
    assert create is not None
    return create


def _obtain(
    instance: Instance, want: Wanted, ordinal: int, create: Create, attach: Attach, spares: _Spares
) -> InterfacePlan:
    """An ENI that is not attached yet: a spare one if there is one, a new one if not."""
    network = want.network
    new = InterfacePlan(network.name, None, (create, attach, *_attributes(network, None)), create.reason)
    interface = spares.take(network, instance.zone, ordinal)
    if interface is None:
        return new
    steps: list[Step] = [attach, *_attributes(network, interface)]
    if changed := {key: value for key, value in create.tags.items() if interface.tags.get(key) != value}:
        steps.append(Retag(changed, "its tags are of another node or configuration"))
    if (owner := interface.tags.get(INSTANCE_TAG)) == instance.id:
        return InterfacePlan(network.name, interface, tuple(steps), "made for this node by an earlier delivery")
    return InterfacePlan(network.name, interface, tuple(steps), f"kept from {owner}", otherwise=new)


def _attributes(network: ResolvedNetwork, interface: Interface | None) -> Iterator[Step]:
    """The attributes that neither create nor attach can set: after an attach DeleteOnTermination is false."""
    attachment = interface.attachment if interface else None
    goes = network.retention == "delete"
    if goes != (attachment.delete_on_termination if attachment else False):
        yield SetDeleteOnTermination(goes, "it goes with the instance" if goes else "it outlives the node")
    check = interface.source_dest_check if interface else True
    if check != network.source_dest_check:
        yield SetSourceDestCheck(network.source_dest_check, f"{network.name} says so")
