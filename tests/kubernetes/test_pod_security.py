"""Admission by the Pod Security Standards. Source: "Pod Security Admission"; k8s.io/pod-security-admission, policy."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.kubernetes.manifests import deployment, pod
from tests.kubernetes.requests import Requests, Thing

LABEL = "pod-security.kubernetes.io/enforce"
TIGHT = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
WHOLE = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


def tight(**container: Any) -> Thing:
    """A pod that a restricted namespace takes, but for what is given of its container."""
    security = {**TIGHT, **container}
    return pod("a", containers=[{"name": "app", "image": "app:1", "securityContext": security}], securityContext=WHOLE)


@pytest.fixture
def restricted(ask: Requests, namespace: str) -> Iterator[str]:
    """A namespace's path."""
    name = f"{namespace}-safe"
    ask("POST", "/api/v1/namespaces", {"metadata": {"name": name, "labels": {LABEL: "restricted"}}})
    yield f"/api/v1/namespaces/{name}"
    ask("DELETE", f"/api/v1/namespaces/{name}")


def test_a_pod_that_asks_for_nothing_is_taken(ask: Requests, restricted: str) -> None:
    ask("POST", f"{restricted}/pods", tight())


def test_a_plain_pod_is_refused_with_every_reason(ask: Requests, restricted: str) -> None:
    given = pod("a", hostNetwork=True, volumes=[{"name": "v", "hostPath": {"path": "/"}}])
    status = ask.refused("POST", f"{restricted}/pods", given)
    assert status["reason"] == "Forbidden"
    assert status["message"] == (
        'pods "a" is forbidden: violates PodSecurity "restricted:latest": host namespaces (hostNetwork=true), '
        'allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false), '
        'unrestricted capabilities (container "app" must set securityContext.capabilities.drop=["ALL"]), restricted '
        'volume types (volume "v" uses restricted volume type "hostPath"), runAsNonRoot != true (pod or container '
        '"app" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "app" must set '
        'securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")'
    )


@pytest.mark.parametrize(
    ("container", "why"),
    [
        ({"privileged": True, "allowPrivilegeEscalation": True}, "privileged (container"),
        ({"allowPrivilegeEscalation": True}, "allowPrivilegeEscalation != false (container"),
        (
            {"capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN", "NET_BIND_SERVICE"]}},
            (
                'unrestricted capabilities (container "app" must not include "NET_ADMIN" in '
                "securityContext.capabilities.add)"
            ),
        ),
        (
            {"runAsNonRoot": False},
            'runAsNonRoot != true (container "app" must not set securityContext.runAsNonRoot=false)',
        ),
        ({"runAsUser": 0}, 'runAsUser=0 (container "app" must not set runAsUser=0)'),
        (
            {"seccompProfile": {"type": "Unconfined"}},
            'seccompProfile (container "app" must not set securityContext.seccompProfile.type to "Unconfined")',
        ),
    ],
)
def test_each_rule_by_itself(ask: Requests, restricted: str, container: Thing, why: str) -> None:
    assert (
        f'violates PodSecurity "restricted:latest": {why}'
        in ask.refused("POST", f"{restricted}/pods", tight(**container))["message"]
    )


def test_the_baseline_lets_a_plain_pod_in_but_none_of_the_hosts(ask: Requests, namespace: str) -> None:
    name = f"{namespace}-base"
    ask("POST", "/api/v1/namespaces", {"metadata": {"name": name, "labels": {LABEL: "baseline"}}})
    pods = f"/api/v1/namespaces/{name}/pods"
    ask("POST", pods, pod("a"))
    on_host = pod("b", hostNetwork=True, containers=[{"name": "app", "image": "a", "ports": [{"containerPort": 80}]}])
    assert ask.refused("POST", pods, on_host)["message"] == (
        'pods "b" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true), hostPort '
        '(container "app" uses hostPort 80)'
    )
    ask("DELETE", f"/api/v1/namespaces/{name}")


def test_workloads_are_taken_and_only_their_pods_refused(ask: Requests, restricted: str) -> None:
    apps = restricted.replace("/api/v1", "/apis/apps/v1")
    ask("POST", f"{apps}/deployments", deployment("a"))
