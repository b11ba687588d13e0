"""What an API server refuses of controllers of pods: selectors that miss their own pods, changes of what is fixed.

Sources: kubernetes, pkg/apis/apps/validation, pkg/apis/batch/validation.
"""

from collections.abc import Callable, Mapping
from typing import Any

from local.kubernetes import selectors
from local.kubernetes.rules import field_errors, metadata, pods
from local.kubernetes.statuses import Cause
from local.kubernetes.things import Thing, found

type Check = Callable[[Thing, Thing | None], list[Cause]]

_CHANGEABLE = (
    "replicas",
    "template",
    "updateStrategy",
    "minReadySeconds",
    "ordinals",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
)
_SET_SAYS = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)


def controller_errors(thing: Thing, old: Thing | None) -> list[Cause]:
    """Of Deployments, ReplicaSets, StatefulSets and DaemonSets."""
    spec, kind = thing.get("spec") or {}, thing["kind"]
    wrong = _selector_errors(spec, kind.lower()) + _template_errors(spec, ("Always",))
    for key in ("replicas", "minReadySeconds"):
        if isinstance(value := spec.get(key), int) and value < 0:
            wrong.append(field_errors.invalid(f"spec.{key}", value, "must be greater than or equal to 0"))
    if not old:
        return wrong
    if kind != "StatefulSet":
        return wrong + field_errors.immutable("spec.selector", spec.get("selector"), old["spec"].get("selector"))
    kept, before = ({k: v for k, v in each.items() if k not in _CHANGEABLE} for each in (spec, old["spec"]))
    return wrong + ([field_errors.forbidden("spec", _SET_SAYS)] if kept != before else [])


def job_errors(job: Thing, old: Thing | None) -> list[Cause]:
    spec = job.get("spec") or {}
    wrong = _template_errors(spec, ("Always", "OnFailure", "Never"))
    if found(spec, "template", "spec", "restartPolicy") == "Always":
        says = 'valid values: "OnFailure", "Never"'
        wrong.append(field_errors.required("spec.template.spec.restartPolicy", says))
    if selector := spec.get("selector"):
        wrong += _miss_errors(selector, spec)
    for key in ("completions", "parallelism", "backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished"):
        if isinstance(value := spec.get(key), int) and value < 0:
            wrong.append(field_errors.invalid(f"spec.{key}", value, "must be greater than or equal to 0"))
    if old:
        # A suspended Job that has not started may have its template's scheduling changed; that is not looked at here.
        fixed = ("selector", "completionMode", *(() if old["spec"].get("suspend") else ("template",)))
        for key in fixed:
            wrong += field_errors.immutable(f"spec.{key}", spec.get(key), old["spec"].get(key))
    return wrong


def _selector_errors(spec: Thing, kind: str) -> list[Cause]:
    selector = spec.get("selector")
    if selector is None:
        return [field_errors.required("spec.selector"), *_miss_errors(None, spec)]
    wrong = selector_errors(selector, "spec.selector")
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        wrong.append(field_errors.invalid("spec.selector", selector, f"empty selector is invalid for {kind}"))
    elif not wrong:
        wrong = _miss_errors(selector, spec)
    return wrong


def selector_errors(selector: Mapping[str, Any], field: str) -> list[Cause]:
    """Of a LabelSelector (apimachinery, pkg/apis/meta/v1/validation)."""
    wrong = metadata.label_errors(selector.get("matchLabels") or {}, f"{field}.matchLabels")
    for index, each in enumerate(selector.get("matchExpressions") or ()):
        at, operator, values = f"{field}.matchExpressions[{index}]", each.get("operator"), each.get("values")
        if operator in ("In", "NotIn") and not values:
            says = "must be specified when `operator` is 'In' or 'NotIn'"
            wrong.append(field_errors.required(f"{at}.values", says))
        elif operator in ("Exists", "DoesNotExist") and values:
            says = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            wrong.append(field_errors.forbidden(f"{at}.values", says))
        elif operator not in ("In", "NotIn", "Exists", "DoesNotExist"):
            wrong.append(field_errors.invalid(f"{at}.operator", operator, "not a valid selector operator"))
    return wrong


def _miss_errors(selector: Thing | None, spec: Thing) -> list[Cause]:
    labels = found(spec, "template", "metadata", "labels") or {}
    if selectors.of_object(selector)(labels):
        return []
    says = "`selector` does not match template `labels`"
    return [field_errors.invalid("spec.template.metadata.labels", labels, says)]


def _template_errors(spec: Thing, restarts: tuple[str, ...]) -> list[Cause]:
    template = spec.get("template") or {}
    labels = found(template, "metadata", "labels") or {}
    wrong = metadata.label_errors(labels, "spec.template.metadata.labels")
    return wrong + pods.spec_errors(template.get("spec") or {}, "spec.template.spec", restarts)
