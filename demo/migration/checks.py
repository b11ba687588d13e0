"""What must be true after each act. Each check asks the region, and says what it saw."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from ipaddress import ip_address, ip_network
from typing import Any, Final

from demo.checks import Check
from demo.migration.cluster import NAMESPACE, TEAM, Prod
from demo.migration.operator import Run
from demo.migration.serving import Watch
from local.plane.client import Call
from nodenet.migration.cluster import Node

_DENIED: Final = ("AccessDenied", "UnauthorizedOperation")


def after_move(prod: Prod, run: Run, watch: Watch, before: Sequence[Node], block: str) -> list[Check]:
    """`before` are the nodes of the old group, `block` is where the pods shall be."""
    nodes = {node.name: node for node in prod.nodes.nodes()}
    old = [node.name for node in before if node.name in nodes]
    new = [node for node in nodes.values() if _group(node) not in ("web", TEAM)]
    ready = [node for node in new if node.ready and not node.unschedulable and not node.taints]
    there = {node.name for node in new}
    moved = [pod for pod in prod.pods.pods(namespace=NAMESPACE) if pod.node in there and pod.address]
    targets = prod.network.targets()
    outside = [pod.name for pod in moved if ip_address(pod.address) not in ip_network(block)]
    healthy = [address for address, state in targets.items() if state == "healthy"]
    here = {pod.address for pod in moved if pod.labels.get("app") == "web"}
    return [
        _ended(run, "SUCCEEDED", "moved"),
        *_served(watch, "the move"),
        Check(
            f"every pod that moved has an address of {block}",
            bool(moved) and not outside,
            ", ".join(outside) or f"{len(moved)} pods",
        ),
        Check(
            "the old node group and its nodes are gone",
            not old and "web" not in prod.groups(),
            ", ".join(old) or "all gone",
        ),
        Check(
            "as many new nodes are in service", len(ready) == len(before), f"{len(ready)} Ready, {len(before)} before"
        ),
        Check(
            "the balancer sends to the new pods",
            len(here) > 0 and here == set(healthy),
            f"{len(healthy)} targets healthy, {len(here)} pods of web",
        ),
    ]


def after_return(run: Run, held: Mapping[str, Any] | None, watch: Watch, changed: Sequence[str]) -> list[Check]:
    """`held`: what was asked when the budget let no pod go; `changed`: what is not as it was before the run."""
    asked = held or {"step": "no step", "cause": ""}
    return [
        Check("the run was held while it drained", asked["step"] == "DrainOld", f"{asked['step']}: {asked['cause']}"),
        _ended(run, "FAILED", "rolled back"),
        *_served(watch, "the way back"),
        Check("all is as it was before the run", not changed, "; ".join(changed) or "network, groups, nodes, CNI"),
    ]


def no_denials(prod: Prod) -> Check:
    """Of AWS and of Kubernetes."""
    calls = prod.network.region.control.calls()
    denied = [f"{call.operation} by {call.function or call.caller}" for call in calls if _is_denied(call)]
    return Check("no call was denied", not denied, ", ".join(denied) or f"{len(calls)} calls")


def _ended(run: Run, status: str, outcome: str) -> Check:
    """A way back that ends well is a run that failed."""
    seen, became = run.ending(), run.status.get("outcome", "")
    good = seen.partition(":")[0] == status and became == outcome
    return Check(f"run {run.name} ended as {status}, {outcome}", good, f"{seen}; {became}")


def _served(watch: Watch, when: str) -> list[Check]:
    fewest = ", ".join(f"{name} {count}" for name, count in sorted(watch.fewest.items()))
    return [
        Check(
            f"no workload had fewer ready pods than its budget asks for, in {when}",
            not watch.short and not watch.failed and watch.looks > 0,
            watch.failed or "; ".join(watch.short[:3]) or f"fewest ready: {fewest}; {watch.looks} looks",
        ),
        Check(
            f"the balancer always had healthy targets, in {when}",
            watch.fewest_targets > 0,
            f"never fewer than {watch.fewest_targets}",
        ),
    ]


def _is_denied(call: Call) -> bool:
    """EC2 refuses with 403 and UnauthorizedOperation, other services with AccessDenied and 400 too, Kubernetes with
    403; its 401 asks for a new token only."""
    return call.status == HTTPStatus.FORBIDDEN or any(word in (call.error or "") for word in _DENIED)


def _group(node: Node) -> str:
    return str(node.labels.get("eks.amazonaws.com/nodegroup", ""))
