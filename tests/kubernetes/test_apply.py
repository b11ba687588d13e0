"""Server-side apply. Source: "Server-Side Apply" in the Kubernetes documentation."""

from typing import Any

import pytest
from lightkube import ApiError, Client
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import ConfigMap

from tests.kubernetes.manifests import config_map, definition, deployment, node
from tests.kubernetes.requests import APPLY, MERGE, Requests, Thing, causes, until


@pytest.fixture
def maps(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/configmaps"


@pytest.fixture
def deployments(namespace: str) -> str:
    return f"/apis/apps/v1/namespaces/{namespace}/deployments"


def apply(ask: Requests, path: str, thing: Thing, manager: str = "me", **query: Any) -> Thing:
    name = thing["metadata"]["name"]
    return ask("PATCH", f"{path}/{name}", thing, APPLY, fieldManager=manager, **query)


def managers(thing: Thing) -> dict[tuple[str, str], Thing]:
    """fieldsV1 by name and operation."""
    return {(each["manager"], each["operation"]): each["fieldsV1"] for each in thing["metadata"]["managedFields"]}


def environment(name: str, **variables: str) -> Thing:
    """A Deployment of which only variables are told."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {"template": {"spec": {"containers": [container(**variables)]}}},
    }


def container(**variables: str) -> Thing:
    return {"name": "app", "env": [{"name": key, "value": value} for key, value in variables.items()]}


def shown(thing: Thing) -> dict[str, str]:
    """A Deployment's variables."""
    variables = thing["spec"]["template"]["spec"]["containers"][0].get("env") or ()
    return {each["name"]: each["value"] for each in variables}


class TestOwnership:
    def test_what_is_not_there_is_made(self, ask: Requests, maps: str) -> None:
        answer = ask.answer("PATCH", f"{maps}/a", config_map("a", x="1"), APPLY, fieldManager="me")
        assert answer.status_code == 201
        assert managers(answer.json()) == {("me", "Apply"): {"f:data": {"f:x": {}}}}
        again = ask.answer("PATCH", f"{maps}/a", config_map("a", x="1"), APPLY, fieldManager="me")
        assert again.status_code == 200
        assert again.json() == answer.json(), "nothing changes, not even a version"

    def test_what_is_no_longer_applied_goes(self, ask: Requests, maps: str) -> None:
        apply(ask, maps, config_map("a", x="1", y="2"))
        assert apply(ask, maps, config_map("a", x="1"))["data"] == {"x": "1"}

    def test_what_another_applies_too_stays(self, ask: Requests, maps: str) -> None:
        apply(ask, maps, config_map("a", x="1", y="2"))
        apply(ask, maps, config_map("a", y="2"), "you")
        assert apply(ask, maps, config_map("a", x="1"))["data"] == {"x": "1", "y": "2"}
        assert apply(ask, maps, config_map("a"), "you")["data"] == {"x": "1"}

    def test_another_value_is_a_conflict_that_names_the_manager(self, ask: Requests, maps: str) -> None:
        apply(ask, maps, config_map("a", x="1"), "you")
        status = ask.refused("PATCH", f"{maps}/a", config_map("a", x="2"), APPLY, fieldManager="me")
        assert status["reason"] == "Conflict"
        assert status["message"] == 'Apply failed with 1 conflict: conflict with "you": .data.x'
        assert status["details"]["causes"] == [
            {"reason": "FieldManagerConflict", "message": 'conflict with "you"', "field": ".data.x"}
        ]

    def test_force_takes_the_field(self, ask: Requests, maps: str) -> None:
        apply(ask, maps, config_map("a", x="1", y="1"), "you")
        made = apply(ask, maps, config_map("a", x="2"), force="true")
        assert made["data"] == {"x": "2", "y": "1"}
        assert managers(made) == {
            ("me", "Apply"): {"f:data": {"f:x": {}}},
            ("you", "Apply"): {"f:data": {"f:y": {}}},
        }

    def test_a_write_of_another_kind_owns_what_it_changes(self, ask: Requests, maps: str) -> None:
        apply(ask, maps, config_map("a", x="1", y="1"))
        ask("PATCH", f"{maps}/a", {"data": {"x": "2"}}, MERGE, fieldManager="editor")
        made = ask("GET", f"{maps}/a")
        assert managers(made)["me", "Apply"] == {"f:data": {"f:y": {}}}
        assert managers(made)["editor", "Update"] == {"f:data": {"f:x": {}}}
        status = ask.refused("PATCH", f"{maps}/a", config_map("a", x="1", y="1"), APPLY, fieldManager="me")
        assert status["message"].startswith('Apply failed with 1 conflict: conflict with "editor" using v1')

    def test_several_conflicts_are_told_by_manager(self, ask: Requests, maps: str) -> None:
        apply(ask, maps, config_map("a", x="1", y="1"), "b")
        apply(ask, maps, config_map("a", z="1"), "a")
        given = config_map("a", x="2", y="2", z="2")
        status = ask.refused("PATCH", f"{maps}/a", given, APPLY, fieldManager="me")
        assert status["message"] == (
            'Apply failed with 3 conflicts: conflicts with "a":\n- .data.z\nconflicts with "b":\n- .data.x\n- .data.y'
        )
        assert sorted(causes(status)) == [(f".data.{each}", "FieldManagerConflict") for each in "xyz"]

    def test_the_client_applies(self, kubernetes: Client, namespace: str) -> None:
        mine = ConfigMap(metadata=ObjectMeta(name="a", namespace=namespace), data={"x": "1"})
        kubernetes.apply(mine, field_manager="me")
        other = ConfigMap(metadata=ObjectMeta(name="a", namespace=namespace), data={"x": "2"})
        with pytest.raises(ApiError) as caught:
            kubernetes.apply(other, field_manager="you")
        assert caught.value.status.code == 409
        assert kubernetes.apply(other, field_manager="you", force=True).data == {"x": "2"}


class TestLists:
    def test_items_are_known_by_their_keys(self, ask: Requests, deployments: str) -> None:
        """A list of type map: containers and their variables by name."""
        ask("POST", deployments, deployment("a", env=[{"name": "A", "value": "1"}]), fieldManager="maker")
        made = apply(ask, deployments, environment("a", B="2"))
        assert shown(made) == {"A": "1", "B": "2"}
        assert managers(made)["me", "Apply"] == {
            "f:spec": {
                "f:template": {
                    "f:spec": {
                        "f:containers": {
                            'k:{"name":"app"}': {
                                ".": {},
                                "f:env": {'k:{"name":"B"}': {".": {}, "f:name": {}, "f:value": {}}},
                                "f:name": {},
                            }
                        }
                    }
                }
            }
        }
        status = ask.refused("PATCH", f"{deployments}/a", environment("a", A="2", B="2"), APPLY, fieldManager="me")
        path = '.spec.template.spec.containers[name="app"].env[name="A"].value'
        assert causes(status) == [(path, "FieldManagerConflict")]

    def test_an_item_that_is_no_longer_applied_goes(self, ask: Requests, deployments: str) -> None:
        ask("POST", deployments, deployment("a", env=[{"name": "A", "value": "1"}]), fieldManager="maker")
        apply(ask, deployments, environment("a", B="2", C="3"))
        assert shown(apply(ask, deployments, environment("a", C="3"))) == {"A": "1", "C": "3"}

    def test_the_last_item_leaves_no_empty_list(self, ask: Requests, deployments: str) -> None:
        ask("POST", deployments, deployment("a"), fieldManager="maker")
        apply(ask, deployments, environment("a", B="2"))
        made = apply(ask, deployments, environment("a"))
        assert "env" not in made["spec"]["template"]["spec"]["containers"][0]

    def test_items_stand_where_they_stood_and_new_ones_at_the_end(self, ask: Requests, deployments: str) -> None:
        first = [{"name": each, "value": "1"} for each in "ABC"]
        ask("POST", deployments, deployment("a", env=first), fieldManager="maker")
        made = apply(ask, deployments, environment("a", X="1", B="1", Y="1"))
        assert list(shown(made)) == ["A", "X", "B", "C", "Y"]

    def test_shared_items_stand_in_the_order_in_which_they_are_applied(self, ask: Requests, deployments: str) -> None:
        first = [{"name": each, "value": "1"} for each in "ABCD"]
        ask("POST", deployments, deployment("a", env=first), fieldManager="maker")
        made = apply(ask, deployments, environment("a", D="1", X="1", A="1"))
        assert list(shown(made)) == ["B", "C", "D", "X", "A"]

    def test_atomic_ones_have_one_owner(self, ask: Requests) -> None:
        """A node's taints (k8s.io/api, core/v1/types.go)."""
        name = "apply-taints"
        ask("POST", "/api/v1/nodes", node(name), fieldManager="kubelet")
        try:
            taint = {"key": "x.io/mine", "effect": "NoSchedule"}
            mine = node(name, taints=[taint])
            status = ask.refused("PATCH", f"/api/v1/nodes/{name}", mine, APPLY, fieldManager="me")
            assert (".spec.taints", "FieldManagerConflict") in causes(status), "admission put one there"
            made = apply(ask, "/api/v1/nodes", mine, force="true")
            assert made["spec"]["taints"] == [taint]
            assert managers(made)["me", "Apply"] == {"f:spec": {"f:taints": {}}}
        finally:
            ask("DELETE", f"/api/v1/nodes/{name}")

    def test_sets_are_united(self, ask: Requests, maps: str) -> None:
        one, two = config_map("a"), config_map("a")
        one["metadata"]["finalizers"], two["metadata"]["finalizers"] = ["x.io/one"], ["x.io/two"]
        apply(ask, maps, one)
        made = apply(ask, maps, two, "you")
        assert sorted(made["metadata"]["finalizers"]) == ["x.io/one", "x.io/two"]
        assert managers(made)["you", "Apply"]["f:metadata"] == {"f:finalizers": {'v:"x.io/two"': {}}}
        assert apply(ask, maps, config_map("a"))["metadata"]["finalizers"] == ["x.io/two"]
        assert "finalizers" not in apply(ask, maps, config_map("a"), "you")["metadata"]


class TestRules:
    def test_a_manager_must_be_named(self, ask: Requests, maps: str) -> None:
        status = ask.refused("PATCH", f"{maps}/a", config_map("a"), APPLY)
        assert (status["reason"], causes(status)) == ("Invalid", [("fieldManager", "FieldValueRequired")])

    def test_managed_fields_are_not_applied(self, ask: Requests, maps: str) -> None:
        given = config_map("a")
        given["metadata"]["managedFields"] = [{"manager": "me", "operation": "Apply"}]
        status = ask.refused("PATCH", f"{maps}/a", given, APPLY, fieldManager="me")
        assert status["message"] == "metadata.managedFields must be nil"

    def test_kind_and_name_must_be_told(self, ask: Requests, maps: str) -> None:
        status = ask.refused("PATCH", f"{maps}/a", {"data": {}}, APPLY, fieldManager="me")
        assert status["message"] == "invalid object type: /, Kind="
        nameless = {"apiVersion": "v1", "kind": "ConfigMap"}
        status = ask.refused("PATCH", f"{maps}/a", nameless, APPLY, fieldManager="me")
        assert "was undeterminable: name must be provided" in status["message"]

    def test_a_field_that_nobody_knows_is_refused(self, ask: Requests, maps: str) -> None:
        given = {**config_map("a"), "colour": "blue"}
        status = ask.refused("PATCH", f"{maps}/a", given, APPLY, fieldManager="me")
        assert ".colour: field not declared in schema" in status["message"]

    def test_yaml_is_taken_as_well(self, ask: Requests, maps: str) -> None:
        text = b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  x: one\n"
        assert ask("PATCH", f"{maps}/a", text, APPLY, fieldManager="me")["data"] == {"x": "one"}

    def test_a_dry_run_keeps_nothing(self, ask: Requests, maps: str) -> None:
        assert apply(ask, maps, config_map("a", x="1"), dryRun="All")["data"] == {"x": "1"}
        assert ask.answer("GET", f"{maps}/a").status_code == 404

    def test_defaults_belong_to_nobody(self, ask: Requests, deployments: str) -> None:
        made = apply(ask, deployments, deployment("a"))
        assert made["spec"]["revisionHistoryLimit"] == 10
        assert "f:revisionHistoryLimit" not in managers(made)["me", "Apply"]["f:spec"]
        other = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}}
        apply(ask, deployments, {**other, "spec": {"revisionHistoryLimit": 3}}, "you")

    def test_the_status_has_managers_of_its_own(self, ask: Requests, deployments: str) -> None:
        ask("POST", deployments, deployment("a"), fieldManager="maker")
        given = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}}
        condition = {"type": "Mine", "status": "True"}
        status = {**given, "status": {"conditions": [condition]}}
        made = ask("PATCH", f"{deployments}/a/status", status, APPLY, fieldManager="me")
        entry = next(each for each in made["metadata"]["managedFields"] if each["manager"] == "me")
        assert (entry["subresource"], entry["operation"]) == ("status", "Apply")
        assert 'k:{"type":"Mine"}' in entry["fieldsV1"]["f:status"]["f:conditions"]

    def test_objects_of_before_belong_to_nobody_until_then(self, ask: Requests, maps: str) -> None:
        """Whoever takes all managers away is as if nobody had been counted ("Clearing managedFields")."""
        ask("POST", maps, config_map("a", x="1"))
        cleared = ask("PATCH", f"{maps}/a", {"metadata": {"managedFields": [{}]}}, MERGE)
        assert "managedFields" not in cleared["metadata"]
        status = ask.refused("PATCH", f"{maps}/a", config_map("a", x="2"), APPLY, fieldManager="me")
        assert 'conflict with "before-first-apply" using v1' in status["message"]


