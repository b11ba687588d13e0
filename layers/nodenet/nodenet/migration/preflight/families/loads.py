"""Load balancers in front of the pods that move."""

from collections.abc import Iterator, Mapping

from nodenet.migration.preflight.case import Case
from nodenet.migration.preflight.families.control import serving
from nodenet.migration.preflight.findings import Finding, blocker, count, note, some, warning
from nodenet.migration.preflight.seen_kubernetes import Binding, Pod

TAGGED = blocker(
    "loads.security-groups",
    "The AWS Load Balancer Controller wants exactly one security group tagged kubernetes.io/cluster/<name> on the "
    "interface of a pod that is a target by its address; with none or several it does not open the way for the load "
    "balancer.",
    "Name pod security groups of which exactly one has the tag, or have the controller not manage the rules.",
)
GATES = warning(
    "loads.readiness-gates",
    "Pods are targets by their address without a readiness gate: they count as Ready before the load balancer sends "
    "them anything, and an old one may go too early.",
    "Label their namespace elbv2.k8s.aws/pod-readiness-gate-inject: enabled, and restart them before.",
)
INSTANCE = note(
    "loads.instance-targets",
    "Load balancers reach pods through the nodes (target type instance): new nodes are registered, and old ones leave "
    "before they are drained.",
    "Nothing.",
)
UNHEALTHY = warning(
    "loads.unhealthy",
    "Targets are unhealthy today: a batch waits for as many healthy ones as before, not for more.",
    "Mend them before, so that a fault of the migration shows.",
)
LOCAL = warning(
    "loads.local-policy",
    "Services with externalTrafficPolicy Local are served by nodes that have a pod of them only: traffic moves with "
    "the pods.",
    "Have replicas in every zone.",
)
OUTSIDE = warning(
    "loads.by-hand",
    "Target groups hold addresses of the old subnets, and no TargetGroupBinding keeps them: nobody registers the new "
    "pods.",
    "Register the new addresses yourself, or bind the group by a TargetGroupBinding.",
)


def findings(case: Case) -> Iterator[Finding]:
    bound = {each.arn: each for each in case.seen.bindings}
    by_address = [each for each in case.seen.bindings if each.target_type == "ip" and _pods(case, each)]
    if by_address and case.custom:
        yield from _tag(case, len(by_address))
    lacking = sorted({pod.label for each in by_address for pod in _pods(case, each) if not pod.gates})
    if lacking:
        yield GATES(f"{count(len(lacking), 'pod')} without a readiness gate: {some(lacking)}", *lacking)
    through = sorted(f"{each.namespace}/{each.name}" for each in case.seen.bindings if each.target_type == "instance")
    if through:
        yield INSTANCE(f"{count(len(through), 'TargetGroupBinding')} by instance: {some(through)}", *through)
    sick = [each.name for each in case.seen.target_groups if each.arn in bound and _sick(each.targets)]
    if sick:
        yield UNHEALTHY(f"{count(len(sick), 'target group')} with unhealthy targets: {some(sick)}", *sick)
    addresses = {pod.address for pod in case.pods if pod.address}
    by_hand = [
        each.name
        for each in case.seen.target_groups
        if each.type == "ip" and each.arn not in bound and addresses & each.targets.keys()
    ]
    if by_hand:
        yield OUTSIDE(f"{count(len(by_hand), 'target group')}: {some(by_hand)}", *by_hand)
    local = sorted(
        f"{each.namespace}/{each.name}"
        for each in case.seen.services.values()
        if each.policy == "Local" and serving(case, (each.namespace, each.name))
    )
    if local:
        yield LOCAL(f"{count(len(local), 'service')}: {some(local)}", *local)


def _tag(case: Case, bindings: int) -> Iterator[Finding]:
    """Without security groups in the request pods have those of their node."""
    wanted = case.request.security_groups
    key = f"kubernetes.io/cluster/{case.seen.running.cluster.name}"
    tagged = [each for each in wanted if (group := case.seen.security_groups.get(each)) and key in group.tags]
    if wanted and len(tagged) != 1:
        said = f"{len(tagged)} of {count(len(wanted), 'security group')} for pods have the tag {key}"
        yield TAGGED(f"{said}, and {count(bindings, 'target group')} hold pods by address", *wanted)


def _pods(case: Case, binding: Binding) -> list[Pod]:
    return serving(case, (binding.namespace, binding.service))


def _sick(targets: Mapping[str, str]) -> bool:
    return any(state == "unhealthy" for state in targets.values())
