"""What an API server refuses of the other kinds, as far as a migration of a cluster meets it.

Sources: kubernetes, pkg/apis/{core,policy,rbac,apiextensions}/validation.
"""

from collections.abc import Mapping

from local.kubernetes.resources import Resource
from local.kubernetes.rules import field_errors, pods, workloads
from local.kubernetes.rules.workloads import Check
from local.kubernetes.statuses import Cause
from local.kubernetes.things import Thing

_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


def errors(resource: Resource, thing: Thing, old: Thing | None) -> list[Cause]:
    """Beside its metadata."""
    check = None if resource.custom else _CHECKS.get((resource.group, resource.kind))
    return check(thing, old) if check else []


def _node(node: Thing, old: Thing | None) -> list[Cause]:
    spec = node.get("spec") or {}
    wrong: list[Cause] = []
    seen: set[tuple[str, str]] = set()
    for index, taint in enumerate(spec.get("taints") or ()):
        at, effect = f"metadata.taints[{index}]", taint.get("effect", "")
        if not taint.get("key"):
            wrong.append(field_errors.invalid(f"{at}.key", "", "name part must be non-empty"))
        if not effect:
            wrong.append(field_errors.required(f"{at}.effect"))
        elif effect not in _EFFECTS:
            wrong.append(field_errors.unsupported(f"{at}.effect", effect, _EFFECTS))
        if (key := (taint.get("key", ""), effect)) in seen:
            says = field_errors.duplicate(at, taint).message
            wrong.append(Cause("FieldValueDuplicate", f"{says}: taints must be unique by key and effect pair", at))
        seen.add(key)
    before = (old or {}).get("spec") or {}
    for field, shown in (("providerID", "providerID"), ("podCIDRs", "podCIDR")):
        if before.get(field) and before[field] != spec.get(field):
            says = f'node updates may not change {shown} except from "" to valid'
            wrong.append(field_errors.forbidden(f"spec.{field}", says))
    return wrong


def _budget(budget: Thing, _old: Thing | None) -> list[Cause]:
    spec = budget.get("spec") or {}
    wrong: list[Cause] = []
    if "minAvailable" in spec and "maxUnavailable" in spec:
        wrong.append(field_errors.invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set"))
    for key in ("minAvailable", "maxUnavailable"):
        if key in spec:
            wrong += _amount_errors(spec[key], f"spec.{key}")
    wrong += workloads.selector_errors(spec.get("selector") or {}, "spec.selector")
    policy, policies = spec.get("unhealthyPodEvictionPolicy"), ("AlwaysAllow", "IfHealthyBudget")
    if policy is not None and policy not in policies:
        wrong.append(field_errors.unsupported("spec.unhealthyPodEvictionPolicy", policy, policies))
    return wrong


def _amount_errors(value: int | str, field: str) -> list[Cause]:
    """Of a number or a percentage of pods."""
    if isinstance(value, int):
        return [] if value >= 0 else [field_errors.invalid(field, value, "must be greater than or equal to 0")]
    number, sign, rest = value.partition("%")
    if not (sign and not rest and number.isdigit()):
        says = (
            "a valid percent string must be a numeric string followed by an ending '%' "
            "(e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
        )
        return [field_errors.invalid(field, value, says)]
    return [] if int(number) <= 100 else [field_errors.invalid(field, value, "must not be greater than 100%")]


def _service(service: Thing, old: Thing | None) -> list[Cause]:
    spec = service.get("spec") or {}
    wrong: list[Cause] = []
    if not spec.get("ports") and spec.get("clusterIP") != "None" and spec.get("type") != "ExternalName":
        wrong.append(field_errors.required("spec.ports"))
    for index, port in enumerate(spec.get("ports") or ()):
        if len(spec["ports"]) > 1 and not port.get("name"):
            wrong.append(field_errors.required(f"spec.ports[{index}].name"))
        if not 0 < int(port.get("port", 0)) < 65536:
            at = f"spec.ports[{index}].port"
            wrong.append(field_errors.invalid(at, port.get("port", 0), "must be between 1 and 65535, inclusive"))
    before = (old or {}).get("spec") or {}
    if before.get("clusterIP") and before.get("type") != "ExternalName" and spec.get("type") != "ExternalName":
        wrong += field_errors.immutable("spec.clusterIP", spec.get("clusterIP"), before["clusterIP"])
    return wrong


def _claim(claim: Thing, old: Thing | None) -> list[Cause]:
    spec = claim.get("spec") or {}
    wrong = (
        []
        if spec.get("accessModes")
        else [field_errors.required("spec.accessModes", "at least 1 access mode is required")]
    )
    if not old:
        return wrong
    free = ("resources", "volumeAttributesClassName", *(() if old["spec"].get("volumeName") else ("volumeName",)))
    kept, before = ({k: v for k, v in each.items() if k not in free} for each in (spec, old["spec"]))
    if kept != before:
        says = (
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
        )
        wrong.append(field_errors.forbidden("spec", says))
    return wrong


def _binding(binding: Thing, old: Thing | None) -> list[Cause]:
    reference = binding.get("roleRef") or {}
    wrong = [] if reference.get("name") else [field_errors.required("roleRef.name")]
    if old and reference != old.get("roleRef"):
        wrong.append(field_errors.invalid("roleRef", reference, "cannot change roleRef"))
    return wrong


def _definition(definition: Thing, _old: Thing | None) -> list[Cause]:
    spec = definition.get("spec") or {}
    names, group = spec.get("names") or {}, spec.get("group", "")
    wrong: list[Cause] = []
    for field, value in (("group", group), ("scope", spec.get("scope")), ("versions", spec.get("versions"))):
        if not value:
            wrong.append(field_errors.required(f"spec.{field}"))
    wrong += [field_errors.required(f"spec.names.{field}") for field in ("plural", "kind") if not names.get(field)]
    if (name := definition["metadata"]["name"]) != f"{names.get('plural')}.{group}":
        wrong.append(field_errors.invalid("metadata.name", name, 'must be spec.names.plural+"."+spec.group'))
    for index, version in enumerate(spec.get("versions") or ()):
        if not (version.get("schema") or {}).get("openAPIV3Schema"):
            wrong.append(
                field_errors.required(f"spec.versions[{index}].schema.openAPIV3Schema", "schemas are required")
            )
    return wrong


_CHECKS: Mapping[tuple[str, str], Check] = {
    ("", "Pod"): pods.errors,
    ("", "Node"): _node,
    ("", "Service"): _service,
    ("", "PersistentVolumeClaim"): _claim,
    ("apps", "Deployment"): workloads.controller_errors,
    ("apps", "ReplicaSet"): workloads.controller_errors,
    ("apps", "StatefulSet"): workloads.controller_errors,
    ("apps", "DaemonSet"): workloads.controller_errors,
    ("batch", "Job"): workloads.job_errors,
    ("policy", "PodDisruptionBudget"): _budget,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): _binding,
    ("rbac.authorization.k8s.io", "RoleBinding"): _binding,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _definition,
}
