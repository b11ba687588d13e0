"""What one node takes, and of what kind: its own ENI, those of the VPC CNI, trunk and branches."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.fleet import ExtraNetwork, NodeGroup
from nodenet.capacity.ipamd.curve import holdings
from nodenet.capacity.max_pods import figures
from nodenet.capacity.plan import MaxPods
from nodenet.capacity.shape import PREFIX_ADDRESSES, Holding, most_enis, shape_of
from nodenet.limits import InstanceLimits

CARD_POOL: Final = 1
"""What ipamd keeps on each further card: DefaultWarmIPTarget and DefaultMinimumIPTarget (pkg/ipamd/ipamd.go)."""


class Eni(NamedTuple):
    """One ENI of the VPC CNI: `singles` addresses one by one, its own among them, and `prefixes` of sixteen."""

    singles: int
    prefixes: int

    @property
    def addresses(self) -> int:
        return self.singles + PREFIX_ADDRESSES * self.prefixes


@dataclass(frozen=True, slots=True)
class NodeDemand:
    """What one node takes.

    `primary` lies in the node's own subnet; `enis`, further network cards' included, where the VPC CNI makes ENIs;
    `branch` interfaces, the trunk included, where amazon-vpc-resource-controller-k8s makes them. `cards`: the part of
    the further cards, in addresses. Of its pods, `beyond` are more than the kubelet takes, `branchless` find no branch
    interface, and those that ipamd has no address for are `holding.waiting`. `idle` addresses no pod can ever have, as
    the kubelet takes no more. `closed`: there is no subnet in which the VPC CNI may make ENIs.
    """

    holding: Holding
    max_pods: MaxPods
    primary: Eni
    enis: tuple[Eni, ...]
    cards: int
    branch: int
    beyond: int
    branchless: int
    idle: int
    closed: bool


class Demands:
    """What nodes of one group take in one kind of place, by the pods that they run."""

    def __init__(
        self,
        group: NodeGroup,
        settings: CniSettings,
        networks: Iterable[ExtraNetwork],
        *,
        primary_excluded: bool = False,
        closed: bool = False,
    ) -> None:
        """`networks` are the group's. `primary_excluded`: a node's own subnet is one that the VPC CNI must not use, so
        that the primary ENI carries no pods. `closed`: there is no subnet at all in which the VPC CNI may make ENIs.
        """
        limits, networks = group.limits, tuple(networks)
        unmanaged = on_card(limits, networks, limits.default_card)
        excluded = primary_excluded
        self._max_pods = figures(
            limits, settings, unmanaged=unmanaged, kubelet=group.max_pods, primary_excluded=excluded
        )
        kubelet = self._max_pods.kubelet
        shape = shape_of(limits, settings, unmanaged=unmanaged, max_pods=kubelet, primary_excluded=excluded)
        self._curve = holdings(replace(shape, enis=1) if closed else shape, settings)
        self._room = max(0, kubelet - group.host_network_pods)
        self._cards = () if closed else tuple(_cards(limits, settings, networks, prefixes=shape.prefixes))
        self._trunk = _takes_trunk(limits, settings, unmanaged)
        self._branch_pods = group.branch_pods if settings.pod_eni else 0
        self._limits, self._closed = limits, closed
        self._found: dict[int, NodeDemand] = {}

    def of(self, pods: int) -> NodeDemand:
        """The demand of a node that runs so many. Branch interfaces come only with ENABLE_POD_ENI: without it a pod's
        security groups say nothing, and it takes an address like the others."""
        found = self._found.get(pods)
        if found is None:
            found = self._found[pods] = self._of(pods)
        return found

    def _of(self, pods: int) -> NodeDemand:
        asked = min(self._branch_pods, pods)
        branches = min(asked, _branches(self._limits, asked)) if self._trunk else 0
        beyond = max(0, pods - self._room)
        holding = self._curve[min(max(0, pods - asked - beyond), self._room)]
        first, *further = (_eni(holding, each.slots) for each in holding.enis)
        return NodeDemand(
            holding=holding,
            max_pods=self._max_pods,
            primary=first,
            enis=(*further, *self._cards),
            cards=sum(card.addresses for card in self._cards),
            branch=branches + self._trunk,
            beyond=beyond,
            branchless=asked - branches,
            idle=max(0, holding.pool - self._room),
            closed=self._closed,
        )


def _eni(holding: Holding, slots: int) -> Eni:
    return Eni(1, slots) if holding.prefixes else Eni(1 + slots, 0)


def on_card(limits: InstanceLimits, networks: Iterable[ExtraNetwork], card: int) -> int:
    """Interfaces of these networks on one network card of a node."""
    return sum(
        each.interfaces for each in networks if (limits.default_card if each.card is None else each.card) == card
    )


def _takes_trunk(limits: InstanceLimits, settings: CniSettings, unmanaged: int) -> bool:
    """ipamd asks for a trunk on every node of a type that takes one, branch pods or not, while there is a slot for it
    beside the primary ENI (tryEnableSecurityGroupsForPods, pkg/ipamd/ipamd.go)."""
    if not settings.pod_eni or limits.branch_interfaces == 0:
        return False
    return most_enis(limits, settings) - unmanaged > 1


def _branches(limits: InstanceLimits, otherwise: int) -> int:
    return otherwise if limits.branch_interfaces is None else limits.branch_interfaces


def _cards(
    limits: InstanceLimits, settings: CniSettings, networks: tuple[ExtraNetwork, ...], *, prefixes: bool
) -> Iterable[Eni]:
    """With ENABLE_MULTI_NIC each further card gets an ENI with a pool of its own, whatever the targets are: one
    address, or one prefix, since no less is to be had (datastoreTargetState, getPrefixesNeeded). Pods take addresses
    there only where they ask for several interfaces. Cards that bear an EFA-only interface are left out by ipamd, and
    counted here all the same: nothing tells beforehand (markUnmanagedNetworkCards)."""
    if not settings.multi_nic:
        return
    for card in limits.cards:
        most = min(card.maximum_interfaces, settings.max_eni or card.maximum_interfaces)
        if card.index != limits.default_card and on_card(limits, networks, card.index) < most:
            yield Eni(1, 1) if prefixes else Eni(1 + CARD_POOL, 0)
