"""Whether aws-node would start with these variables, and do as they say."""

from collections.abc import Iterator

from nodenet.capacity.document import variables
from nodenet.capacity.document.seen import Seen
from nodenet.documents.near import Hints
from nodenet.documents.paths import Path
from nodenet.documents.reading import Mistake


def mistakes(seen: Seen) -> Iterator[Mistake]:
    """Variables that aws-node does not have or could not read, and settings with which it does not start."""
    yield from _each(seen.cni, ("cni",))
    yield from _each(seen.target_cni, ("migration", "cni"))
    yield from _together(("cni",), seen.cni)
    if seen.target_cni:
        yield from _together(("migration", "cni"), seen.cni, seen.target_cni)


def notes(seen: Seen) -> Iterator[Mistake]:
    """Variables that say something and do nothing, since others override them, and one that does too little alone."""
    yield from _overridden(seen.cni, ("cni",), seen.cni)
    yield from _overridden(seen.target_cni, ("migration", "cni"), seen.cni, seen.target_cni)


def _each(environment: variables.Environment, path: Path) -> Iterator[Mistake]:
    hints = Hints(variables.KNOWN)
    for name, value in environment.items():
        if said := variables.wrong(name, value, hints):
            yield Mistake((*path, name), said)


def _together(path: Path, *layers: variables.Environment) -> Iterator[Mistake]:
    """amazon-vpc-cni-k8s, cmd/aws-vpc-cni/main.go, validateEnvVars."""
    settings = variables.settings(*layers)
    if settings.prefix_delegation and not settings.ip_targets and not settings.warm_prefix_target:
        said = "needs a WARM_PREFIX_TARGET, WARM_IP_TARGET or MINIMUM_IP_TARGET above 0: else aws-node does not start"
        yield Mistake((*path, "ENABLE_PREFIX_DELEGATION"), said)


def _overridden(said_here: variables.Environment, path: Path, *layers: variables.Environment) -> Iterator[Mistake]:
    """amazon-vpc-cni-k8s, pkg/ipamd/ipamd.go: datastoreTargetState, isDatastorePoolTooLow."""
    settings = variables.settings(*layers)
    if said_here.get("MINIMUM_IP_TARGET") is not None and settings.minimum_ip_target and not settings.warm_ip_target:
        said = "without a WARM_IP_TARGET a node never gets more than these: further pods wait"
        yield Mistake((*path, "MINIMUM_IP_TARGET"), said)
    by_ip = [name for name in variables.IP_TARGETS if (variables.environment(*layers).get(name) or "0") != "0"]
    for name in ("WARM_ENI_TARGET", "WARM_PREFIX_TARGET"):
        if said_here.get(name) is None:
            continue
        if settings.ip_targets:
            yield Mistake((*path, name), f"does nothing beside {' and '.join(by_ip)}")
        elif name == "WARM_PREFIX_TARGET" and not settings.prefix_delegation:
            yield Mistake((*path, name), "does nothing without ENABLE_PREFIX_DELEGATION")
        elif name == "WARM_ENI_TARGET" and settings.prefix_delegation:
            yield Mistake((*path, name), "WARM_PREFIX_TARGET overrides it on types that take prefixes")
