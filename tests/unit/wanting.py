"""Builders of what plans are made from."""

from collections.abc import Sequence

from nodenet.configuration.resolved import ResolvedGroup, ResolvedNetwork
from nodenet.interfaces.identity import description, tags
from nodenet.networks import Attachment, Instance, Interface

ZONE = "eu-west-1a"


def network(name: str, **changes: object) -> ResolvedNetwork:
    """A network in three zones, with a subnet and a group of its own."""
    values: dict[str, object] = {
        "name": name,
        "subnet_by_zone": {f"eu-west-1{zone}": f"subnet-{name}{zone}" for zone in "abc"},
        "security_groups": frozenset({f"sg-{name}"}),
        "tags": {},
        "source_dest_check": True,
        "network_card": 0,
        "interfaces": 1,
        "ena_queues": None,
        "retention": "delete",
    }
    return ResolvedNetwork(**{**values, **changes})  # type: ignore[arg-type]


def group(*networks: ResolvedNetwork, on_failure: str = "abandon") -> ResolvedGroup:
    select = {"eks:nodegroup-name": "upf"}
    return ResolvedGroup("eks:nodegroup-name=upf", select, networks, on_failure)  # type: ignore[arg-type]


def primary(card: int = 0, index: int = 0) -> Interface:
    return eni("eni-primary", "subnet-node", {"sg-node"}, card, index)


def eni(
    interface_id: str, subnet_id: str, groups: set[str], card: int, index: int, *, goes: bool = True, says: str = ""
) -> Interface:
    """An attached ENI."""
    attachment = Attachment(f"eni-attach-{interface_id}", "i-1", card, index, goes)
    return Interface(interface_id, subnet_id, frozenset(groups), "in-use", description=says, attachment=attachment)


def instance(*interfaces: Interface, type: str = "m5.2xlarge", state: str = "running") -> Instance:  # noqa: A002
    return Instance("i-1", type, ZONE, state, {"eks:nodegroup-name": "upf"}, (primary(), *interfaces))


def unattached(
    of: ResolvedNetwork, ordinal: int = 0, made_for: str = "i-1", interface_id: str = "eni-spare"
) -> Interface:
    """An ENI that nodenet made and did not come to attach."""
    maker = Instance(made_for, "m5.2xlarge", ZONE, "running", {}, ())
    return Interface(
        interface_id,
        of.subnet_by_zone[ZONE],
        of.security_groups,
        "available",
        ("10.0.0.9",),
        description=description(of.name, ordinal),
        tags=tags("demo", maker, group(of), of),
    )


def kinds(steps: Sequence[object]) -> list[str]:
    return [type(step).__name__ for step in steps]
