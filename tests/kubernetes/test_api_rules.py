"""What an API server refuses. Source: kubernetes, pkg/apis/*/validation, where no other is named."""

from typing import Any

import pytest

from tests.kubernetes.manifests import deployment, node, pod
from tests.kubernetes.requests import JSON_PATCH, MERGE, Requests, Thing, causes

INVALID, REQUIRED, FORBIDDEN = "FieldValueInvalid", "FieldValueRequired", "FieldValueForbidden"
UNSUPPORTED, DUPLICATE = "FieldValueNotSupported", "FieldValueDuplicate"


@pytest.fixture
def pods(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/pods"


@pytest.fixture
def apps(namespace: str) -> str:
    return f"/apis/apps/v1/namespaces/{namespace}"


def workload(kind: str, **spec: Any) -> Thing:
    """A DaemonSet, ReplicaSet or StatefulSet."""
    made = deployment("a")
    given = {key: made["spec"][key] for key in ("selector", "template")}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "a"}, "spec": {**given, **spec}}


class TestWorkloads:
    def test_the_selector_must_match_the_templates_labels(self, ask: Requests, apps: str) -> None:
        given = deployment("a")
        given["spec"]["template"]["metadata"]["labels"] = {"app": "b"}
        status = ask.refused("POST", f"{apps}/deployments", given)
        assert status["message"] == (
            'Deployment.apps "a" is invalid: spec.template.metadata.labels: Invalid value: {"app":"b"}: `selector` '
            "does not match template `labels`"
        )
        assert status["details"]["kind"] == "Deployment"

    def test_there_must_be_a_selector(self, ask: Requests, apps: str) -> None:
        given = deployment("a")
        given["spec"]["selector"] = {}
        assert causes(ask.refused("POST", f"{apps}/deployments", given)) == [("spec.selector", INVALID)]
        del given["spec"]["selector"]
        found = causes(ask.refused("POST", f"{apps}/deployments", given))
        assert found == [("spec.selector", REQUIRED), ("spec.template.metadata.labels", INVALID)]

    @pytest.mark.parametrize("kind", ["Deployment", "DaemonSet", "ReplicaSet"])
    def test_the_selector_stays(self, ask: Requests, apps: str, kind: str) -> None:
        path = f"{apps}/{kind.lower()}s"
        ask("POST", path, workload(kind, **({} if kind == "DaemonSet" else {"replicas": 0})))
        labels = {"x": "y"}
        spec = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}}}
        status = ask.refused("PATCH", f"{path}/a", {"spec": spec}, MERGE)
        assert causes(status) == [("spec.selector", INVALID)]
        assert "field is immutable" in status["message"]

    def test_of_a_stateful_set_little_may_change(self, ask: Requests, apps: str) -> None:
        ask("POST", f"{apps}/statefulsets", workload("StatefulSet", replicas=0, serviceName="a"))
        ask("PATCH", f"{apps}/statefulsets/a", {"spec": {"minReadySeconds": 3}}, MERGE)
        status = ask.refused("PATCH", f"{apps}/statefulsets/a", {"spec": {"serviceName": "b"}}, MERGE)
        assert causes(status) == [("spec", FORBIDDEN)]

    def test_their_pods_restart_always(self, ask: Requests, apps: str) -> None:
        given = deployment("a")
        given["spec"]["template"]["spec"]["restartPolicy"] = "Never"
        found = causes(ask.refused("POST", f"{apps}/deployments", given))
        assert found == [("spec.template.spec.restartPolicy", UNSUPPORTED)]


