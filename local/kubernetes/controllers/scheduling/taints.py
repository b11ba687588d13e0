"""Taints and tolerations ("Taints and Tolerations" in the Kubernetes documentation; api, core/v1, ToleratesTaint)."""

from collections.abc import Collection, Iterable, Sequence

from local.kubernetes.things import Thing

HARD = ("NoSchedule", "NoExecute")


def tolerates(toleration: Thing, taint: Thing) -> bool:
    """An empty effect is every effect; an empty key with Exists is every taint."""
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    if (toleration.get("operator") or "Equal") == "Exists":
        return True
    return bool(toleration.get("key")) and (toleration.get("value") or "") == (taint.get("value") or "")


def untolerated(taints: Iterable[Thing], tolerations: Sequence[Thing], effects: Collection[str] = HARD) -> Thing | None:
    """The first taint of these effects that nothing tolerates."""
    for taint in taints:
        if taint["effect"] in effects and not any(tolerates(each, taint) for each in tolerations):
            return taint
    return None


def of_node(node: Thing) -> Sequence[Thing]:
    return list(node["spec"].get("taints") or ()) if "spec" in node else []


def of_pod(pod: Thing) -> Sequence[Thing]:
    """Its tolerations; `pod` may be a template."""
    return list(pod["spec"].get("tolerations") or ())
