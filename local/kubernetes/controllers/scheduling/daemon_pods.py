"""Pods whose node affinity names nodes, as daemons' do: no other node need be asked (nodeaffinity, PreFilter)."""

from collections.abc import Collection

from local.kubernetes.things import Thing


def only_nodes(pod: Thing) -> Collection[str] | None:
    """The names, where every term of the required affinity has some; None where any node may do."""
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    terms = (affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}).get("nodeSelectorTerms") or ()
    names: set[str] = set()
    for term in terms:
        named = [field for field in term.get("matchFields") or () if field["operator"] == "In"]
        if not named:
            return None
        names |= set.intersection(*(set(field["values"]) for field in named))
    return names if terms else None
