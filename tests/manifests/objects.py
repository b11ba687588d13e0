"""What any set of Kubernetes objects must keep to, whatever it is for."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

KUBERNETES = "1.35"


def validate(document: dict[str, Any]) -> None:
    """Against Kubernetes' own schemas, which know every field."""
    schemas = pytest.importorskip("kubernetes_validate", reason="kubernetes-validate is not installed")
    schemas.validate(document, KUBERNETES, strict=True)


def of_kind(documents: Sequence[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [document for document in documents if document["kind"] == kind]


def only(documents: Sequence[dict[str, Any]], kind: str) -> dict[str, Any]:
    (found,) = of_kind(documents, kind)
    return found


def pods(documents: Sequence[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each object that makes pods, with its pods' spec."""
    for document in documents:
        if document["kind"] in ("DaemonSet", "Deployment"):
            yield document, document["spec"]["template"]["spec"]


def containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [*pod.get("initContainers", ()), *pod["containers"]]


def assert_consistent(documents: Sequence[dict[str, Any]]) -> None:
    """Names are unique, and whatever is named is there: volumes, config maps, service accounts, roles."""
    keys = [(each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]) for each in documents]
    assert len(set(keys)) == len(keys)
    for owner, pod in pods(documents):
        namespace = owner["metadata"]["namespace"]
        selected = owner["spec"]["selector"]["matchLabels"].items()
        assert selected <= owner["spec"]["template"]["metadata"]["labels"].items()
        volumes = {volume["name"] for volume in pod.get("volumes", ())}
        assert {mount["name"] for each in containers(pod) for mount in each.get("volumeMounts", ())} == volumes
        for each in containers(pod):
            paths = [mount["mountPath"] for mount in each.get("volumeMounts", ())]
            assert len(set(paths)) == len(paths)
        for volume in pod.get("volumes", ()):
            if "configMap" in volume:
                assert ("ConfigMap", namespace, volume["configMap"]["name"]) in keys
        if "serviceAccountName" in pod:
            assert ("ServiceAccount", namespace, pod["serviceAccountName"]) in keys
    for document in documents:
        if document["kind"] in ("RoleBinding", "ClusterRoleBinding"):
            role = document["roleRef"]
            assert (role["kind"], document["metadata"].get("namespace"), role["name"]) in keys
            for subject in document["subjects"]:
                # A group is in no namespace and no object: whoever authenticates tells its members.
                if subject["kind"] != "Group":
                    assert (subject["kind"], subject["namespace"], subject["name"]) in keys


def allowed(documents: Sequence[dict[str, Any]]) -> set[tuple[str, str, str]]:
    """Every (namespace or "", resource, verb) that the roles grant."""
    return {
        (role["metadata"].get("namespace", ""), resource, verb)
        for kind in ("Role", "ClusterRole")
        for role in of_kind(documents, kind)
        for rule in role["rules"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
