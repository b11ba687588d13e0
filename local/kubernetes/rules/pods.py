"""What an API server refuses of pods and pod templates.

Source: kubernetes, pkg/apis/core/validation/validation.go (ValidatePodSpec, ValidatePodUpdate).
"""

import re
from collections.abc import Sequence

from local.kubernetes.rules import field_errors, metadata
from local.kubernetes.statuses import Cause
from local.kubernetes.things import Thing, copied

_CHANGEABLE = (
    "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only "
    "additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was "
    "previously negative)"
)
_RESTARTS = ("Always", "OnFailure", "Never")
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_LABEL = re.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?")


def errors(pod: Thing, old: Thing | None) -> list[Cause]:
    wrong = spec_errors(pod.get("spec") or {}, "spec")
    return wrong + (update_errors(pod["spec"], old["spec"]) if old else [])


def spec_errors(spec: Thing, field: str, restarts: Sequence[str] = _RESTARTS) -> list[Cause]:
    """Of a pod or a template; `restarts`: the restart policies that are allowed here."""
    wrong: list[Cause] = []
    if not spec.get("containers"):
        wrong.append(field_errors.required(f"{field}.containers"))
    seen: set[str] = set()
    for key in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(key) or ()):
            wrong += _container_errors(container, f"{field}.{key}[{index}]", seen)
    if (policy := spec.get("restartPolicy", "Always")) not in restarts:
        wrong.append(field_errors.unsupported(f"{field}.restartPolicy", policy, restarts))
    for index, toleration in enumerate(spec.get("tolerations") or ()):
        wrong += _toleration_errors(toleration, f"{field}.tolerations[{index}]")
    wrong += metadata.label_errors(spec.get("nodeSelector") or {}, f"{field}.nodeSelector")
    return wrong


def update_errors(new: Thing, old: Thing) -> list[Cause]:
    """A pod's spec is as it is, but for a few fields."""
    if new == old:
        return []
    if len(new.get("containers") or ()) != len(old.get("containers") or ()):
        return [field_errors.forbidden("spec.containers", "pod updates may not add or remove containers")]
    tolerations = new.get("tolerations") or []
    if any(each not in tolerations for each in old.get("tolerations") or ()):
        says = "existing toleration can not be modified except its tolerationSeconds"
        return [field_errors.forbidden("spec.tolerations", says)]
    rest = copied(new)
    for key in ("containers", "initContainers"):
        for container, before in zip(rest.get(key) or (), old.get(key) or (), strict=False):
            container["image"] = before["image"]
    for key in ("activeDeadlineSeconds", "tolerations", "schedulingGates"):
        _as_before(rest, old, key)
    before_grace = old.get("terminationGracePeriodSeconds") or 0
    if before_grace < 0 and rest.get("terminationGracePeriodSeconds") == 1:
        _as_before(rest, old, "terminationGracePeriodSeconds")
    if rest == old:
        return []
    changed = sorted(key for key in {*rest, *old} if rest.get(key) != old.get(key))
    return [field_errors.forbidden("spec", f"pod updates may not change fields other than {_CHANGEABLE}\n{changed}")]


def _container_errors(container: Thing, field: str, seen: set[str]) -> list[Cause]:
    wrong: list[Cause] = []
    name = container.get("name", "")
    if not name:
        wrong.append(field_errors.required(f"{field}.name"))
    elif len(name) > 63 or not _LABEL.fullmatch(name):
        wrong += metadata.label_name_errors(f"{field}.name", name)
    elif name in seen:
        wrong.append(field_errors.duplicate(f"{field}.name", name))
    seen.add(name)
    if not container.get("image"):
        wrong.append(field_errors.required(f"{field}.image"))
    for index, variable in enumerate(container.get("env") or ()):
        wrong += _variable_errors(variable, f"{field}.env[{index}]")
    return wrong


def _variable_errors(variable: Thing, field: str) -> list[Cause]:
    wrong = [] if variable.get("name") else [field_errors.required(f"{field}.name")]
    if "valueFrom" not in variable:
        return wrong
    if not (sources := variable["valueFrom"]):
        says = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"
        wrong.append(field_errors.invalid(f"{field}.valueFrom", "", says))
    elif variable.get("value"):
        says = "may not be specified when `value` is not empty"
        wrong.append(field_errors.invalid(f"{field}.valueFrom", "", says))
    elif len(sources) > 1:
        says = "may not have more than one field specified at a time"
        wrong.append(field_errors.invalid(f"{field}.valueFrom", "", says))
    return wrong


def _toleration_errors(toleration: Thing, field: str) -> list[Cause]:
    operator = toleration.get("operator") or "Equal"
    wrong: list[Cause] = []
    if not toleration.get("key") and operator != "Exists":
        says = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
        wrong.append(field_errors.invalid(f"{field}.operator", operator, says))
    if operator not in ("Equal", "Exists"):
        wrong.append(field_errors.unsupported(f"{field}.operator", operator, ("Equal", "Exists")))
    if operator == "Exists" and toleration.get("value"):
        says = "value must be empty when `operator` is 'Exists'"
        wrong.append(field_errors.invalid(f"{field}.operator", toleration["value"], says))
    effect = toleration.get("effect")
    if effect and effect not in _EFFECTS:
        wrong.append(field_errors.unsupported(f"{field}.effect", effect, _EFFECTS))
    if toleration.get("tolerationSeconds") is not None and effect != "NoExecute":
        says = "effect must be 'NoExecute' when `tolerationSeconds` is set"
        wrong.append(field_errors.invalid(f"{field}.effect", effect or "", says))
    return wrong


def _as_before(new: Thing, old: Thing, key: str) -> None:
    new.pop(key, None)
    if key in old:
        new[key] = old[key]
