"""Records of runs as steps leave them, for what reads a record."""

from typing import Any

from nodenet.migration.request import Drain, GroupWish, Request, SubnetWish
from nodenet.migration.run import Run, Way
from tests.unit.migration.record import started

ZONE, OLD, NEW = "eu-west-1a", "subnet-0a6f3c1e9d2b75840", "subnet-0b5f2c7d91e3a4608"
REQUEST = Request(
    "prod",
    (GroupWish("web"),),
    cidrs=("100.64.0.0/16",),
    pod_subnets=(SubnetWish(ZONE, cidr="100.64.0.0/19"),),
)
FINDING = {"id": "pods.pinned", "severity": "warning", "accepted": True, "said": "2 pods | <b>", "todo": "Mend."}


def _need(subnet: str, before: int, meanwhile: int, after: int) -> dict[str, Any]:
    figures = {"usable": 251, "before": before, "meanwhile": meanwhile, "after": after}
    return {"subnet": subnet, "zone": ZONE, "pods": True, "nodes": True, **figures}


def _group() -> dict[str, Any]:
    about = {"kind": "managed", "autoScalingGroups": ["eks-web"], "zones": [ZONE], "subnets": [OLD], "networks": []}
    return {"name": "web", "nodes": 3, "instanceTypes": ["m5.large"], **about}


def node(began: float, outcome: str | None = None, evicted: int = 0, **more: Any) -> dict[str, Any]:
    """A part `node#…`, two minutes long where it has an outcome."""
    ended = {"outcome": outcome, "ended": began + 120} if outcome else {}
    return {"began": began, "batch": 1, "turns": 3, "evicted": evicted, "said": "all pods are gone", **ended, **more}


def taken(began: float, ended: float | None, said: str = "", way: str = "forward", **more: Any) -> dict[str, Any]:
    """What nodenet.migration.step.take keeps and notes of a step."""
    values = {f"{way}.began": began, f"{way}.began.0": began, **more}
    return values if ended is None else {**values, f"{way}.ended": ended, f"{way}.said": said}


def ran(request: Request = REQUEST, **parts: Any) -> Run:
    """A run that is draining: of three old nodes one is drained and one is under way."""
    made = {"zone": ZONE, "id": NEW, "cidr": "100.64.0.0/19", "label": "", "made": True}
    known: dict[str, Any] = {
        "preflight": {
            "report": {
                "findings": [FINDING],
                "addresses": [_need(OLD, 200, 230, 40), _need("100.64.0.0/19", 0, 180, 180)],
            },
            "facts": {"vpc": "vpc-1", "groups": [_group()], "waves": False},
        },
        "step_preflight": taken(1000, 1008, "Nothing blocks the migration of prod; 1 warnings."),
        "step_extend_vpc": taken(
            1010,
            1020,
            "100.64.0.0/16 associated, 1 of 1 subnets made",
            before=["10.0.0.0/16"],
            associations={"100.64.0.0/16": {"made": True}},
            podSubnets=[made],
            nodeSubnets=[],
        ),
        "step_apply_eni_configs": taken(1030, 1031, "1 ENIConfig", applied={ZONE: {}}),
        "step_switch_cni": {
            **taken(1040, 1100, "aws-node runs on 3 nodes"),
            "forward.began.1": 1060,
            "before": {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": None},
            "wanted": {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true"},
        },
        "step_new_group": taken(
            1110, 1200, "3 nodes", groups={"web": {"kind": "managed", "name": "web-n", "made": True, "desired": 4}}
        ),
        "step_next_batch": {"old.total": 3},
        "batch#old#00001": {"nodes": ["ip-1"], "owners": {}, "targets": {}, "settled": True},
        "step_settle_old_00001": taken(1340, 1350, "batch 1"),
        "batch#old#00002": {"nodes": ["ip-2"], "owners": {}, "targets": {}},
        "node#ip-1": node(1210, "drained", 7),
        "node#ip-2": node(1360, None, 2, said="3 pods are there still", left=["shop/db: blocked"]),
    }
    return started(request, **known | parts)


def turned(run: Run, way: Way) -> Run:
    run.record.turn(run.id, way)
    return run.record.run(run.id)


def held(run: Run, **more: Any) -> Run:
    """It asks what is to become of a failed step."""
    values: dict[str, Any] = {
        "kind": "hold",
        "step": "DrainOld",
        "way": "forward",
        "error": "HeldError",
        "cause": "a budget | never",
    }
    values |= {"asked": 1400.0, **more}
    run.record.note(run.id, "question", {**values, "token": "t"})
    run.record.note(run.id, "asked#1400", values)
    return run


LOSING = Drain(empty_dir=True, bare_pods=True, force=True)
