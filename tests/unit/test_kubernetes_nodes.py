"""Nodes as they are read, and changed beside others that change them."""

import time
from typing import Any

import httpx2
import pytest

from nodenet.errors import HeldError, Throttled
from nodenet.kubernetes.nodes import Nodes
from nodenet.migration.cluster import UNVERIFIED, Node, Taint
from tests.unit.kubernetes_server import Answer, Server, in_turn, items, ok, refused, routed

PATH = "/api/v1/nodes/n"
OURS = Taint(UNVERIFIED, "NoSchedule")
NODE = {
    "metadata": {
        "name": "n",
        "uid": "u-1",
        "resourceVersion": "7",
        "creationTimestamp": "2026-01-02T03:04:05Z",
        "labels": {"node.kubernetes.io/instance-type": "m5.large"},
        "annotations": {"a": "b"},
    },
    "spec": {
        "providerID": "aws:///eu-west-1a/i-0abc",
        "unschedulable": True,
        "taints": [{"key": "k", "effect": "NoExecute", "value": "v", "timeAdded": "2026-01-02T03:04:05Z"}],
    },
    "status": {
        "capacity": {"pods": "29", "cpu": "2"},
        "conditions": [{"type": "Ready", "status": "True"}],
        "addresses": [{"type": "Hostname", "address": "n"}, {"type": "InternalIP", "address": "10.0.0.7"}],
    },
}


class Kept:
    """One node whose taints and version are kept; others write between a read and a write, as often as is said."""

    def __init__(self, taints: list[dict[str, Any]], quicker: int = 0) -> None:
        self.taints, self.version, self.quicker = taints, 7, quicker

    def __call__(self, request: httpx2.Request) -> Answer:
        if request.method == "PATCH":
            return self._patch(request)
        answer = ok({"metadata": {"name": "n", "resourceVersion": str(self.version)}, "spec": {"taints": self.taints}})
        if self.quicker:
            self.quicker -= 1
            self.version += 1
            self.taints = [*self.taints, {"key": f"other-{self.version}", "effect": "NoSchedule"}]
        return answer

    def _patch(self, request: httpx2.Request) -> Answer:
        body = httpx2.Response(200, content=request.content).json()
        if body["metadata"]["resourceVersion"] != str(self.version):
            return refused(
                409, "Conflict", "the object has been modified; please apply your changes to the latest version"
            )
        self.taints, self.version = body["spec"]["taints"], self.version + 1
        return ok({"metadata": {"name": "n"}})


def test_a_node_is_read() -> None:
    node = Nodes(routed({f"GET {PATH}": NODE}).connection()).node("n")
    assert node == Node(
        name="n",
        uid="u-1",
        instance_id="i-0abc",
        zone="eu-west-1a",
        labels={"node.kubernetes.io/instance-type": "m5.large"},
        annotations={"a": "b"},
        taints=(Taint("k", "NoExecute", "v"),),
        unschedulable=True,
        max_pods=29,
        address="10.0.0.7",
        instance_type="m5.large",
        created=1767323045.0,
    )


@pytest.mark.parametrize(
    "provider_id", ["", "aws:///eu-west-1a/fargate-ip-10-0-0-7", "eks-hybrid:///eu-west-1/prod/mi-0abc", "kwok://n"]
)
def test_what_is_no_instance_has_none(provider_id: str) -> None:
    thing = {"metadata": {"name": "n"}, "spec": {"providerID": provider_id}, "status": {}}
    node = Nodes(routed({f"GET {PATH}": thing}).connection()).node("n")
    assert node
    assert (node.instance_id, node.zone) == ("", "")


@pytest.mark.parametrize("status", ["False", "Unknown"])
def test_a_node_that_is_not_known_to_be_ready_is_not(status: str) -> None:
    """ "Node Status", Conditions: Unknown is a node that has not been heard of."""
    thing = {**NODE, "status": {"conditions": [{"type": "Ready", "status": status}]}}
    node = Nodes(routed({f"GET {PATH}": thing}).connection()).node("n")
    assert node
    assert not node.ready


