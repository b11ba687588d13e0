"""What does not fit, and what to do about it."""

from collections.abc import Iterable, Iterator

from nodenet.capacity.fleet import Subnet
from nodenet.capacity.placing.blocks import missing
from nodenet.capacity.placing.ground import Ground
from nodenet.capacity.placing.ledger import Entered
from nodenet.capacity.placing.load import Load
from nodenet.capacity.plan import Shortage


def of_subnet(subnet: Subnet, ground: Ground, load: Load) -> Iterator[Shortage]:
    """Addresses, and /28s for prefixes, that a subnet lacks."""
    addresses, blocks = missing(ground, load)
    if addresses:
        yield Shortage(subnet.name, addresses, "addresses", _addresses(subnet, ground, load, addresses))
    if blocks:
        wanted = load.prefixes + load.network_prefixes
        yield Shortage(subnet.name, blocks, "prefixes", _blocks(subnet, ground, wanted, blocks))


def of_nodes(entered: Iterable[Entered], *, surge: bool) -> Iterator[Shortage]:
    """Pods of the nodes that were entered which have no address, no branch interface, or no place on their node.
    `surge`: these nodes come while groups are replaced."""
    whole: dict[tuple[str, str, int], list[int]] = {}
    last: dict[tuple[str, str, int], Entered] = {}
    for each in entered:
        demand = each.demand
        key = (each.group.name, each.group.limits.instance_type, each.pods)
        found = (demand.holding.waiting, demand.branchless, demand.beyond)
        if any(found):
            sums = whole.setdefault(key, [0, 0, 0])
            for place, count in enumerate(found):
                sums[place] += count * each.nodes
            last[key] = each
    when = "; this is while the group is replaced" if surge else ""
    for key, (waiting, branchless, beyond) in whole.items():
        each = last[key]
        what = f"{each.group.name}: {each.pods} pods on each {each.group.limits.instance_type}"
        if waiting:
            sentence = f"{what}, {waiting} in all have no address{when}: {_way(each)}"
            yield Shortage(each.group.name, waiting, "pods", sentence)
        if branchless:
            yield Shortage(
                each.group.name,
                branchless,
                "pods",
                f"{what}, {branchless} in all find no branch interface{when}: run fewer pods with security groups of "
                "their own on a node, or take a type with more branch interfaces",
            )
        if beyond:
            kubelet, host = each.demand.max_pods.kubelet, each.group.host_network_pods
            yield Shortage(
                each.group.name,
                beyond,
                "pods",
                f"{what}, {beyond} in all are beyond the kubelet's maximum of {kubelet}, in which {host} pods on the "
                f"host's network count{when}: raise maxPods, run fewer pods on a node, or take a larger type",
            )


def _addresses(subnet: Subnet, ground: Ground, load: Load, count: int) -> str:
    taken = ground.used + load.taken
    short = f"{subnet.name}: {_many(count, 'address', 'addresses')} too few"
    if taken <= ground.usable:
        return (
            f"{short} outside its CIDR reservations, from which EC2 takes no single address, though "
            f"{ground.usable - taken} are free in all: make the reservations smaller"
        )
    return (
        f"{short}, {taken} are taken of {ground.usable}: add a subnet in {subnet.zone} or take a larger one, or keep "
        "fewer addresses warm"
    )


def _blocks(subnet: Subnet, ground: Ground, wanted: int, count: int) -> str:
    short = f"{subnet.name}: {_many(count, 'free /28', 'free /28s')} too few for {_many(wanted, 'prefix', 'prefixes')}"
    if ground.prefix:
        more = f"reserve more of the subnet for prefixes, or add a subnet in {subnet.zone}"
        return f"{short} in its reservations, from which alone EC2 takes them: {more}"
    return f"{short}, though single addresses are left: add a subnet in {subnet.zone} and reserve it for prefixes"


def _way(each: Entered) -> str:
    if each.demand.closed:
        return "the tag kubernetes.io/role/cni shuts out every subnet in which the VPC CNI could make ENIs; tag one 1"
    return "run fewer pods on a node, take a larger type, or have the VPC CNI assign prefixes"


def _many(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"
