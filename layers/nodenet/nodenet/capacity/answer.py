"""A plan as JSON: the one form for the command and the function."""

from collections.abc import Mapping
from typing import Any

from nodenet.capacity.plan import ALL, Advice, CapacityPlan, GrowthPoint, Limit, MaxPods, NodeUse, SubnetUse


def answer(plan: CapacityPlan) -> dict[str, Any]:
    """Keys in camelCase; addresses, prefixes and nodes are counts. What a name means is in `nodenet.capacity.plan`.

    `nodes` are kinds of nodes, with what one of them holds: `enis`, addresses `active`, `warm` and `idle` (warm, and
    never of use), `prefixes`, and `taken`, all that it takes of subnets. `moreNodes` has `all`, for all groups in
    proportion, and `groups`, each alone. `calls` of an advice are EC2 calls `before` and `after`.
    """
    return {
        "fits": plan.fits,
        "nodes": [_node(each) for each in plan.nodes],
        "subnets": [_subnet(each) for each in plan.subnets],
        "shortages": [
            {"where": each.where, "missing": each.missing, "unit": each.unit, "sentence": each.sentence}
            for each in plan.shortages
        ],
        "moreNodes": _more_nodes(plan.more_nodes),
        "morePods": _limit(plan.more_pods),
        "growth": [_point(each) for each in plan.growth],
        "advice": [_advice(each) for each in plan.advice],
    }


def _node(use: NodeUse) -> dict[str, Any]:
    return {
        "group": use.group,
        "instanceType": use.instance_type,
        "nodes": use.nodes,
        "pods": use.pods,
        "enis": len(use.holding.enis),
        "active": use.holding.active,
        "warm": use.holding.warm,
        "idle": use.idle,
        "prefixes": use.holding.prefix_count,
        "waiting": use.holding.waiting,
        "networkAddresses": use.network_addresses,
        "branchAddresses": use.branch_addresses,
        "cardAddresses": use.card_addresses,
        "taken": use.taken,
        "maxPods": _max_pods(use.max_pods),
    }


def _max_pods(figures: MaxPods) -> dict[str, Any]:
    return {
        "cni": figures.cni,
        "nodeadm": figures.nodeadm,
        "eks": figures.eks,
        "kubelet": figures.kubelet,
        "boundBy": figures.bound_by,
    }


def _subnet(use: SubnetUse) -> dict[str, Any]:
    return {
        "name": use.name,
        "zone": use.zone,
        "usable": use.usable,
        "used": use.used,
        "nodes": use.nodes,
        "pods": use.pods,
        "networks": use.networks,
        "surge": use.surge,
        "taken": use.taken,
        "left": use.left,
        "blocks": {
            "free": use.blocks.free,
            "reserved": use.blocks.reserved,
            "wanted": use.blocks.wanted,
            "expected": use.blocks.expected,
            "risk": use.blocks.risk.value,
        },
    }


def _more_nodes(limits: Mapping[str, Limit]) -> dict[str, Any]:
    return {
        "all": _limit(limits[ALL]),
        "groups": {name: _limit(limit) for name, limit in limits.items() if name != ALL},
    }


def _limit(limit: Limit) -> dict[str, Any]:
    return {"resource": limit.resource, "where": limit.where, "more": limit.more}


def _point(point: GrowthPoint) -> dict[str, Any]:
    return {"scale": round(point.scale, 4), "nodes": point.nodes, "taken": dict(point.taken)}


def _advice(advice: Advice) -> dict[str, Any]:
    return {
        "kind": advice.kind,
        "sentence": advice.sentence,
        "saves": advice.saves,
        "calls": {"before": advice.calls[0], "after": advice.calls[1]} if advice.calls else None,
        "settings": dict(advice.settings) if advice.settings else None,
    }
