"""What is said of every run, and whether a smaller answer would do."""

import re
from collections.abc import Iterator

from nodenet.migration.preflight.case import Case
from nodenet.migration.preflight.estimates import SETTLE, settle_of
from nodenet.migration.preflight.findings import Finding, blocker, count, note, some, warning
from nodenet.migration.preflight.needs import Needs

FORWARD_ONLY = note(
    "way.forward-only",
    "Once the old groups are deleted a run only goes forward: there is nothing to go back to. Until then it can be "
    "cancelled, and rolls back.",
    "Give `bake` enough time to see whether all is well.",
)
NOT_UNDONE = note(
    "way.not-undone",
    "The way back does not undo restarts of pods, lost data of emptyDir volumes, bare pods that were forced away, and "
    "addresses given up in waves.",
    "Nothing.",
)
DISCOVERY = note(
    "way.subnet-discovery",
    "If more addresses are all that is wanted, subnet discovery may do: the VPC CNI (v1.18 and later) takes further "
    "subnets of a node's zone that are tagged kubernetes.io/role/cni=1, with no new nodes and no restart. Pods are "
    "then in old and new ranges alike.",
    "Associate a block, make subnets, tag them, and stay as you are; or go on, if pods are to leave the nodes' range.",
)
SETTLE_SHORT = warning(
    "way.settle",
    "A newly associated block may take the control plane up to an hour to know, and the request waits for less.",
    "Leave `settle` out.",
)
FUNCTIONS = blocker(
    "way.functions",
    "nodenet's own functions are in subnets of this VPC that have few free addresses: Lambda then fails to give them "
    "interfaces (SubnetIPAddressLimitReachedException), in the middle of a run.",
    "Give the functions other subnets.",
)

_FEW = 16
_SINCE = (1, 18)


def findings(case: Case, needs: Needs) -> Iterator[Finding]:
    yield FORWARD_ONLY(
        f"{some([group.name for group in case.groups]) or 'nothing'} cannot be gone back to once deleted"
    )
    yield NOT_UNDONE(f"{count(len(case.pods), 'pod')} are restarted, and restarted again on the way back")
    yield from _discovery(case)
    new = [each for each in case.request.cidrs if each not in case.seen.running.cloud.vpc]
    if new and settle_of(case) < SETTLE:
        yield SETTLE_SHORT(f"{some(new)} would be used {settle_of(case)} s after its association", *new)
    full = {each.name for each in needs.rows if each.meanwhile > each.usable}
    for each in case.seen.function_subnets:
        found = case.seen.running.cloud.subnets.get(each)
        if found and (each in full or (found.free is not None and found.free < _FEW)):
            yield FUNCTIONS(f"{each} has {count(found.free or 0, 'free address', 'free addresses')}", each)


def _discovery(case: Case) -> Iterator[Finding]:
    """Only where pods may stay among the nodes: no security groups of their own are asked for, no change of SNAT."""
    daemon, asked = case.seen.running.daemon_set, case.request
    match = re.search(r":v?(\d+)\.(\d+)", daemon.image) if daemon else None
    if not (match and (int(match[1]), int(match[2])) >= _SINCE):
        return
    plain = not (asked.security_groups or asked.external_snat or asked.label_chosen)
    if case.custom and plain and case.now.subnet_discovery and not case.now.custom_networking:
        yield DISCOVERY(f"the VPC CNI is v{match[1]}.{match[2]}, with subnet discovery on")
