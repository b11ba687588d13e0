"""Which IPv4 CIDR blocks a VPC may take beside its first.

Source: VPC User Guide, "VPC CIDR blocks": block sizes, overlaps, routes, peering, and the table of "IPv4 CIDR block
association restrictions". What AWS answers where a range is not to be had is InvalidVpc.Range; the wording of the
restricted ones is AWS's.
"""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network

from moto.ec2.exceptions import EC2ClientError

from local.ec2 import errors

SMALLEST, LARGEST = 28, 16

_TEN, _TWELVE, _SIXTEEN = IPv4Network("10.0.0.0/8"), IPv4Network("172.16.0.0/12"), IPv4Network("192.168.0.0/16")
_BENCHMARK = IPv4Network("198.19.0.0/16")
_PRIVATE = (_TEN, _TWELVE, _SIXTEEN)
# Where the VPC's first block lies, and what may not be added to it.
_RESTRICTED: tuple[tuple[IPv4Network, tuple[IPv4Network, ...]], ...] = (
    (_TEN, (_TWELVE, _SIXTEEN, _BENCHMARK)),
    (_TWELVE, (_TEN, _SIXTEEN, IPv4Network("172.31.0.0/16"), _BENCHMARK)),
    (_SIXTEEN, (_TEN, _TWELVE, _BENCHMARK)),
    (_BENCHMARK, _PRIVATE),
)
_OTHERWISE = (*_PRIVATE, _BENCHMARK)
_LINK_LOCAL = IPv4Network("169.254.0.0/16")
_TEN_LOW, _TEN_LOWEST = IPv4Network("10.0.0.0/15"), IPv4Network("10.0.0.0/16")


def parsed(cidr: str | None) -> IPv4Network:
    """The block in its canonical form; InvalidParameterValue for what is none, InvalidVpc.Range for its size."""
    try:
        block = IPv4Network(cidr if cidr and "/" in cidr else "", strict=False)
    except ValueError:
        raise errors.invalid_value(
            f"Value ({cidr}) for parameter cidrBlock is invalid. This is not a valid CIDR block."
        ) from None
    if not LARGEST <= block.prefixlen <= SMALLEST:
        raise _range(f"The CIDR '{block}' is invalid.")
    return block


def check(
    wanted: IPv4Network,
    primary: IPv4Network,
    blocks: Sequence[IPv4Network],
    destinations: Iterable[IPv4Network],
    peers: Iterable[IPv4Network],
) -> None:
    """Raises InvalidVpc.Range where `wanted` cannot be added.

    `blocks` are the VPC's own, `primary` among them; `destinations` those of its route tables' routes but for the
    local ones; `peers` the blocks of VPCs that it is peered with.
    """
    for block in blocks:
        if wanted.overlaps(block):
            raise _range(f"The CIDR '{wanted}' conflicts with the CIDR '{block}' of this VPC.")
    if any(wanted.overlaps(one) for one in restricted(primary, blocks)):
        raise _range(
            f"The CIDR '{wanted}' is restricted. Use a CIDR from the same private address range as the current VPC "
            "CIDR, or use a publicly-routable CIDR. For additional restrictions, see "
            "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html"
        )
    for destination in destinations:
        if destination.subnet_of(wanted):
            raise _range(
                f"The CIDR '{wanted}' is the same as, or larger than, the destination of a route: {destination}."
            )
    for peer in peers:
        if wanted.overlaps(peer):
            raise _range(f"The CIDR '{wanted}' conflicts with the CIDR '{peer}' of a peer VPC.")


def restricted(primary: IPv4Network, blocks: Iterable[IPv4Network]) -> tuple[IPv4Network, ...]:
    """What may not be added to a VPC whose first block is `primary` and whose blocks are `blocks`."""
    named = next((out for home, out in _RESTRICTED if primary.subnet_of(home)), _OTHERWISE)
    low = (_TEN_LOWEST,) if any(block.overlaps(_TEN_LOW) for block in blocks) else ()
    return (*named, *low, _LINK_LOCAL)


def _range(message: str) -> EC2ClientError:
    return errors.refused("InvalidVpc.Range", message)