class TestCustomResources:
    def test_their_lists_are_atomic_unless_their_definition_says_so(self, ask: Requests) -> None:
        keyed = {
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string"}, "size": {"type": "integer"}},
            },
        }
        plain = {"type": "array", "items": {"type": "string"}}
        spec = {"type": "object", "properties": {"keyed": keyed, "plain": plain}}
        schema = {"type": "object", "properties": {"spec": spec}}
        made = definition("apply.example.com", "Box", scope="Cluster", schema=schema)
        ask("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", made)
        boxes = "/apis/apply.example.com/v1/boxs"
        try:
            until(lambda: ask.answer("GET", boxes).is_success)
            about = {"apiVersion": "apply.example.com/v1", "kind": "Box", "metadata": {"name": "a"}}
            apply(ask, boxes, {**about, "spec": {"keyed": [{"name": "a", "size": 1}], "plain": ["x"]}})
            both = apply(ask, boxes, {**about, "spec": {"keyed": [{"name": "b", "size": 2}]}}, "you")
            assert [each["name"] for each in both["spec"]["keyed"]] == ["a", "b"]
            status = ask.refused("PATCH", f"{boxes}/a", {**about, "spec": {"plain": ["y"]}}, APPLY, fieldManager="you")
            assert causes(status) == [(".spec.plain", "FieldManagerConflict")]
        finally:
            ask("DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/boxs.apply.example.com")
