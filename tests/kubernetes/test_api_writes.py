"""Creating, replacing, patching and deleting. Source, where no other is named: "Kubernetes API Concepts"."""

import pytest
from lightkube import ApiError, Client
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import ConfigMap

from tests.kubernetes.manifests import config_map, deployment, pod
from tests.kubernetes.requests import JSON_PATCH, MERGE, STRATEGIC, Requests, causes


@pytest.fixture
def maps(namespace: str) -> str:
    """The path of the namespace's ConfigMaps."""
    return f"/api/v1/namespaces/{namespace}/configmaps"


@pytest.fixture
def deployments(namespace: str) -> str:
    return f"/apis/apps/v1/namespaces/{namespace}/deployments"


class TestVersions:
    def test_a_write_of_an_old_version_is_a_conflict(self, kubernetes: Client, namespace: str) -> None:
        made = kubernetes.create(ConfigMap(metadata=ObjectMeta(name="a", namespace=namespace), data={"x": "1"}))
        made.data = {"x": "2"}
        kubernetes.replace(made)
        made.data = {"x": "3"}
        with pytest.raises(ApiError) as caught:
            kubernetes.replace(made)
        assert (caught.value.status.code, caught.value.status.reason) == (409, "Conflict")
        assert caught.value.status.message == (
            'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes '
            "to the latest version and try again"
        )

    def test_without_a_version_the_last_one_wins(self, ask: Requests, maps: str) -> None:
        ask("POST", maps, config_map("a", x="1"))
        assert ask("PUT", f"{maps}/a", config_map("a", x="2"))["data"] == {"x": "2"}

    def test_a_patch_may_name_a_version_too(self, ask: Requests, maps: str) -> None:
        ask("POST", maps, config_map("a"))
        old = {"metadata": {"resourceVersion": "1"}, "data": {"x": "2"}}
        assert ask.refused("PATCH", f"{maps}/a", old, MERGE)["reason"] == "Conflict"

    def test_what_changes_nothing_makes_no_version(self, ask: Requests, maps: str) -> None:
        made = ask("POST", maps, config_map("a", x="1"))
        assert ask("PUT", f"{maps}/a", made) == made
        assert ask("PATCH", f"{maps}/a", {"data": {"x": "1"}}, MERGE) == made

    def test_another_uid_is_a_conflict(self, ask: Requests, maps: str) -> None:
        made = ask("POST", maps, config_map("a"))
        other = {**made, "metadata": {**made["metadata"], "uid": "0b1e42ab-0000-0000-0000-000000000000"}}
        assert "Precondition failed: UID in precondition" in ask.refused("PUT", f"{maps}/a", other)["message"]

    def test_a_new_object_has_no_version(self, ask: Requests, maps: str) -> None:
        given = config_map("a")
        given["metadata"]["resourceVersion"] = "1"
        assert ask.refused("POST", maps, given)["message"] == (
            "resourceVersion should not be set on objects to be created"
        )

    def test_system_fields_are_not_the_callers(self, ask: Requests, maps: str) -> None:
        given = config_map("a")
        given["metadata"] |= {"creationTimestamp": "2001-01-01T00:00:00Z", "uid": "mine"}
        made = ask("POST", maps, given)
        assert made["metadata"]["creationTimestamp"] > "2020"
        assert made["metadata"]["uid"] != "mine"
        made["metadata"]["creationTimestamp"] = "2001-01-01T00:00:00Z"
        made["data"] = {"x": "1"}
        assert ask("PUT", f"{maps}/a", made)["metadata"]["creationTimestamp"] > "2020"


