"""Lists, selectors and watches. Source, where no other is named: "Kubernetes API Concepts"."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from lightkube import Client
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import ConfigMap

from tests.kubernetes.manifests import config_map, pod
from tests.kubernetes.requests import MERGE, Requests, Thing


@pytest.fixture
def maps(ask: Requests, namespace: str) -> str:
    """The path of the namespace's ConfigMaps: a to e, of which b and d are even, and e has no label."""
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    # A real control plane puts one of its own into every namespace.
    for number, name in enumerate("abcde", 1):
        given = config_map(name)
        kind = {"kind": "odd" if number % 2 else "even"} if number < 5 else {}
        given["metadata"]["labels"] = {"mine": "yes", "number": str(number), **kind}
        ask("POST", path, given)
    return path


class TestPages:
    def test_a_list_comes_in_pages(self, ask: Requests, maps: str) -> None:
        first = ask("GET", maps, limit=2, labelSelector="mine")
        assert [each["metadata"]["name"] for each in first["items"]] == ["a", "b"]
        assert first["metadata"].get("remainingItemCount") is None, "not known where a selector selects"
        rest = ask("GET", maps, limit=9, labelSelector="mine", **{"continue": first["metadata"]["continue"]})
        assert [each["metadata"]["name"] for each in rest["items"]] == ["c", "d", "e"]
        assert "continue" not in rest["metadata"]
        assert rest["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]

    def test_items_do_not_repeat_their_kind(self, ask: Requests, maps: str) -> None:
        found = ask("GET", maps, labelSelector="mine")
        assert (found["kind"], found["apiVersion"]) == ("ConfigMapList", "v1")
        assert all("kind" not in each and "apiVersion" not in each for each in found["items"])

    def test_the_client_follows_pages(self, kubernetes: Client, namespace: str, maps: str) -> None:
        found = kubernetes.list(ConfigMap, namespace=namespace, chunk_size=2, labels={"mine": "yes"})
        assert len(list(found)) == 5


class TestLabelSelectors:
    """ "Labels and Selectors"."""

    @pytest.mark.parametrize(
        ("selector", "names"),
        [
            ("kind=odd", "ac"),
            ("kind==odd", "ac"),
            ("kind!=odd,mine", "bde"),
            ("kind in (odd,even)", "abcd"),
            ("kind in (odd, none)", "ac"),
            ("kind notin (odd),mine", "bde"),
            ("kind", "abcd"),
            ("!kind,mine", "e"),
            ("mine=yes, number notin (1,2)", "cde"),
            ("number>3", "de"),
            ("number<2", "a"),
            ("kind=", ""),
        ],
    )
    def test_they_select(self, ask: Requests, maps: str, selector: str, names: str) -> None:
        assert ask.names(maps, labelSelector=selector) == list(names)

    @pytest.mark.parametrize("selector", ["kind in odd", "=a", "kind in (a", "a=b=c", "a b"])
    def test_others_are_refused(self, ask: Requests, maps: str, selector: str) -> None:
        assert ask.refused("GET", maps, labelSelector=selector)["reason"] == "BadRequest"


class TestFieldSelectors:
    """ "Field Selectors"."""

    def test_names_select(self, ask: Requests, maps: str) -> None:
        assert ask.names(maps, fieldSelector="metadata.name=b") == ["b"]
        assert ask.names(maps, fieldSelector="metadata.name!=b", labelSelector="mine") == ["a", "c", "d", "e"]

    def test_pods_are_selected_by_node_and_phase(self, ask: Requests, namespace: str) -> None:
        path = f"/api/v1/namespaces/{namespace}/pods"
        for name in "ab":
            ask("POST", path, pod(name, nodeName="nowhere"))
        ask("POST", path, pod("c"))
        ask("PATCH", f"{path}/b/status", {"status": {"phase": "Failed"}}, MERGE)
        assert ask.names(path, fieldSelector="spec.nodeName=nowhere") == ["a", "b"]
        assert ask.names(path, fieldSelector="spec.nodeName=nowhere,status.phase!=Failed") == ["a"]
        assert ask.names(path, fieldSelector="spec.nodeName=") == ["c"]
        assert ask.names("/api/v1/pods", fieldSelector=f"metadata.namespace={namespace},spec.nodeName!=") == ["a", "b"]

    def test_other_fields_are_refused(self, ask: Requests, maps: str) -> None:
        status = ask.refused("GET", maps, fieldSelector="data.x=1")
        assert status["reason"] == "BadRequest"
        assert '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"' in status["message"]
        status = ask.refused("GET", "/api/v1/pods", fieldSelector="spec.priority=1")
        assert "field label not supported: spec.priority" in status["message"]


type Event = tuple[str, Thing]


@contextmanager
def watching(ask: Requests, path: str, **query: Any) -> Iterator[Callable[[int], list[Event]]]:
    """Gives so many events (type, object) as they come."""
    parameters = {"watch": "true", "timeoutSeconds": "10", **query}
    with ask.client._client._client.stream("GET", path, params=parameters, timeout=15) as answer:
        lines = answer.iter_lines()

        def next_events(number: int) -> list[Event]:
            events = (json.loads(next(lines)) for _ in range(number))
            return [(each["type"], each["object"]) for each in events]

        yield next_events


def told(seen: list[Event]) -> list[tuple[str, str]]:
    return [(kind, thing["metadata"].get("name", "")) for kind, thing in seen]


class TestWatches:
    """ "Efficient detection of changes"."""

    def test_they_tell_of_changes_since_a_version(self, ask: Requests, maps: str) -> None:
        version = ask("GET", maps)["metadata"]["resourceVersion"]
        ask("POST", maps, config_map("f"))
        with watching(ask, maps, resourceVersion=version) as events:
            ask("PATCH", f"{maps}/a", {"data": {"x": "1"}}, MERGE)
            ask("DELETE", f"{maps}/b")
            seen = events(3)
        assert told(seen) == [("ADDED", "f"), ("MODIFIED", "a"), ("DELETED", "b")]
        versions = [int(thing["metadata"]["resourceVersion"]) for _, thing in seen]
        assert versions == sorted(versions)
        assert versions[0] > int(version)

    def test_without_a_version_they_begin_with_what_is_there(self, ask: Requests, maps: str) -> None:
        with watching(ask, maps, labelSelector="kind=odd") as events:
            seen = events(2)
        assert sorted(told(seen)) == [("ADDED", "a"), ("ADDED", "c")]

    def test_what_begins_to_fit_is_added_and_what_fits_no_more_deleted(self, ask: Requests, maps: str) -> None:
        version = ask("GET", maps)["metadata"]["resourceVersion"]
        with watching(ask, maps, resourceVersion=version, labelSelector="kind=odd") as events:
            ask("PATCH", f"{maps}/b", {"metadata": {"labels": {"kind": "odd"}}}, MERGE)
            ask("PATCH", f"{maps}/d", {"data": {"x": "1"}}, MERGE)
            ask("PATCH", f"{maps}/a", {"metadata": {"labels": {"kind": "even"}}}, MERGE)
            seen = events(2)
        assert told(seen) == [("ADDED", "b"), ("DELETED", "a")]
        assert seen[1][1]["metadata"]["labels"]["kind"] == "odd", "the object as it was last seen"

    def test_a_list_may_be_streamed_with_a_bookmark_at_its_end(self, ask: Requests, maps: str) -> None:
        query = {"sendInitialEvents": "true", "allowWatchBookmarks": "true", "resourceVersionMatch": "NotOlderThan"}
        with watching(ask, maps, labelSelector="mine", **query) as events:
            seen = events(6)
        assert {kind for kind, _ in seen[:5]} == {"ADDED"}
        kind, thing = seen[5]
        assert kind == "BOOKMARK"
        assert thing["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}

    def test_they_end_after_their_time(self, ask: Requests, maps: str) -> None:
        answer = ask.answer("GET", maps, watch="true", timeoutSeconds="1", resourceVersion="0", labelSelector="mine")
        assert len(answer.text.splitlines()) == 5

    def test_a_version_that_is_yet_to_come_is_waited_for_and_refused(self, ask: Requests, maps: str) -> None:
        status = ask.refused("GET", maps, resourceVersion="999999999", resourceVersionMatch="NotOlderThan")
        assert (status["code"], status["reason"]) == (504, "Timeout")

    def test_the_client_watches(self, kubernetes: Client, namespace: str, maps: str) -> None:
        version = kubernetes.list(ConfigMap, namespace=namespace)
        assert list(version)
        events = kubernetes.watch(ConfigMap, namespace=namespace, resource_version=version.resourceVersion)
        kubernetes.create(ConfigMap(metadata=ObjectMeta(name="f", namespace=namespace)))
        kind, made = next(iter(events))
        assert made.metadata
        assert (kind, made.metadata.name) == ("ADDED", "f")