class TestJobs:
    @pytest.fixture
    def jobs(self, namespace: str) -> str:
        return f"/apis/batch/v1/namespaces/{namespace}/jobs"

    def job(self, **spec: Any) -> Thing:
        template = {"spec": pod("a", restartPolicy="Never")["spec"]}
        return {"metadata": {"name": "a"}, "spec": {"suspend": True, "template": template, **spec}}

    def test_their_pods_are_labelled_and_selected_by_uid(self, ask: Requests, jobs: str) -> None:
        """ "Jobs", Specifying your own Pod selector."""
        made = ask("POST", jobs, self.job())
        uid = made["metadata"]["uid"]
        assert made["spec"]["selector"] == {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
        labels = made["spec"]["template"]["metadata"]["labels"]
        assert labels["batch.kubernetes.io/job-name"] == labels["job-name"] == "a"
        assert (made["spec"]["backoffLimit"], made["spec"]["completions"]) == (6, 1)

    def test_their_pods_do_not_restart_always(self, ask: Requests, jobs: str) -> None:
        given = self.job(template={"spec": pod("a")["spec"]})
        assert causes(ask.refused("POST", jobs, given)) == [("spec.template.spec.restartPolicy", REQUIRED)]

    def test_the_template_stays(self, ask: Requests, jobs: str) -> None:
        ask("POST", jobs, self.job(suspend=False))
        operations = [{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "b"}]
        status = ask.refused("PATCH", f"{jobs}/a", operations, JSON_PATCH)
        assert ("spec.template", INVALID) in causes(status)


class TestPods:
    def test_they_have_containers_with_names_and_images(self, ask: Requests, pods: str) -> None:
        assert causes(ask.refused("POST", pods, pod("a", containers=[]))) == [("spec.containers", REQUIRED)]
        given = pod("a", containers=[{"name": "a", "image": "a"}, {"name": "a", "image": "a"}, {"name": "B"}])
        assert causes(ask.refused("POST", pods, given)) == [
            ("spec.containers[1].name", DUPLICATE),
            ("spec.containers[2].name", INVALID),
            ("spec.containers[2].image", REQUIRED),
        ]

    def test_a_variable_has_a_value_or_comes_from_elsewhere(self, ask: Requests, pods: str) -> None:
        name = {"fieldRef": {"fieldPath": "metadata.name"}}
        wrong: list[Thing] = [{"value": "1", "valueFrom": name}, {"valueFrom": {}}]
        for variable in wrong:
            given = pod("a", containers=[{"name": "a", "image": "a", "env": [{"name": "A", **variable}]}])
            assert causes(ask.refused("POST", pods, given)) == [("spec.containers[0].env[0].valueFrom", INVALID)]

    def test_their_spec_stays_but_for_a_few_fields(self, ask: Requests, pods: str) -> None:
        """ "Pods", Pod update and replacement."""
        ask("POST", pods, pod("a"))
        status = ask.refused("PATCH", f"{pods}/a", {"spec": {"nodeName": "b"}}, MERGE)
        assert causes(status) == [("spec", FORBIDDEN)]
        assert "pod updates may not change fields other than `spec.containers[*].image`" in status["message"]
        image = [{"op": "replace", "path": "/spec/containers/0/image", "value": "app:2"}]
        assert ask("PATCH", f"{pods}/a", image, JSON_PATCH)["metadata"]["generation"] == 2
        more = [{"op": "add", "path": "/spec/tolerations/-", "value": {"key": "x", "operator": "Exists"}}]
        assert len(ask("PATCH", f"{pods}/a", more, JSON_PATCH)["spec"]["tolerations"]) == 3
        fewer = [{"op": "remove", "path": "/spec/tolerations/2"}]
        assert causes(ask.refused("PATCH", f"{pods}/a", fewer, JSON_PATCH))[0] == ("spec.tolerations", FORBIDDEN)

    def test_tolerations_have_a_form(self, ask: Requests, pods: str) -> None:
        given = [
            {"key": "a", "operator": "Exists", "value": "x"},
            {"operator": "Equal"},
            {"key": "a", "effect": "No"},
            {"key": "a", "tolerationSeconds": 3},
        ]
        assert causes(ask.refused("POST", pods, pod("a", tolerations=given))) == [
            ("spec.tolerations[0].operator", INVALID),
            ("spec.tolerations[1].operator", INVALID),
            ("spec.tolerations[2].effect", UNSUPPORTED),
            ("spec.tolerations[3].effect", INVALID),
        ]

    def test_they_bear_a_node_that_is_not_ready_for_five_minutes(self, ask: Requests, pods: str) -> None:
        """ "Taints and Tolerations", Taint based Evictions."""
        own = {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute"}
        made = ask("POST", pods, pod("a", tolerations=[own]))["spec"]["tolerations"]
        other = {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"}
        assert made == [own, {**other, "tolerationSeconds": 300}]
        assert ask("PATCH", f"{pods}/a", {"spec": {"tolerations": [own]}}, MERGE)["spec"]["tolerations"] == made

    def test_priority_comes_of_the_class(self, ask: Requests, pods: str) -> None:
        """ "Pod Priority and Preemption"."""
        assert ask("POST", pods, pod("a"))["spec"]["priority"] == 0
        status = ask.refused("POST", pods, pod("b", priorityClassName="none"))
        assert status["message"] == 'pods "b" is forbidden: no PriorityClass with name none was found'


class TestNodes:
    @pytest.fixture
    def name(self, ask: Requests, namespace: str) -> Any:
        """One of the test's own."""
        ask("POST", "/api/v1/nodes", node(namespace, providerID="aws:///a/i-1"))
        yield namespace
        ask("DELETE", f"/api/v1/nodes/{namespace}")

    def test_a_new_one_takes_no_pods_until_it_is_ready(self, ask: Requests, name: str) -> None:
        """Admission plugin TaintNodesByCondition ("Admission Control in Kubernetes")."""
        taints = ask("POST", "/api/v1/nodes", node(f"{name}-b"), dryRun="All")["spec"]["taints"]
        assert {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"} in taints

    def test_its_provider_id_stays(self, ask: Requests, name: str) -> None:
        status = ask.refused("PATCH", f"/api/v1/nodes/{name}", {"spec": {"providerID": "x"}}, MERGE)
        assert causes(status) == [("spec.providerID", FORBIDDEN)]

    def test_taints_have_a_form_and_are_one_of_a_kind(self, ask: Requests, name: str) -> None:
        taint = {"key": "a", "effect": "NoSchedule"}
        wrong = {"spec": {"taints": [taint, taint, {"key": "b"}, {"key": "c", "effect": "Never"}]}}
        # The real server looks at taints twice when a node changes.
        assert set(causes(ask.refused("PATCH", f"/api/v1/nodes/{name}", wrong, MERGE))) == {
            ("metadata.taints[1]", DUPLICATE),
            ("metadata.taints[2].effect", REQUIRED),
            ("metadata.taints[3].effect", UNSUPPORTED),
        }
        right = {"spec": {"taints": [taint, {**taint, "effect": "NoExecute"}], "unschedulable": True}}
        ask("PATCH", f"/api/v1/nodes/{name}", right, MERGE)


class TestBudgets:
    @pytest.mark.parametrize(
        ("spec", "found"),
        [
            ({"minAvailable": 1, "maxUnavailable": 1}, [("spec", INVALID)]),
            ({"minAvailable": -1}, [("spec.minAvailable", INVALID)]),
            ({"maxUnavailable": "120%"}, [("spec.maxUnavailable", INVALID)]),
            ({"maxUnavailable": "some"}, [("spec.maxUnavailable", INVALID)]),
            (
                {"minAvailable": 1, "unhealthyPodEvictionPolicy": "No"},
                [("spec.unhealthyPodEvictionPolicy", UNSUPPORTED)],
            ),
        ],
    )
    def test_they_are_one_amount(self, ask: Requests, namespace: str, spec: Thing, found: Any) -> None:
        path = f"/apis/policy/v1/namespaces/{namespace}/poddisruptionbudgets"
        assert causes(ask.refused("POST", path, {"metadata": {"name": "a"}, "spec": spec})) == found

    def test_they_are_replaced_with_a_version_only(self, ask: Requests, namespace: str) -> None:
        path = f"/apis/policy/v1/namespaces/{namespace}/poddisruptionbudgets"
        given = {"metadata": {"name": "a"}, "spec": {"minAvailable": 1}}
        ask("POST", path, given)
        assert causes(ask.refused("PUT", f"{path}/a", given)) == [("metadata.resourceVersion", INVALID)]


class TestRoles:
    def test_a_bindings_role_stays(self, ask: Requests, namespace: str) -> None:
        """ "Using RBAC Authorization", Restrictions on role binding creation or update."""
        path = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/rolebindings"
        about = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role"}
        ask("POST", path, {"metadata": {"name": "a:b"}, "roleRef": {**about, "name": "a"}})
        status = ask.refused("PATCH", f"{path}/a:b", {"roleRef": {"name": "b"}}, MERGE)
        assert causes(status) == [("roleRef", INVALID)]
        assert "cannot change roleRef" in status["message"]