class TestGeneration:
    """ "API Conventions", Metadata: generation counts changes of the spec."""

    def test_it_counts_changes_of_the_spec_only(self, ask: Requests, deployments: str) -> None:
        assert ask("POST", deployments, deployment("a"))["metadata"]["generation"] == 1
        at = f"{deployments}/a"
        assert ask("PATCH", at, {"metadata": {"labels": {"x": "y"}}}, MERGE)["metadata"]["generation"] == 1
        assert ask("PATCH", at, {"spec": {"paused": True}}, MERGE)["metadata"]["generation"] == 2
        status = {"status": {"conditions": [{"type": "Mine", "status": "True"}]}}
        assert ask("PATCH", f"{at}/status", status, MERGE)["metadata"]["generation"] == 2

    def test_status_and_spec_are_written_apart(self, ask: Requests, namespace: str) -> None:
        pods = f"/api/v1/namespaces/{namespace}/pods"
        made = ask("POST", pods, {**pod("a"), "status": {"phase": "Running"}})
        assert made["status"]["phase"] == "Pending"
        both = {"metadata": {"labels": {"x": "y"}}, "status": {"message": "hello"}}
        assert "message" not in ask("PATCH", f"{pods}/a", both, MERGE)["status"]
        both = {"spec": {"activeDeadlineSeconds": 9}, "status": {"message": "hello"}}
        kept = ask("PATCH", f"{pods}/a/status", both, MERGE)
        assert (kept["status"]["message"], kept["spec"].get("activeDeadlineSeconds")) == ("hello", None)


class TestPatches:
    def test_a_merge_patch_takes_away_by_null_and_replaces_lists(self, ask: Requests, deployments: str) -> None:
        variables = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
        ask("POST", deployments, deployment("a", env=variables))
        container = {"name": "app", "image": "app:2"}
        patch = {"spec": {"minReadySeconds": None, "template": {"spec": {"containers": [container]}}}}
        made = ask("PATCH", f"{deployments}/a", patch, MERGE)
        assert "env" not in made["spec"]["template"]["spec"]["containers"][0]

    def test_a_strategic_one_finds_items_by_their_key(self, ask: Requests, deployments: str) -> None:
        """The patch merge keys are those of the types (k8s.io/api)."""
        variables = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
        ask("POST", deployments, deployment("a", env=variables))
        changes = [{"name": "A", "value": "3"}, {"name": "B", "$patch": "delete"}, {"name": "C", "value": "4"}]
        patch = {"spec": {"template": {"spec": {"containers": [{"name": "app", "env": changes}]}}}}
        made = ask("PATCH", f"{deployments}/a", patch, STRATEGIC)
        container = made["spec"]["template"]["spec"]["containers"][0]
        assert container["env"] == [{"name": "A", "value": "3"}, {"name": "C", "value": "4"}]
        assert container["image"] == "app:1"

    def test_taints_and_tolerations_have_no_key(self, ask: Requests, deployments: str) -> None:
        """Their lists are atomic: a strategic patch replaces them (k8s.io/api, core/v1/types.go)."""
        ask("POST", deployments, deployment("a"))
        for key in ("one", "two"):
            toleration = {"key": key, "operator": "Exists"}
            patch = {"spec": {"template": {"spec": {"tolerations": [toleration]}}}}
            made = ask("PATCH", f"{deployments}/a", patch, STRATEGIC)
        assert made["spec"]["template"]["spec"]["tolerations"] == [{"key": "two", "operator": "Exists"}]

    def test_finalizers_are_added_by_a_strategic_one(self, ask: Requests, maps: str) -> None:
        ask("POST", maps, config_map("a"))
        for name in ("x.io/one", "x.io/two"):
            made = ask("PATCH", f"{maps}/a", {"metadata": {"finalizers": [name]}}, STRATEGIC)
        assert sorted(made["metadata"]["finalizers"]) == ["x.io/one", "x.io/two"]
        gone = {"metadata": {"$deleteFromPrimitiveList/finalizers": ["x.io/one"]}}
        assert ask("PATCH", f"{maps}/a", gone, STRATEGIC)["metadata"]["finalizers"] == ["x.io/two"]
        ask("PATCH", f"{maps}/a", {"metadata": {"finalizers": None}}, MERGE)

    def test_a_json_patch_may_test_first(self, ask: Requests, maps: str) -> None:
        ask("POST", maps, config_map("a", x="1"))
        right = [{"op": "test", "path": "/data/x", "value": "1"}, {"op": "replace", "path": "/data/x", "value": "2"}]
        assert ask("PATCH", f"{maps}/a", right, JSON_PATCH)["data"] == {"x": "2"}
        assert ask.refused("PATCH", f"{maps}/a", right, JSON_PATCH)["code"] == 422

    def test_another_media_type_is_refused(self, ask: Requests, maps: str) -> None:
        ask("POST", maps, config_map("a"))
        assert ask.refused("PATCH", f"{maps}/a", {}, "application/json")["reason"] == "UnsupportedMediaType"
        assert ask.refused("POST", maps, b"x", "text/plain")["reason"] == "UnsupportedMediaType"

    def test_what_is_not_there_is_not_patched(self, ask: Requests, maps: str) -> None:
        assert ask.refused("PATCH", f"{maps}/a", {}, MERGE)["reason"] == "NotFound"


