"""What one node asks for, pod by pod: ipamd's rules written anew, apart from those of `nodenet.capacity`."""

from collections import Counter
from dataclasses import dataclass

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.fleet import Fleet, NodeGroup, Subnet


@dataclass
class Node:
    """One node, with what it asks for: of each ENI the slots beside its own address."""

    group: NodeGroup
    pods: int
    home: Subnet
    config: Subnet | None
    prefixes: bool
    slots: list[int]
    cards: int
    trunk: bool
    branches: int
    waiting: int
    branchless: int
    beyond: int
    usable: list[Subnet]

    @property
    def unserved(self) -> int:
        return self.waiting + self.branchless + self.beyond

    @property
    def served(self) -> int:
        return self.pods - self.unserved

    def size(self, slots: int) -> int:
        return 1 + slots * (16 if self.prefixes else 1)


def node_of(
    fleet: Fleet,
    group: NodeGroup,
    pods: int,
    cni: CniSettings,
    home: Subnet,
    config: Subnet | None,
    barren: bool,
    usable: list[Subnet],
) -> Node:
    limits, networks = group.limits, [each for each in fleet.networks if each.name in group.networks]
    ours: Counter[int] = Counter()
    for each in networks:
        ours[limits.default_card if each.card is None else each.card] += each.interfaces
    cards = {card.index: card.maximum_interfaces for card in limits.cards}
    most, slots = cards[limits.default_card], limits.ipv4_per_interface - 1
    maximum, unmanaged = min(most, cni.max_eni or most), ours[limits.default_card]
    block = 16 if cni.prefix_delegation and limits.nitro else 1
    wants_trunk = cni.pod_eni and limits.branch_interfaces != 0
    trunk = wants_trunk and maximum - unmanaged > 1
    kubelet = group.max_pods
    if kubelet is None:
        formula = max(maximum, 1) - cni.custom_networking
        assert limits.vcpus
        kubelet = min(250 if limits.vcpus > 30 else 110, formula * slots * block + 2)
    room = max(0, kubelet - group.host_network_pods)
    beyond = max(0, pods - room)
    branch = min(group.branch_pods, pods) if cni.pod_eni else 0
    carried = 0 if not trunk else branch if limits.branch_interfaces is None else min(branch, limits.branch_interfaces)
    enis = 1 if not usable else max(1, maximum - unmanaged - wants_trunk)
    held, waiting = _ipamd(cni, max(0, min(pods, room) - branch), enis, slots, block, kubelet, barren)
    further = 0
    if cni.multi_nic and usable:
        further = sum(
            index != limits.default_card and ours[index] < min(count, cni.max_eni or count)
            for index, count in cards.items()
        )
    return Node(
        group,
        pods,
        home,
        config,
        block == 16,
        held,
        further,
        trunk,
        carried,
        waiting,
        branch - carried,
        beyond,
        usable,
    )


def _ipamd(
    cni: CniSettings, pods: int, enis: int, per_eni: int, block: int, kubelet: int, barren: bool
) -> tuple[list[int], int]:
    """Slots of each ENI, and pods without an address, as pods come one by one."""
    held, assigned = [0], 0

    def short() -> int:
        free = block * sum(held) - assigned
        return max(cni.warm_ip_target - free, cni.minimum_ip_target - block * sum(held), 0)

    def low() -> bool:
        total = block * sum(held)
        if total >= kubelet:
            return False
        if cni.warm_ip_target or cni.minimum_ip_target:
            return short() > 0
        target, unit = (cni.warm_prefix_target, 16) if block > 1 else (cni.warm_eni_target, per_eni)
        return total - assigned < target * unit or (not target and total == assigned)

    def wanted() -> int:
        if cni.warm_ip_target or cni.minimum_ip_target:
            return max(1, -(-short() // block))
        return per_eni if block == 1 else max(1, cni.warm_prefix_target - (sum(held) - -(-assigned // 16)))

    for come in range(pods + 1):
        while True:
            assigned = min(come, block * sum(held))
            if not low():
                break
            place = next((at for at in range(barren, len(held)) if held[at] < per_eni), None)
            if place is not None:
                held[place] += min(wanted(), per_eni - held[place])
            elif len(held) < enis:
                held.append(min(wanted(), per_eni))
            else:
                break
    return held, pods - assigned
