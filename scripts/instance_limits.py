"""Makes layers/nodenet/nodenet/data/instance_limits.json anew from public data.

    python scripts/instance_limits.py [--cni FILE-OR-URL] [--older FILE-OR-URL] [--resource-controller FILE-OR-URL]

Four sources, each filling what the one before does not know:

1. moto's bundled answer of DescribeInstanceTypes, collected from all public regions, as installed here: update moto
   first to get newer types;
2. an older edition of the same, for types that are retired but may still run;
3. the limits that the VPC CNI generates for itself, which name a few types that EC2 describes to nobody;
4. those of the controller that makes trunk and branch interfaces, which alone says how many of these a type has.

Where the VPC CNI says something else about a type than EC2 does, EC2 is believed; the difference is printed and kept
in the file: the VPC CNI's own max-pods list follows its own numbers.
"""

import argparse
import gzip
import json
import re
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from nodenet.limits import TABLE, InstanceLimits, NetworkCard, from_ec2

CNI_COMMIT: Final = "6152e01c83bb8f04fdc8690e99134ebe1445db29"
CNI: Final = f"https://raw.githubusercontent.com/aws/amazon-vpc-cni-k8s/{CNI_COMMIT}/pkg/vpc/vpc_ip_resource_limit.go"
# The last edition in which the types retired in 2026 still stand.
OLDER_COMMIT: Final = "95a01280bd2c20fd7fcfb36deaf0820f5d3f0bfa"
OLDER: Final = f"https://raw.githubusercontent.com/getmoto/moto/{OLDER_COMMIT}/moto/ec2/resources/instance_types.json"
CONTROLLER_COMMIT: Final = "b8d425119bdba371202882b808f202c6073a46cc"
CONTROLLER: Final = f"https://raw.githubusercontent.com/aws/amazon-vpc-resource-controller-k8s/{CONTROLLER_COMMIT}/pkg/aws/vpc/limits.go"


@dataclass(frozen=True, slots=True)
class GoFields:
    """What a Go file calls a type's fields."""

    ipv4: str
    hypervisor: str
    branches: str | None = None


CNI_FIELDS: Final = GoFields("IPv4Limit", "HypervisorType")
CONTROLLER_FIELDS: Final = GoFields("IPv4PerInterface", "Hypervisor", "BranchInterface")


@dataclass(frozen=True, slots=True)
class GoLimits:
    """What a Go file knows of a type: neither IPv6, nor vCPUs, nor architecture."""

    cards: tuple[NetworkCard, ...]
    ipv4_per_interface: int
    default_card: int
    nitro: bool
    branches: int | None = None


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--cni", default=CNI, help="vpc_ip_resource_limit.go of amazon-vpc-cni-k8s")
    arguments.add_argument("--older", default=OLDER, help="an older instance_types.json of moto")
    arguments.add_argument(
        "--resource-controller", default=CONTROLLER, help="limits.go of amazon-vpc-resource-controller-k8s"
    )
    given = arguments.parse_args()

    cni = parse(read(given.cni).decode(), CNI_FIELDS)
    controller = parse(read(given.resource_controller).decode(), CONTROLLER_FIELDS)
    described = describe(json.loads(read(given.older))) | describe(bundled())
    limits = {name: as_limits(name, known) for name, known in (controller | cni).items()} | described
    for name, known in controller.items():
        limits[name] = replace(limits[name], branch_interfaces=known.branches)
    differences = compare(described, cni)

    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(render(limits.values(), differences), encoding="utf-8")
    print(f"{len(limits)} types, {sum(len(known.cards) > 1 for known in limits.values())} with several network cards")
    print(f"in the VPC CNI only: {' '.join(sorted(cni.keys() - described.keys()))}")
    print(f"in the resource controller only: {' '.join(sorted(controller.keys() - cni.keys() - described.keys()))}")
    for name, theirs in differences.items():
        print(f"{name}: EC2 has {brief(known_to_cni(described[name]))}, the VPC CNI {brief(theirs)}")


def bundled() -> Mapping[str, Any]:
    """moto's edition of DescribeInstanceTypes, by type."""
    packed = files("moto").joinpath("ec2/resources/instance_types.json.gz").read_bytes()
    content: Mapping[str, Any] = json.loads(gzip.decompress(packed))
    return content


def describe(by_type: Mapping[str, Any]) -> dict[str, InstanceLimits]:
    return {name: from_ec2(item) for name, item in by_type.items()}