def test_a_selector_is_sent_as_it_is_and_pages_follow_each_other() -> None:
    server = in_turn(httpx2.Response(200, json={"metadata": {"continue": "x"}, "items": [NODE]}), items(NODE))
    found = Nodes(server.connection()).nodes("eks.amazonaws.com/nodegroup in (web,api),a=b")
    assert [node.name for node in found] == ["n", "n"]
    assert [dict(each.url.params) for each in server.asked] == [
        {"limit": "500", "labelSelector": "eks.amazonaws.com/nodegroup in (web,api),a=b"},
        {"limit": "500", "labelSelector": "eks.amazonaws.com/nodegroup in (web,api),a=b", "continue": "x"},
    ]


@pytest.mark.parametrize(
    ("change", "patch"),
    [
        (lambda nodes: nodes.cordon("n"), {"spec": {"unschedulable": True}}),
        (lambda nodes: nodes.uncordon("n"), {"spec": {"unschedulable": False}}),
        (lambda nodes: nodes.label("n", {"a": "b", "c": None}), {"metadata": {"labels": {"a": "b", "c": None}}}),
    ],
)
def test_a_change_is_a_merge_patch_under_our_name(change: Any, patch: dict[str, Any]) -> None:
    server = routed({f"PATCH {PATH}": NODE})
    assert change(Nodes(server.connection()))
    (asked,) = server.asked
    assert asked.headers["Content-Type"] == "application/merge-patch+json"
    assert asked.url.params["fieldManager"] == "nodenet-migration"
    assert server.body() == patch


def test_what_is_gone_is_told() -> None:
    nodes = Nodes(routed({}).connection())
    assert nodes.node("n") is None
    assert [
        nodes.cordon("n"),
        nodes.uncordon("n"),
        nodes.label("n", {"a": "b"}),
        nodes.taint("n", OURS),
        nodes.untaint("n", UNVERIFIED),
    ] == [False] * 5


def test_nobodys_taint_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    theirs = {"key": "node.kubernetes.io/not-ready", "effect": "NoExecute", "timeAdded": "2026-01-02T03:04:05Z"}
    kept = Kept([theirs], quicker=2)
    nodes = Nodes(Server(kept).connection())
    assert nodes.taint("n", OURS)
    others = [{"key": f"other-{version}", "effect": "NoSchedule"} for version in (8, 9)]
    assert kept.taints == [theirs, *others, {"key": UNVERIFIED, "effect": "NoSchedule"}]
    kept.quicker = 1
    assert nodes.untaint("n", UNVERIFIED)
    assert kept.taints == [theirs, *others, {"key": "other-11", "effect": "NoSchedule"}]


def test_a_taint_takes_the_place_of_its_like() -> None:
    """core/v1, MatchTaint: key and effect make it, not its value."""
    kept = Kept([{"key": "k", "effect": "NoSchedule", "value": "old"}, {"key": "k", "effect": "NoExecute"}])
    Nodes(Server(kept).connection()).taint("n", Taint("k", "NoSchedule", "new"))
    assert kept.taints == [{"key": "k", "effect": "NoExecute"}, {"key": "k", "effect": "NoSchedule", "value": "new"}]
    Nodes(Server(kept).connection()).untaint("n", "k")
    assert kept.taints == []


def test_what_is_so_already_is_not_written() -> None:
    server = Server(Kept([{"key": UNVERIFIED, "effect": "NoSchedule"}]))
    nodes = Nodes(server.connection())
    assert nodes.taint("n", OURS)
    assert nodes.untaint("n", "another")
    assert server.requests == [f"GET {PATH}"] * 2


def test_a_node_that_others_always_change_first_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with pytest.raises(Throttled, match="node n was changed by others"):
        Nodes(Server(Kept([], quicker=99)).connection()).taint("n", OURS)


def test_what_is_not_allowed_is_told() -> None:
    message = 'nodes "n" is forbidden: User "r" cannot patch resource "nodes" in API group "" at the cluster scope'
    nodes = Nodes(routed({f"PATCH {PATH}": refused(403, "Forbidden", message)}).connection())
    with pytest.raises(HeldError, match="cannot patch resource"):
        nodes.cordon("n")
