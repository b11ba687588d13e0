"""What the region's own parts see of a cluster's objects: watchers, writes of several objects, many of them."""

import threading
import time
from typing import Any

import pytest

from local.kubernetes import listing, watching
from local.kubernetes.garbage import Garbage
from local.kubernetes.kinds import Kinds
from local.kubernetes.namespaces import Namespaces
from local.kubernetes.paths import RESOURCES, Place
from local.kubernetes.statuses import Refused
from local.kubernetes.store import Store

MAPS, PODS = RESOURCES["", "v1", "configmaps"], RESOURCES["", "v1", "pods"]


@pytest.fixture
def store() -> Store:
    made = Store()
    Kinds(made).begin()
    Garbage(made)
    Namespaces(made).begin()
    return made


def config_map(name: str) -> Place:
    return Place(MAPS, "default", name)


def make(store: Store, name: str, **data: str) -> None:
    store.create(Place(MAPS, "default"), {"metadata": {"name": name}, "data": data})


def pod(store: Store, name: str, node: str = "", labels: dict[str, str] | None = None) -> None:
    spec: dict[str, Any] = {"containers": [{"name": "app", "image": "app"}], **({"nodeName": node} if node else {})}
    store.create(Place(PODS, "default"), {"metadata": {"name": name, "labels": labels or {}}, "spec": spec})


class TestWatchers:
    def test_they_are_told_in_order_with_the_lock_let_go(self, store: Store) -> None:
        seen: list[tuple[str, str, int]] = []

        def watch(event: str, _resource: object, thing: dict[str, Any]) -> None:
            other = threading.Thread(target=store.get, args=(Place(RESOURCES["", "v1", "namespaces"], "", "default"),))
            other.start()
            other.join(5)
            assert not other.is_alive(), "another thread can read meanwhile"
            seen.append((event, thing["metadata"]["name"], int(thing["metadata"]["resourceVersion"])))

        store.watchers.append(watch)
        make(store, "a")
        store.change(config_map("a"), lambda thing: thing.update(data={"x": "1"}))
        store.delete(config_map("a"))
        assert [each[:2] for each in seen] == [("ADDED", "a"), ("MODIFIED", "a"), ("DELETED", "a")]
        assert [each[2] for each in seen] == sorted(each[2] for each in seen)

    def test_what_one_writes_is_told_after_what_it_was_told_of(self, store: Store) -> None:
        seen: list[str] = []

        def echo(event: str, _resource: object, thing: dict[str, Any]) -> None:
            if thing["metadata"]["name"] == "a" and event == "ADDED":
                make(store, "b")

        store.watchers += [echo, lambda event, _resource, thing: seen.append(thing["metadata"]["name"])]
        make(store, "a")
        assert seen == ["a", "b"]

    def test_one_that_fails_keeps_nobody_from_hearing(self, store: Store) -> None:
        seen: list[str] = []

        def fail(*_: object) -> None:
            raise ValueError("it fails")

        store.watchers += [fail, lambda event, _resource, thing: seen.append(event)]
        make(store, "a")
        assert seen == ["ADDED"]

    def test_many_writers_are_told_of_once_each_and_in_order(self, store: Store) -> None:
        make(store, "a", n="0")
        versions: list[int] = []
        store.watchers.append(lambda _e, _r, thing: versions.append(int(thing["metadata"]["resourceVersion"])))

        def count() -> None:
            for _ in range(100):
                store.change(config_map("a"), lambda thing: thing["data"].update(n=str(int(thing["data"]["n"]) + 1)))

        writers = [threading.Thread(target=count) for _ in range(4)]
        for each in writers:
            each.start()
        for each in writers:
            each.join()
        assert store.get(config_map("a"))["data"]["n"] == "400"
        assert versions == sorted(set(versions))
        assert len(versions) == 400

    def test_several_writes_are_seen_as_one(self, store: Store) -> None:
        seen: list[bool] = []
        store.watchers.append(lambda *_: seen.append(bool(store.find(config_map("a")) and store.find(config_map("b")))))
        with store.writing():
            make(store, "a")
            make(store, "b")
            assert not seen
        assert seen == [True, True]


class TestWrites:
    def test_a_refused_one_leaves_nothing(self, store: Store) -> None:
        make(store, "a", x="1")
        version = store.version

        def wrong(thing: dict[str, Any]) -> None:
            thing["metadata"]["labels"] = {"not this": "1"}

        with pytest.raises(Refused, match=r"metadata\.labels"):
            store.change(config_map("a"), wrong)
        assert (store.version, store.get(config_map("a"))["data"]) == (version, {"x": "1"})

    def test_what_is_given_out_may_be_changed(self, store: Store) -> None:
        make(store, "a", x="1")
        store.get(config_map("a"))["data"]["x"] = "2"
        assert store.get(config_map("a"))["data"] == {"x": "1"}

    def test_without_a_manager_nobody_is_counted(self, store: Store) -> None:
        make(store, "a")
        assert "managedFields" not in store.get(config_map("a"))["metadata"]

    def test_a_watch_that_begins_too_early_is_refused(self, store: Store) -> None:
        """410 Gone ("Kubernetes API Concepts", 410 Gone responses)."""
        make(store, "a")
        store.history.forget()
        version = str(store.version)
        make(store, "b")
        with pytest.raises(Refused) as caught:
            watching.watched(store, Place(MAPS), {"resourceVersion": "1"}, threading.Event())
        assert (caught.value.code, caught.value.reason) == (410, "Expired")
        query = {"resourceVersion": version, "timeoutSeconds": "5"}
        lines = watching.watched(store, Place(MAPS), query, threading.Event())
        assert b'"b"' in next(lines)


class TestMany:
    """Bounds are ten times what it takes on a slow machine."""

    @pytest.fixture
    def crowded(self, store: Store) -> Store:
        """5,000 pods on 500 nodes."""
        for number in range(5_000):
            pod(store, f"pod-{number}", f"node-{number % 500}", {"app": f"app-{number % 50}"})
        return store

    def test_lists_take_no_seconds(self, crowded: Store) -> None:
        started = time.monotonic()
        for _ in range(5):
            assert len(listing.listed(crowded, Place(PODS), {})["items"]) == 5_000
            assert len(listing.listed(crowded, Place(PODS), {"labelSelector": "app in (app-1,app-2)"})["items"]) == 200
        assert time.monotonic() - started < 2.5

    def test_the_pods_of_a_node_are_found_without_a_look_at_all(self, crowded: Store) -> None:
        started = time.monotonic()
        for number in range(500):
            query = {"fieldSelector": f"spec.nodeName=node-{number}"}
            assert len(listing.listed(crowded, Place(PODS), query)["items"]) == 10
        assert time.monotonic() - started < 1
