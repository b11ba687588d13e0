"""The plan for all subnets of a configuration: pure, and what a dry run shows."""

from collections.abc import Iterable, Iterator

from nodenet.configuration.resolved import ResolvedConfiguration
from nodenet.networks import CLUSTER_TAG
from nodenet.subnets.egress import egress
from nodenet.subnets.reservations import reservations
from nodenet.subnets.seen import Seen
from nodenet.subnets.steps import AddRoute, EnableDns64, Finding, Kept, Plan, Refused, Reserve, Step
from nodenet.subnets.wanted import networks_of, wanted


def plan(configuration: ResolvedConfiguration, seen: Seen) -> Plan:
    """What the configuration's subnets lack, over what EC2 shows of them.

    A subnet with a refusal is left as it is, whatever else it lacks; the others do not wait for it. With nothing
    lacking there are no steps.
    """
    found = list(dict.fromkeys(_findings(configuration, seen)))
    found += _unwilling(configuration.cluster, found, seen)
    refused = tuple(each for each in found if isinstance(each, Refused))
    untouched = {each.subnet for each in refused}
    steps = [each for each in found if not isinstance(each, Kept | Refused) and each.subnet not in untouched]
    return Plan(tuple(_ordered(steps)), tuple(each for each in found if isinstance(each, Kept)), refused)


def _findings(configuration: ResolvedConfiguration, seen: Seen) -> Iterator[Finding]:
    networks = networks_of(configuration)
    for network in networks:
        for _, subnet_id in sorted(network.subnet_by_zone.items()):
            if subnet_id not in seen.subnets:
                yield Refused(subnet_id, network.name, subnet_id, "EC2 does not know the subnet")
        for want in wanted(network, seen.subnets):
            if isinstance(want, Refused):
                yield want
            else:
                yield from reservations(configuration.cluster, want, seen)
    yield from egress(configuration.cluster, networks, seen)


def _unwilling(cluster: str, found: Iterable[Finding], seen: Seen) -> Iterator[Refused]:
    """A subnet says by a tag that nodenet may change it; IAM asks for the same (template.yaml, PrepareRole)."""
    missing: dict[str, list[Reserve | EnableDns64]] = {}
    for each in found:
        if isinstance(each, Reserve | EnableDns64) and seen.subnets[each.subnet].tags.get(CLUSTER_TAG) != cluster:
            missing.setdefault(each.subnet, []).append(each)
    for subnet_id, steps in missing.items():
        yield Refused(
            subnet_id,
            ", ".join(dict.fromkeys(step.network for step in steps)),
            ", ".join(dict.fromkeys(step.what for step in steps)),
            f"missing, and the subnet does not say that nodenet may change it: tag it {CLUSTER_TAG}={cluster}",
        )


def _ordered(steps: Iterable[Step]) -> list[Step]:
    """Reservations first, DNS64 after the route that it needs; a table's route once, however many subnets ask for it.

    DNS64 of a subnet is asked for once, by whichever of its networks comes first.
    """
    order = (Reserve, AddRoute, EnableDns64)
    once: dict[tuple[str, ...], Step] = {}
    for step in sorted(steps, key=lambda each: order.index(type(each))):
        match step:
            case Reserve(subnet, _, cidr):
                once.setdefault(("reserve", subnet, cidr), step)
            case AddRoute(_, _, table, destination):
                once.setdefault(("route", table, destination), step)
            case EnableDns64(subnet):
                once.setdefault(("dns64", subnet), step)
    return list(once.values())
