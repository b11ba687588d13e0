"""What an API server fills into pods and pod templates.

Sources: kubernetes, pkg/apis/core/v1/defaults.go; plugin/pkg/admission/defaulttolerationseconds; "Configure Quality of
Service for Pods".
"""

from typing import Any

from local.kubernetes.things import Thing

_UNTIL_EVICTED = 300
"""Seconds for which a pod stays on a node that is not ready or not reachable."""


def fill_spec(spec: Thing) -> None:
    """Of a pod or of a template."""
    for key, value in (
        ("restartPolicy", "Always"),
        ("terminationGracePeriodSeconds", 30),
        ("dnsPolicy", "ClusterFirst"),
        ("schedulerName", "default-scheduler"),
    ):
        spec.setdefault(key, value)
    spec.setdefault("securityContext", {})
    if spec.get("serviceAccountName"):
        spec["serviceAccount"] = spec["serviceAccountName"]
    elif spec.get("serviceAccount"):
        spec["serviceAccountName"] = spec["serviceAccount"]
    for key in ("initContainers", "containers"):
        for container in spec.get(key) or ():
            _fill_container(container, on_host=bool(spec.get("hostNetwork")))
    for volume in spec.get("volumes") or ():
        _fill_volume(volume)
    for constraint in spec.get("topologySpreadConstraints") or ():
        constraint.setdefault("whenUnsatisfiable", "DoNotSchedule")


def fill_pod(pod: Thing) -> None:
    """What only pods get: never their templates."""
    spec = pod["spec"]
    spec.setdefault("enableServiceLinks", True)
    spec.setdefault("serviceAccountName", "default")
    spec.setdefault("serviceAccount", spec["serviceAccountName"])
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        _request_limits(container)
    _tolerate(spec)


def quality(spec: Thing) -> str:
    """The QoS class: Guaranteed where every container's limits of CPU and memory are its requests."""
    containers = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    resources = [each.get("resources") or {} for each in containers]
    named = [{kind: each.get(kind) or {} for kind in ("requests", "limits")} for each in resources]
    both = ("cpu", "memory")
    if not any(each[kind].get(what) for each in named for kind in each for what in both):
        return "BestEffort"
    whole = all(each["limits"].get(what) == each["requests"].get(what) is not None for each in named for what in both)
    return "Guaranteed" if whole and all(what in each["limits"] for each in named for what in both) else "Burstable"


def _fill_container(container: Thing, *, on_host: bool) -> None:
    container.setdefault("terminationMessagePath", "/dev/termination-log")
    container.setdefault("terminationMessagePolicy", "File")
    container.setdefault("resources", {})
    if "imagePullPolicy" not in container:
        tag = str(container.get("image", "")).rpartition("/")[2]
        latest = "@" not in tag and tag.partition(":")[2] in ("", "latest")
        container["imagePullPolicy"] = "Always" if latest else "IfNotPresent"
    for port in container.get("ports") or ():
        port.setdefault("protocol", "TCP")
        if on_host:
            port.setdefault("hostPort", port.get("containerPort"))
    for key in ("livenessProbe", "readinessProbe", "startupProbe"):
        if probe := container.get(key):
            _fill_probe(probe)
    for variable in container.get("env") or ():
        if reference := (variable.get("valueFrom") or {}).get("fieldRef"):
            reference.setdefault("apiVersion", "v1")


def _fill_probe(probe: Thing) -> None:
    for key, value in (("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)):
        probe[key] = probe.get(key) or value
    if get := probe.get("httpGet"):
        get.setdefault("path", "/")
        get.setdefault("scheme", "HTTP")


def _fill_volume(volume: Thing) -> None:
    kinds = [key for key in volume if key != "name"]
    if not kinds:
        volume["emptyDir"] = {}
    for key in ("secret", "configMap", "projected", "downwardAPI"):
        if isinstance(volume.get(key), dict):
            volume[key].setdefault("defaultMode", 0o644)
    if isinstance(volume.get("hostPath"), dict):
        volume["hostPath"].setdefault("type", "")


def _request_limits(container: Thing) -> None:
    resources = container["resources"]
    for key, value in (resources.get("limits") or {}).items():
        resources.setdefault("requests", {}).setdefault(key, value)


def _tolerate(spec: Thing) -> None:
    tolerations: list[Any] = spec.get("tolerations") or []
    for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"):
        if not any(
            each.get("key", "") in ("", key) and each.get("effect", "") in ("", "NoExecute") for each in tolerations
        ):
            tolerations = [
                *tolerations,
                {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": _UNTIL_EVICTED},
            ]
    if tolerations:
        spec["tolerations"] = tolerations