def parse(source: str, fields: GoFields) -> dict[str, GoLimits]:
    """The entries of the Go map literal, by instance type."""
    entries = re.finditer(r'^\t"([\w.-]+)": \{$(.*?)^\t\},$', source, re.MULTILINE | re.DOTALL)
    parsed = {entry[1]: parse_entry(entry[2], fields) for entry in entries}
    if not parsed or len(parsed) != source.count(f"{fields.ipv4}:"):
        raise SystemExit(f"the file with {fields.ipv4} is not laid out as this script knows it")
    return parsed


def parse_entry(body: str, fields: GoFields) -> GoLimits:
    def value(field: str) -> str:
        found = re.search(rf'\b{field}:\s*(?:(\w+)|"(\w*)"),', body)
        if not found:
            raise SystemExit(f"an entry has no {field}")
        return found[1] or found[2] or ""

    cards = re.findall(r"MaximumNetworkInterfaces:\s*(\d+),\s*NetworkCardIndex:\s*(\d+)", body)
    return GoLimits(
        cards=tuple(NetworkCard(int(index), int(maximum)) for maximum, index in cards),
        ipv4_per_interface=int(value(fields.ipv4)),
        default_card=int(value("DefaultNetworkCardIndex")),
        nitro=value(fields.hypervisor) == "nitro" or value("IsBareMetal") == "true",
        branches=int(value(fields.branches)) if fields.branches else None,
    )


def as_limits(name: str, known: GoLimits) -> InstanceLimits:
    return InstanceLimits(
        name, known.cards, known.ipv4_per_interface, 0, known.default_card, known.nitro, architectures=(), vcpus=None
    )


def known_to_cni(limits: InstanceLimits) -> GoLimits:
    return GoLimits(limits.cards, limits.ipv4_per_interface, limits.default_card, limits.nitro)


def compare(described: Mapping[str, InstanceLimits], cni: Mapping[str, GoLimits]) -> dict[str, GoLimits]:
    """The VPC CNI's limits of each type about which it differs from EC2."""
    both = sorted(described.keys() & cni.keys())
    return {name: cni[name] for name in both if cni[name] != known_to_cni(described[name])}


def render(limits: Iterable[InstanceLimits], differences: Mapping[str, GoLimits]) -> str:
    """JSON with one line for each set of limits, so that a new edition shows in a diff what changed."""
    groups: dict[InstanceLimits, list[str]] = {}
    for known in sorted(limits, key=lambda each: each.instance_type):
        if [card.index for card in known.cards] != list(range(len(known.cards))):
            raise SystemExit(f"{known.instance_type}: network cards are not numbered from 0")
        groups.setdefault(replace(known, instance_type=""), []).append(known.instance_type)
    rows = [json.dumps(row(shared, names)) for shared, names in groups.items()]
    sources = [
        f"DescribeInstanceTypes of all public regions, as in moto {version('moto')}",
        f"the same of April 2026, for retired types: getmoto/moto {OLDER_COMMIT}",
        f"aws/amazon-vpc-cni-k8s {CNI_COMMIT}, pkg/vpc/vpc_ip_resource_limit.go",
        f"aws/amazon-vpc-resource-controller-k8s {CONTROLLER_COMMIT}, pkg/aws/vpc/limits.go",
    ]
    theirs = {name: brief(known) for name, known in differences.items()}
    parts = {
        "made": f'"{datetime.now(UTC):%Y-%m-%d}"',
        "sources": json.dumps(sources, indent=2).replace("\n]", "\n ]"),
        "vpcCniDiffers": json.dumps(theirs),
        "limits": "[\n  " + ",\n  ".join(rows) + "\n ]",
    }
    return "{\n" + ",\n".join(f' "{name}": {part}' for name, part in parts.items()) + "\n}\n"


def brief(known: GoLimits) -> dict[str, Any]:
    return {"cards": [card.maximum_interfaces for card in known.cards], "ipv4": known.ipv4_per_interface}


def row(shared: InstanceLimits, names: list[str]) -> dict[str, Any]:
    return {
        "cards": [card.maximum_interfaces for card in shared.cards],
        "ipv4": shared.ipv4_per_interface,
        "ipv6": shared.ipv6_per_interface,
        "defaultCard": shared.default_card,
        "nitro": shared.nitro,
        "architectures": shared.architectures,
        "vcpus": shared.vcpus,
        "branches": shared.branch_interfaces,
        "types": " ".join(names),
    }


def read(place: str) -> bytes:
    if place.startswith("https://"):
        with urllib.request.urlopen(place, timeout=60) as answer:  # noqa: S310 - https only, checked above
            content: bytes = answer.read()
            return content
    return Path(place).read_bytes()


if __name__ == "__main__":
    main()