class TestDryRun:
    def test_it_answers_as_if_and_keeps_nothing(self, ask: Requests, maps: str) -> None:
        assert ask("POST", maps, config_map("a"), dryRun="All")["metadata"]["uid"]
        assert "a" not in ask.names(maps)
        ask("POST", maps, config_map("a", x="1"))
        assert ask("PATCH", f"{maps}/a", {"data": {"x": "2"}}, MERGE, dryRun="All")["data"] == {"x": "2"}
        ask("DELETE", f"{maps}/a", dryRun="All")
        assert ask("GET", f"{maps}/a")["data"] == {"x": "1"}


class TestFields:
    """ "Field validation"."""

    def test_unknown_ones_are_dropped_with_a_warning_or_refused(self, ask: Requests, maps: str) -> None:
        answer = ask.answer("POST", maps, {**config_map("a"), "colour": "blue"})
        assert "colour" not in answer.json()
        assert answer.headers["Warning"] == '299 - "unknown field \\"colour\\""'
        status = ask.refused("POST", maps, {**config_map("b"), "colour": "blue"}, fieldValidation="Strict")
        assert status["reason"] == "BadRequest"
        assert 'strict decoding error: unknown field "colour"' in status["message"]

    def test_a_value_of_another_type_is_refused(self, ask: Requests, deployments: str) -> None:
        given = deployment("a")
        given["spec"]["replicas"] = "three"
        status = ask.refused("POST", deployments, given)
        assert status["reason"] == "BadRequest"
        assert 'Deployment in version "v1" cannot be handled as a Deployment' in status["message"]

    def test_defaults_are_filled_in(self, ask: Requests, deployments: str) -> None:
        spec = ask("POST", deployments, deployment("a"))["spec"]
        assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": "25%", "maxSurge": "25%"}
        assert spec["template"]["spec"]["terminationGracePeriodSeconds"] == 30

    def test_names_are_generated(self, ask: Requests, maps: str) -> None:
        given = {"metadata": {"generateName": "map-"}}
        names = {ask("POST", maps, given)["metadata"]["name"] for _ in range(3)}
        assert len(names) == 3
        assert all(name.startswith("map-") and len(name) == 9 for name in names)

    @pytest.mark.parametrize("name", ["A", "a_b", "-a", "a..b", "a" * 254])
    def test_names_are_those_of_dns(self, ask: Requests, maps: str, name: str) -> None:
        """ "Object Names and IDs"."""
        status = ask.refused("POST", maps, config_map(name))
        assert (status["reason"], causes(status)[0]) == ("Invalid", ("metadata.name", "FieldValueInvalid"))

    def test_labels_have_a_form(self, ask: Requests, maps: str) -> None:
        """ "Labels and Selectors", Syntax and character set."""
        given = config_map("a")
        given["metadata"]["labels"] = {"a b": "1", "c": "not this"}
        assert causes(ask.refused("POST", maps, given)) == [("metadata.labels", "FieldValueInvalid")] * 2
