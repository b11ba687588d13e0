"""Subresources, discovery and reviews. Sources are named at each."""

import pytest

from tests.kubernetes import control_plane
from tests.kubernetes.manifests import deployment, pod
from tests.kubernetes.requests import MERGE, Requests, Thing, causes, until


@pytest.fixture
def pods(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/pods"


class TestScale:
    """autoscaling/v1 Scale ("Kubernetes API Concepts", Subresources)."""

    @pytest.fixture
    def scale(self, ask: Requests, namespace: str) -> str:
        path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
        ask("POST", path, deployment("a"))
        return f"{path}/a/scale"

    def test_it_shows_and_changes_the_replicas(self, ask: Requests, scale: str) -> None:
        shown = ask("GET", scale)
        assert (shown["kind"], shown["apiVersion"], shown["status"]["selector"]) == ("Scale", "autoscaling/v1", "app=a")
        assert shown["spec"].get("replicas", 0) == 0
        assert ask("PATCH", scale, {"spec": {"replicas": 2}}, MERGE)["spec"] == {"replicas": 2}
        made = ask("GET", scale.removesuffix("/scale"))
        assert (made["spec"]["replicas"], made["metadata"]["generation"]) == (2, 2)
        entry = next(each for each in made["metadata"]["managedFields"] if each.get("subresource") == "scale")
        assert entry["fieldsV1"] == {"f:spec": {"f:replicas": {}}}

    def test_it_takes_no_old_version_and_no_fewer_than_none(self, ask: Requests, scale: str) -> None:
        def one() -> bool:  # a controller may be quicker between the two
            shown.update(ask("GET", scale))
            return ask.answer("PUT", scale, {**shown, "spec": {"replicas": 1}}).is_success

        shown: Thing = {}
        until(one)
        assert ask.refused("PUT", scale, {**shown, "spec": {"replicas": 2}})["reason"] == "Conflict"
        status = ask.refused("PATCH", scale, {"spec": {"replicas": -1}}, MERGE)
        assert causes(status) == [("spec.replicas", "FieldValueInvalid")]


class TestBinding:
    """kubernetes, pkg/registry/core/pod/storage/storage.go (BindingREST)."""

    def test_it_gives_a_pod_its_node_once(self, ask: Requests, pods: str) -> None:
        ask("POST", pods, pod("a"))
        binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "a"}, "target": {"name": "nowhere"}}
        assert ask("POST", f"{pods}/a/binding", binding)["status"] == "Success"
        made = ask("GET", f"{pods}/a")
        assert made["spec"]["nodeName"] == "nowhere"
        assert {each["type"]: each["status"] for each in made["status"]["conditions"]} == {"PodScheduled": "True"}
        assert ask.refused("POST", f"{pods}/a/binding", binding)["message"] == (
            'Operation cannot be fulfilled on pods/binding "a": pod a is already assigned to node "nowhere"'
        )


class TestProxy:
    """ "Access Services Running on Clusters"; kubernetes, pkg/registry/core/pod/strategy.go (ResourceLocation)."""

    def test_a_pod_without_an_address_is_not_asked(self, ask: Requests, pods: str) -> None:
        ask("POST", pods, pod("a"))
        assert ask.refused("GET", f"{pods}/a:80/proxy/healthz")["message"] == "address not allowed"
        ask("PATCH", f"{pods}/a/status", {"status": {"podIP": "127.0.0.1", "podIPs": [{"ip": "127.0.0.1"}]}}, MERGE)
        assert ask.refused("GET", f"{pods}/a:80/proxy/healthz")["message"] == "address not allowed"
        assert ask.refused("GET", f"{pods}/b:80/proxy/")["reason"] == "NotFound"

    @pytest.mark.skipif(control_plane.REAL, reason="what lies between it and its pods is not this test's")
    def test_one_that_cannot_be_reached_is_unavailable(self, ask: Requests, pods: str) -> None:
        """apimachinery, pkg/util/proxy/transport.go."""
        ask("POST", pods, pod("a"))
        address = {"podIP": "100.64.0.9", "podIPs": [{"ip": "100.64.0.9"}]}
        ask("PATCH", f"{pods}/a/status", {"status": address}, MERGE)
        status = ask.refused("GET", f"{pods}/a:8080/proxy/healthz")
        assert (status["code"], status["reason"]) == (503, "ServiceUnavailable")
        assert status["message"].startswith("error trying to reach service: dial tcp 100.64.0.9:8080")


class TestDiscovery:
    """ "The Kubernetes API", Discovery API; "Kubernetes API health endpoints"."""

    def test_the_server_says_what_it_has(self, ask: Requests) -> None:
        assert ask("GET", "/api")["versions"] == ["v1"]
        groups = {each["name"]: each["preferredVersion"]["groupVersion"] for each in ask("GET", "/apis")["groups"]}
        wanted = {"apps": "apps/v1", "policy": "policy/v1", "batch": "batch/v1"}
        assert wanted.items() <= groups.items()
        names = {each["name"]: each for each in ask("GET", "/api/v1")["resources"]}
        assert (names["pods"]["kind"], names["pods"]["namespaced"]) == ("Pod", True)
        assert names["pods/eviction"] == {
            "name": "pods/eviction",
            "singularName": "",
            "namespaced": True,
            "group": "policy",
            "version": "v1",
            "kind": "Eviction",
            "verbs": ["create"],
        }
        assert {"list", "watch", "deletecollection"} <= set(names["configmaps"]["verbs"])
        assert "deletecollection" not in names["namespaces"]["verbs"]
        assert ask("GET", "/apis/apps")["preferredVersion"]["version"] == "v1"

    @pytest.mark.parametrize("path", ["/readyz", "/livez", "/healthz"])
    def test_it_says_that_it_is_well(self, ask: Requests, path: str) -> None:
        answer = ask.answer("GET", path)
        assert (answer.status_code, answer.text) == (200, "ok")

    def test_it_says_its_version(self, ask: Requests) -> None:
        found = ask("GET", "/version")
        assert (found["major"], found["gitVersion"].startswith("v1.")) == ("1", True)

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("PATCH", "/api/v1/pods"),
            ("POST", "/api/v1/pods"),
            ("DELETE", "/api/v1/namespaces"),
            ("PUT", "/api/v1/nodes"),
        ],
    )
    def test_not_every_verb_is_everywhere(self, ask: Requests, method: str, path: str) -> None:
        assert ask.refused(method, path, {})["reason"] == "MethodNotAllowed"


class TestReviews:
    def test_an_administrator_may_do_everything(self, ask: Requests) -> None:
        """ "Authorization", Checking API access."""
        asked = {"verb": "create", "resource": "pods", "subresource": "eviction", "namespace": "default"}
        path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        assert ask("POST", path, {"spec": {"resourceAttributes": asked}})["status"]["allowed"] is True
