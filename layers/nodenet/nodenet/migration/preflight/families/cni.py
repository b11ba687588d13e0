"""The VPC CNI: whether it is there, how it is set, and who else sets it."""

import re
from collections.abc import Iterator
from typing import Final

from nodenet.migration.preflight.case import Case
from nodenet.migration.preflight.findings import Finding, blocker, count, note, some, warning
from nodenet.migration.preflight.keepers import kept_by

FOREIGN = blocker(
    "cni.foreign",
    "The cluster's pods get their addresses of another CNI than the Amazon VPC CNI, or there is none.",
    "Nothing here fits; see that CNI's own documents.",
    acceptable=False,
)
CHAINED = warning(
    "cni.chained",
    "Another CNI is chained behind the VPC CNI: it may keep ranges of its own settings that name the old pod range.",
    "See its settings for the pod range (Cilium: ipv4-native-routing-cidr), and add the new one.",
)
OLD = blocker(
    "cni.version",
    "The VPC CNI is too old for what is asked: prefixes need v1.9.0.",
    "Update the VPC CNI first.",
    acceptable=False,
)
NEWER = note(
    "cni.followed",
    "The figures follow what v1.23 of the VPC CNI does; the cluster has another minor version.",
    "Nothing; figures may be a little off.",
)
ADDON = blocker(
    "cni.addon",
    "The managed add-on is being updated, or EKS says that something is the matter with it: an update would be refused "
    "or fail.",
    "Wait until the add-on is ACTIVE, and mend what its health says.",
    acceptable=False,
)
DRIFT = warning(
    "cni.drift",
    "aws-node's environment is not what the add-on is configured with: the next update would set it back. The switch "
    "writes what is live into the add-on's configuration, so that nothing is lost.",
    "Nothing, if what is live is what you want.",
)
ELSEWHERE = blocker(
    "cni.elsewhere",
    "A variable that the switch sets comes from another object (a ConfigMap or Secret): what it is cannot be told, nor "
    "put back.",
    "Set the variable in aws-node itself.",
    acceptable=False,
)
OWNED = warning(
    "cni.owned",
    "aws-node is kept by Helm or by a GitOps tool, which will set it back at its next run.",
    "Pause that tool for the time of the migration, and enter the new environment there.",
)
_OTHERS: Final = {
    "cilium": "Cilium",
    "calico-node": "Calico",
    "antrea-agent": "Antrea",
    "kube-flannel": "Flannel",
    "weave-net": "Weave Net",
    "kube-router": "kube-router",
    "ovnkube-node": "OVN-Kubernetes",
}
_PREFIXES_SINCE: Final = (1, 9)
_FOLLOWED: Final = (1, 23)


def findings(case: Case) -> Iterator[Finding]:
    daemon = case.seen.running.daemon_set
    others = sorted({named for each in case.seen.daemon_sets for named in _named(each.partition("/")[2])})
    if daemon is None:
        if not case.seen.running.cluster.auto_mode:
            who = f"its CNI seems to be {some(others)}" if others else "no CNI is known by its DaemonSet"
            yield FOREIGN(f"there is no DaemonSet kube-system/aws-node: {who}", *others)
        return
    if chained := [each for each in others if each != "Calico"]:
        yield CHAINED(f"{some(chained)} runs beside the VPC CNI", *chained)
    yield from _version(case, daemon.image)
    yield from _addon(case)
    if taken := sorted(set(daemon.elsewhere) & case.changes.keys()):
        yield ELSEWHERE(f"{some(taken)} of aws-node comes from another object", *taken)
    labels = case.seen.daemon_sets.get("kube-system/aws-node", {})
    if (owner := kept_by(labels)) and case.seen.addon is None and case.custom:
        yield OWNED(f"aws-node is kept by {owner}", "kube-system/aws-node")


def _named(daemon_set: str) -> Iterator[str]:
    for beginning, name in _OTHERS.items():
        if daemon_set == beginning or daemon_set.startswith(f"{beginning}-ds"):
            yield name


def _version(case: Case, image: str) -> Iterator[Finding]:
    match = re.search(r":v?(\d+)\.(\d+)", image)
    version = (int(match[1]), int(match[2])) if match else None
    shown = image.rpartition(":")[2]
    if version and case.request.prefixes and case.custom and version < _PREFIXES_SINCE:
        yield OLD(f"the VPC CNI is {shown}, and prefixes need v1.9.0", shown)
    if version and version != _FOLLOWED:
        yield NEWER(f"the VPC CNI is {shown}, and figures follow v1.23", shown)


def _addon(case: Case) -> Iterator[Finding]:
    state, configured = case.seen.addon, case.seen.running.addon
    if state is None:
        return
    if case.custom and (state.status != "ACTIVE" or state.issues):
        why = f": {some(state.issues, 2)}" if state.issues else ""
        yield ADDON(f"add-on vpc-cni is {state.status}{why}", "vpc-cni")
    live = case.environment
    drifted = [
        name for name, value in (configured.environment if configured else {}).items() if live.get(name) != value
    ]
    if case.custom and drifted:
        yield DRIFT(f"{count(len(drifted), 'variable')} of aws-node differ from the add-on: {some(drifted)}", *drifted)
