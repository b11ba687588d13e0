"""Kinds that a CustomResourceDefinition makes. Source: "Extend the Kubernetes API with CustomResourceDefinitions"."""

from collections.abc import Iterator

import pytest
from lightkube import Client
from lightkube.generic_resource import create_namespaced_resource
from lightkube.models.meta_v1 import ObjectMeta

from tests.kubernetes import control_plane
from tests.kubernetes.manifests import config_map, definition
from tests.kubernetes.requests import MERGE, STRATEGIC, Requests, Thing, causes, until

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
GROUP = "kinds.example.com"


def box(**more: object) -> Thing:
    return {"apiVersion": f"{GROUP}/v1", "kind": "Box", "metadata": {"name": "a"}, **more}


@pytest.fixture
def boxes(ask: Requests, namespace: str) -> Iterator[str]:
    """The path of the namespace's boxes."""
    path = f"/apis/{GROUP}/v1/namespaces/{namespace}/boxs"
    spec = {"type": "object", "properties": {"size": {"type": "integer"}, "name": {"type": "string"}}}
    schema = {"type": "object", "properties": {"spec": spec, "status": spec}}
    ask("POST", DEFINITIONS, definition(GROUP, "Box", schema=schema, subresources={"status": {}}))
    until(lambda: ask.answer("GET", path).is_success)
    yield path
    ask("DELETE", f"{DEFINITIONS}/boxs.{GROUP}")
    until(lambda: ask.answer("GET", f"{DEFINITIONS}/boxs.{GROUP}").status_code == 404)


def test_a_group_that_nobody_has_defined_is_no_page_at_all(ask: Requests) -> None:
    """It is no Status: the server's root answers, not the API."""
    answer = ask.answer("GET", "/apis/none.example.com/v1/things")
    assert (answer.status_code, answer.text) == (404, "404 page not found\n")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert ask.refused("GET", "/apis/apps/v1/things")["message"] == "the server could not find the requested resource"


def test_a_defined_kind_is_served_and_gone_with_its_definition(
    ask: Requests, kubernetes: Client, namespace: str, boxes: str
) -> None:
    kind = create_namespaced_resource(GROUP, "v1", "Box", "boxs")
    kubernetes.create(kind(metadata=ObjectMeta(name="a", namespace=namespace), spec={"size": 1}))
    assert [each["spec"] for each in ask("GET", boxes)["items"]] == [{"size": 1}]
    assert ask("GET", boxes)["items"][0]["kind"] == "Box"
    entries = ask("GET", f"/apis/{GROUP}/v1")["resources"]
    assert [each["name"] for each in entries] == ["boxs", "boxs/status"]
    ask("DELETE", f"{DEFINITIONS}/boxs.{GROUP}")
    until(lambda: ask.answer("GET", boxes).status_code == 404)
    ask("POST", DEFINITIONS, definition(GROUP, "Box"))
    until(lambda: ask.answer("GET", boxes).is_success)
    assert ask("GET", boxes)["items"] == []


def test_it_is_established(ask: Requests, boxes: str) -> None:
    status = ask("GET", f"{DEFINITIONS}/boxs.{GROUP}")["status"]
    assert {each["type"]: each["status"] for each in status["conditions"]}["Established"] == "True"
    assert status["storedVersions"] == ["v1"]


def test_values_have_the_types_of_the_schema_and_others_are_dropped(ask: Requests, boxes: str) -> None:
    status = ask.refused("POST", boxes, box(spec={"size": "big"}))
    assert (status["reason"], causes(status)) == ("Invalid", [("spec.size", "FieldValueTypeInvalid")])
    assert ask("POST", boxes, box(spec={"size": 1, "colour": "blue"}))["spec"] == {"size": 1}


def test_spec_and_status_are_written_apart(ask: Requests, boxes: str) -> None:
    made = ask("POST", boxes, box(spec={"size": 1}, status={"size": 1}))
    assert (made["metadata"]["generation"], "status" in made) == (1, False)
    made = ask("PATCH", f"{boxes}/a/status", {"status": {"size": 2}, "spec": {"size": 2}}, MERGE)
    assert (made["spec"], made["status"], made["metadata"]["generation"]) == ({"size": 1}, {"size": 2}, 1)
    assert ask("PATCH", f"{boxes}/a", {"spec": {"size": 2}}, MERGE)["metadata"]["generation"] == 2


def test_they_need_their_kind_a_version_and_no_strategic_patches(ask: Requests, boxes: str) -> None:
    ask("POST", boxes, box())
    assert ask.refused("POST", boxes, {"metadata": {"name": "b"}})["reason"] == "BadRequest"
    assert causes(ask.refused("PUT", f"{boxes}/a", box())) == [("metadata.resourceVersion", "FieldValueInvalid")]
    assert ask.refused("PATCH", f"{boxes}/a", {}, STRATEGIC)["reason"] == "UnsupportedMediaType"


def test_a_definition_must_have_its_name_and_a_schema(ask: Requests) -> None:
    wrong = definition(GROUP, "Bag")
    wrong["metadata"]["name"] = "bags"
    del wrong["spec"]["versions"][0]["schema"]
    assert causes(ask.refused("POST", DEFINITIONS, wrong)) == [
        ("metadata.name", "FieldValueInvalid"),
        ("spec.versions[0].schema.openAPIV3Schema", "FieldValueRequired"),
    ]


@pytest.mark.skipif(control_plane.REAL, reason="only EKS has it from the start")
def test_every_cluster_has_eni_configs(ask: Requests) -> None:
    """amazon-vpc-cni-k8s, config/master/aws-k8s-cni.yaml."""
    path = "/apis/crd.k8s.amazonaws.com/v1alpha1/eniconfigs"
    about = {"apiVersion": "crd.k8s.amazonaws.com/v1alpha1", "kind": "ENIConfig", "metadata": {"name": "eu-west-1a"}}
    ask("POST", path, {**about, "spec": {"subnet": "subnet-1", "securityGroups": ["sg-1"]}})
    assert ask("GET", f"{path}/eu-west-1a")["spec"] == {"subnet": "subnet-1", "securityGroups": ["sg-1"]}


def test_built_in_kinds_need_no_kind_in_the_body(ask: Requests, namespace: str) -> None:
    given = config_map("a")
    made = ask("POST", f"/api/v1/namespaces/{namespace}/configmaps", {"metadata": given["metadata"]})
    assert made["kind"] == "ConfigMap"
