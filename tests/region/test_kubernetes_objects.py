"""What an API server keeps and how it answers. Sources: "Kubernetes API Concepts", "Field Selectors" in the Kubernetes
documentation."""

import socket
import time
from urllib.error import HTTPError, URLError

import pytest

from tests.region.kubernetes_cluster import NODES, PODS, Cluster, cluster_prod, create  # noqa: F401


class TestObjects:
    def test_an_object_is_kept_once(self, prod: Cluster) -> None:
        made = prod.node("n1")
        about = made["metadata"]
        assert (made["kind"], made["apiVersion"]) == ("Node", "v1")
        assert about["uid"]
        assert prod.refused(NODES, {"metadata": {"name": "n1"}})["reason"] == "AlreadyExists"
        assert int(prod.node("n2")["metadata"]["resourceVersion"]) > int(about["resourceVersion"])
        assert prod.ask(f"{NODES}/n1") == made
        status = prod.refused(f"{NODES}/n3")
        assert (status["reason"], status["message"]) == ("NotFound", 'nodes "n3" not found')
        assert prod.refused(f"{NODES}/n1", made, method="POST")["reason"] == "MethodNotAllowed"

    def test_a_list_comes_in_pages_by_continue(self, prod: Cluster) -> None:
        for number in range(5):
            prod.node(f"n{number}")
        first = prod.ask(NODES, limit=2)
        assert (len(first["items"]), first["metadata"]["remainingItemCount"]) == (2, 3)
        rest = prod.ask(NODES, limit=9, **{"continue": first["metadata"]["continue"]})
        assert [each["metadata"]["name"] for each in rest["items"]] == ["n2", "n3", "n4"]
        assert "continue" not in rest["metadata"]
        assert prod.refused(NODES, **{"continue": "yesterday"})["reason"] == "Expired"

    def test_labels_select(self, prod: Cluster) -> None:
        prod.node("a", role="web")
        prod.node("b", role="db")
        assert prod.names(NODES, labelSelector="role=web") == ["a"]

    def test_fields_select_those_that_the_kind_can_be_selected_by(self, prod: Cluster) -> None:
        for name, node, phase in (("a", "n1", "Running"), ("b", "n1", "Failed"), ("c", "", "Pending")):
            prod.pod(name, node, phase)
        prod.ask("/api/v1/namespaces", {"metadata": {"name": "other"}})
        prod.pod("d", "n1", namespace="other")
        assert prod.names("/api/v1/pods", fieldSelector="spec.nodeName=n1") == ["a", "b", "d"]
        assert prod.names(PODS, fieldSelector="spec.nodeName!=,status.phase!=Failed") == ["a"]
        assert prod.names("/api/v1/pods", fieldSelector="metadata.namespace=other") == ["d"]
        assert prod.refused(PODS, fieldSelector="spec.priority=1")["message"] == (
            "field label not supported: spec.priority"
        )

    @pytest.mark.parametrize("path", ["/api/v1/things", "/apis/apps/v1/nodes", "/api/v1/pods/a"])
    def test_what_the_server_does_not_have_is_not_found(self, prod: Cluster, path: str) -> None:
        assert prod.refused(path)["message"] == "the server could not find the requested resource"

    def test_an_object_of_another_kind_or_namespace_is_refused(self, prod: Cluster) -> None:
        assert prod.refused(NODES, {"kind": "Pod", "metadata": {"name": "a"}})["reason"] == "BadRequest"
        assert prod.refused(PODS, {"metadata": {"name": "a", "namespace": "b"}})["reason"] == "BadRequest"
        assert prod.refused(NODES, {"metadata": {}})["reason"] == "Invalid"


class TestServer:
    def test_each_cluster_has_its_own_server_objects_and_authority(self, prod: Cluster) -> None:
        other = create(prod.region, "other")
        prod.node("n1")
        assert (prod.names(NODES), other.names(NODES)) == (["n1"], [])
        other.trust = prod.trust
        with pytest.raises(URLError, match="certificate verify failed"):
            other.ask(NODES)
        shown = prod.region.client("eks").describe_cluster(name="prod")["cluster"]
        assert shown["endpoint"] == prod.endpoint

    @pytest.mark.parametrize("ending", ["delete", "reset"])
    def test_it_goes_with_its_cluster(self, prod: Cluster, ending: str) -> None:
        if ending == "delete":
            prod.region.client("eks").delete_cluster(name="prod")
        else:
            prod.region.control.reset()
        with pytest.raises(URLError, match="refused"):
            prod.ask(NODES)

    def test_calls_are_logged_and_fail_on_order(self, prod: Cluster) -> None:
        prod.region.control.fail("kubernetes", "list nodes", code="TooManyRequests", status=429)
        with pytest.raises(HTTPError) as caught:
            prod.ask(NODES)
        # "API Priority and Fairness": who is turned away is told when to come again.
        assert (caught.value.code, caught.value.headers["Retry-After"]) == (429, "1")
        caught.value.close()
        prod.ask(NODES)
        logged = [(each.operation, each.status, each.error) for each in prod.region.control.calls("kubernetes")]
        assert logged == [("list nodes", 429, "TooManyRequests"), ("list nodes", 200, None)]

    def test_one_who_never_shakes_hands_keeps_nobody_waiting(self, prod: Cluster) -> None:
        host, port = prod.endpoint.removeprefix("https://").split(":")
        with socket.create_connection((host, int(port))):
            started = time.monotonic()
            prod.ask(NODES)
            assert time.monotonic() - started < 5
