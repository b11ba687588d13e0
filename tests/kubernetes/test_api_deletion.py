"""How objects go. Sources: "Kubernetes API Concepts" (Resource deletion), "Garbage Collection", "Finalizers", "Pod
Lifecycle" (Termination of Pods), "Namespaces"."""

from datetime import datetime

import pytest

from tests.kubernetes.manifests import config_map, deployment, pod
from tests.kubernetes.requests import MERGE, Requests, Thing, until


@pytest.fixture
def maps(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/configmaps"


@pytest.fixture
def pods(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/pods"


def gone(ask: Requests, path: str) -> bool:
    return ask.answer("GET", path).status_code == 404


def owned(name: str, owner: Thing, *, blocks: bool = False) -> Thing:
    """A ConfigMap that belongs to another."""
    about = owner["metadata"]
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": about["name"], "uid": about["uid"]}
    thing = config_map(name)
    thing["metadata"]["ownerReferences"] = [{**reference, "blockOwnerDeletion": True} if blocks else reference]
    return thing


class TestDeletion:
    def test_it_is_at_once(self, ask: Requests, maps: str) -> None:
        uid = ask("POST", maps, config_map("a"))["metadata"]["uid"]
        assert ask("DELETE", f"{maps}/a")["details"] == {"name": "a", "kind": "configmaps", "uid": uid}
        assert gone(ask, f"{maps}/a")
        assert ask.refused("DELETE", f"{maps}/a")["reason"] == "NotFound"

    @pytest.mark.parametrize("condition", ["uid", "resourceVersion"])
    def test_it_may_have_preconditions(self, ask: Requests, maps: str, condition: str) -> None:
        made = ask("POST", maps, config_map("a"))
        wrong = {"preconditions": {condition: "1"}}
        status = ask.refused("DELETE", f"{maps}/a", wrong)
        assert status["reason"] == "Conflict"
        assert "in the precondition (1) does not match the" in status["message"]
        ask("DELETE", f"{maps}/a", {"preconditions": {condition: made["metadata"][condition]}})
        assert gone(ask, f"{maps}/a")

    def test_a_finalizer_keeps_an_object(self, ask: Requests, maps: str) -> None:
        thing = config_map("a")
        thing["metadata"]["finalizers"] = ["x.io/mine"]
        ask("POST", maps, thing)
        about = ask("DELETE", f"{maps}/a")["metadata"]
        assert (about["deletionGracePeriodSeconds"], bool(about["deletionTimestamp"])) == (0, True)
        more = {"metadata": {"finalizers": ["x.io/mine", "x.io/another"]}}
        assert ask.refused("PATCH", f"{maps}/a", more, MERGE)["reason"] == "Invalid"
        kept = ask("PATCH", f"{maps}/a", {"metadata": {"deletionTimestamp": None}}, MERGE)
        assert kept["metadata"]["deletionTimestamp"] == about["deletionTimestamp"]
        ask("PATCH", f"{maps}/a", {"metadata": {"finalizers": []}}, MERGE)
        assert gone(ask, f"{maps}/a")

    def test_a_collection_goes_by_selector(self, ask: Requests, maps: str) -> None:
        for name, colour in (("a", "red"), ("b", "blue"), ("c", "red")):
            thing = config_map(name)
            thing["metadata"]["labels"] = {"colour": colour}
            ask("POST", maps, thing)
        ask("DELETE", maps, labelSelector="colour=red")
        assert ask.names(maps, labelSelector="colour") == ["b"]


class TestOwners:
    def test_what_is_owned_goes_with_its_owner(self, ask: Requests, maps: str) -> None:
        owner = ask("POST", maps, config_map("owner"))
        child = ask("POST", maps, owned("child", owner))
        ask("POST", maps, owned("grandchild", child))
        ask("DELETE", f"{maps}/owner", {"propagationPolicy": "Background"})
        until(lambda: gone(ask, f"{maps}/child") and gone(ask, f"{maps}/grandchild"))

    def test_it_is_orphaned_where_that_is_asked(self, ask: Requests, maps: str) -> None:
        owner = ask("POST", maps, config_map("owner"))
        ask("POST", maps, owned("child", owner))
        ask("DELETE", f"{maps}/owner", {"propagationPolicy": "Orphan"})
        until(lambda: gone(ask, f"{maps}/owner"))
        assert not ask("GET", f"{maps}/child")["metadata"].get("ownerReferences")

    def test_in_the_foreground_the_owner_goes_last(self, ask: Requests, maps: str) -> None:
        owner = ask("POST", maps, config_map("owner"))
        child = owned("child", owner, blocks=True)
        child["metadata"]["finalizers"] = ["x.io/mine"]
        ask("POST", maps, child)
        about = ask("DELETE", f"{maps}/owner", {"propagationPolicy": "Foreground"})["metadata"]
        assert about["finalizers"] == ["foregroundDeletion"]
        until(lambda: "deletionTimestamp" in ask("GET", f"{maps}/child")["metadata"])
        assert not gone(ask, f"{maps}/owner")
        ask("PATCH", f"{maps}/child", {"metadata": {"finalizers": None}}, MERGE)
        until(lambda: gone(ask, f"{maps}/owner") and gone(ask, f"{maps}/child"))

    def test_of_several_owners_one_is_enough(self, ask: Requests, maps: str) -> None:
        one, two = (ask("POST", maps, config_map(name)) for name in ("one", "two"))
        child = owned("child", one)
        child["metadata"]["ownerReferences"] += owned("child", two)["metadata"]["ownerReferences"]
        ask("POST", maps, child)
        ask("DELETE", f"{maps}/one")
        until(lambda: len(ask("GET", f"{maps}/child")["metadata"]["ownerReferences"]) == 1)
        assert not gone(ask, f"{maps}/child")


class TestPods:
    def test_one_on_a_node_stays_until_its_kubelet_ends_it(self, ask: Requests, pods: str) -> None:
        ask("POST", pods, pod("a", nodeName="nowhere", terminationGracePeriodSeconds=70))
        about = ask("DELETE", f"{pods}/a")["metadata"]
        assert about["deletionGracePeriodSeconds"] == 70
        assert about["generation"] == 2
        late = datetime.fromisoformat(about["deletionTimestamp"])
        shorter = ask("DELETE", f"{pods}/a", {"gracePeriodSeconds": 20})["metadata"]
        assert shorter["deletionGracePeriodSeconds"] == 20
        assert (late - datetime.fromisoformat(shorter["deletionTimestamp"])).total_seconds() == 50
        longer = ask("DELETE", f"{pods}/a", {"gracePeriodSeconds": 90})["metadata"]
        assert longer["deletionGracePeriodSeconds"] == 20
        ask("DELETE", f"{pods}/a", {"gracePeriodSeconds": 0})
        assert gone(ask, f"{pods}/a")

    def test_one_without_a_node_goes_at_once(self, ask: Requests, pods: str) -> None:
        ask("POST", pods, pod("a"))
        assert ask("DELETE", f"{pods}/a")["kind"] == "Pod"
        assert gone(ask, f"{pods}/a")

    def test_one_that_has_ended_goes_at_once(self, ask: Requests, pods: str) -> None:
        ask("POST", pods, pod("a", nodeName="nowhere"))
        ask("PATCH", f"{pods}/a/status", {"status": {"phase": "Succeeded"}}, MERGE)
        ask("DELETE", f"{pods}/a")
        assert gone(ask, f"{pods}/a")


class TestNamespaces:
    def test_one_is_emptied_and_goes(self, ask: Requests, namespace: str) -> None:
        ask("POST", f"/api/v1/namespaces/{namespace}/configmaps", config_map("a"))
        name = f"{namespace}-more"
        ask("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
        kept = config_map("a")
        kept["metadata"]["finalizers"] = ["x.io/mine"]
        maps = f"/api/v1/namespaces/{name}/configmaps"
        ask("POST", maps, kept)
        ask("POST", f"/apis/apps/v1/namespaces/{name}/deployments", deployment("d"))
        ask("DELETE", f"/api/v1/namespaces/{name}")
        until(lambda: "deletionTimestamp" in ask("GET", f"{maps}/a")["metadata"])
        until(lambda: gone(ask, f"/apis/apps/v1/namespaces/{name}/deployments/d"))
        assert ask("GET", f"/api/v1/namespaces/{name}")["status"]["phase"] == "Terminating"
        status = ask.refused("POST", maps, config_map("b"))
        assert "because it is being terminated" in status["message"]
        assert status["details"]["causes"][0]["reason"] == "NamespaceTerminating"
        ask("PATCH", f"{maps}/a", {"metadata": {"finalizers": None}}, MERGE)
        until(lambda: gone(ask, f"/api/v1/namespaces/{name}"))

    def test_there_must_be_one(self, ask: Requests) -> None:
        status = ask.refused("POST", "/api/v1/namespaces/none/configmaps", config_map("a"))
        assert (status["reason"], status["message"]) == ("NotFound", 'namespaces "none" not found')

    def test_some_are_for_ever(self, ask: Requests) -> None:
        status = ask.refused("DELETE", "/api/v1/namespaces/kube-system")
        assert status["message"] == 'namespaces "kube-system" is forbidden: this namespace may not be deleted'
