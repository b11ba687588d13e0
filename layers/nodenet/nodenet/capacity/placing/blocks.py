"""Whether a subnet has room for what a fleet takes of it, in single addresses and in /28s for prefixes."""

from nodenet.capacity.placing.discovery import Well
from nodenet.capacity.placing.ground import Ground
from nodenet.capacity.placing.load import Load
from nodenet.capacity.plan import Blocks, Risk
from nodenet.capacity.shape import PREFIX_ADDRESSES


def blocks(ground: Ground, load: Load) -> Blocks:
    """The subnet's /28s, and the risk that prefixes find none though addresses are left.

    `expected` is what a scattering leaves. All single addresses come before the first prefix, and each lies anywhere
    among the free addresses outside reservations with equal odds: of F free /28s among A addresses, S single ones
    leave F * C(A - S, 16) / C(A, 16) whole on the average, rounded down. Where nobody knows which addresses others
    have, these are scattered in the same way. What it does not know: how EC2 picks an address is not documented, only
    that they come scattered ("Prefix Mode for Linux", EKS best practices); in a fleet that grows, prefixes taken early
    are safe from addresses that come later, so that a little more is to be had; and pods that come and go scatter more.

    `risk`, by the first rule that fits: CERTAIN and NONE hold however addresses lie, as a single one breaks one /28 at
    most; UNKNOWN where others' addresses are somewhere; LOW where the expected /28s suffice, HIGH where they do not.
    """
    asked = _asked(ground, load)
    reserved = ground.prefix.blocks if ground.prefix else 0
    expected = reserved if ground.prefix else _left_whole(ground, _singles(ground, load))
    return Blocks(
        free=ground.open.blocks + reserved,
        reserved=reserved,
        wanted=load.prefixes + load.network_prefixes,
        expected=expected,
        risk=_risk(ground, load, asked, expected),
    )


def missing(ground: Ground, load: Load) -> tuple[int, int]:
    """The addresses, and the /28s, that the load wants beyond what there is, however well they lie. Outside
    reservations /28s are counted only where addresses suffice, since there both are the same ones."""
    asked, singles = _asked(ground, load), _singles(ground, load)
    wanted = singles if ground.prefix else singles + PREFIX_ADDRESSES * asked
    addresses = max(0, wanted - ground.open.addresses, ground.used + load.taken - ground.usable)
    return addresses, max(0, asked - _source(ground)) if ground.prefix or not addresses else 0


def well(ground: Ground, load: Load, singles: int, prefixes: int) -> Well:
    """The subnet to enhanced subnet discovery, for ENIs of so many single addresses and prefixes each.

    What DescribeSubnets counts as free leaves out what is set aside for prefixes (awslabs/eks-perf-tests saw it, pull
    request 511), and not what is reserved as explicit. Room there is for as many ENIs as EC2 can make at best.
    """
    asked = _asked(ground, load)
    free, left, step = ground.usable - ground.used - load.taken, ground.open.addresses - _singles(ground, load), singles
    if ground.prefix:
        free -= ground.prefix.addresses - PREFIX_ADDRESSES * asked
    else:
        left -= PREFIX_ADDRESSES * asked
        step += PREFIX_ADDRESSES * prefixes
    most = left // step
    if prefixes:
        most = min(most, (_source(ground) - asked) // prefixes)
    return Well(free, step, max(0, most))


def _source(ground: Ground) -> int:
    """The /28s that EC2 may choose prefixes from."""
    return ground.prefix.blocks if ground.prefix else ground.open.blocks


def _asked(ground: Ground, load: Load) -> int:
    """Prefixes that EC2 is to choose: nodenet names its own where an explicit reservation holds some for it."""
    return load.prefixes + max(0, load.network_prefixes - ground.explicit.blocks)


def _singles(ground: Ground, load: Load) -> int:
    """Single addresses that EC2 is to choose."""
    named = PREFIX_ADDRESSES * min(load.network_prefixes, ground.explicit.blocks)
    return load.singles - min(load.network_addresses, ground.explicit.addresses - named)


def _risk(ground: Ground, load: Load, asked: int, expected: int) -> Risk:
    if asked > _source(ground):
        return Risk.CERTAIN
    if not asked or ground.prefix or ground.pristine.blocks - ground.unknown - _singles(ground, load) >= asked:
        return Risk.NONE
    if ground.unknown:
        return Risk.UNKNOWN
    return Risk.LOW if expected >= asked else Risk.HIGH


def _left_whole(ground: Ground, singles: int) -> int:
    """In whole numbers, so that nothing is lost to rounding before the end."""
    free, scattered = ground.pristine.addresses, singles + ground.unknown
    if free - scattered < PREFIX_ADDRESSES:
        return 0
    above, below = ground.pristine.blocks, 1
    for place in range(PREFIX_ADDRESSES):
        above *= free - scattered - place
        below *= free - place
    return above // below
