"""Evictions and disruption budgets. Sources: "API-initiated Eviction", "Specifying a Disruption Budget"; kubernetes,
pkg/registry/core/pod/storage/eviction.go."""

import pytest
from lightkube import ApiError, Client
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Pod

from tests.kubernetes import control_plane
from tests.kubernetes.manifests import pod
from tests.kubernetes.requests import MERGE, Requests, Thing, until

VIOLATES = "Cannot evict pod as it would violate the pod's disruption budget."


class Stage:
    """A namespace with pods on a node that has no kubelet, and with budgets."""

    def __init__(self, ask: Requests, namespace: str) -> None:
        self.ask = ask
        self.pods = f"/api/v1/namespaces/{namespace}/pods"
        self.budgets = f"/apis/policy/v1/namespaces/{namespace}/poddisruptionbudgets"

    def pod(self, name: str, *, ready: bool = True, phase: str = "Running", app: str = "web") -> None:
        self.ask("POST", self.pods, pod(name, {"app": app}, nodeName="nowhere"))
        conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
        self.ask("PATCH", f"{self.pods}/{name}/status", {"status": {"phase": phase, "conditions": conditions}}, MERGE)

    def budget(self, least: int, healthy: int, expected: int, name: str = "web", **spec: str) -> None:
        """One of `least` pods, whose controller has counted these: the test itself, where none runs."""
        given = {"minAvailable": least, "selector": {"matchLabels": {"app": "web"}}, **spec}
        self.ask("POST", self.budgets, {"metadata": {"name": name}, "spec": given})
        allowed = max(healthy - least, 0)
        counted = {"disruptionsAllowed": allowed, "currentHealthy": healthy, "desiredHealthy": least}
        if not control_plane.REAL:
            status = {**counted, "expectedPods": expected, "observedGeneration": 1}
            self.ask("PATCH", f"{self.budgets}/{name}/status", {"status": status}, MERGE)
        until(lambda: counted.items() <= self.status(name).items())

    def status(self, name: str = "web") -> Thing:
        return dict(self.ask("GET", f"{self.budgets}/{name}")["status"])

    def evict(self, name: str, **options: object) -> Thing:
        """What is answered, with the answer's code as `http`."""
        eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
        if options:
            eviction["deleteOptions"] = options
        answer = self.ask.answer("POST", f"{self.pods}/{name}/eviction", eviction)
        return {"http": answer.status_code, "headers": answer.headers, **answer.json()}

    def goes(self, name: str) -> bool:
        return "deletionTimestamp" in self.ask("GET", f"{self.pods}/{name}")["metadata"]


@pytest.fixture
def stage(ask: Requests, namespace: str) -> Stage:
    return Stage(ask, namespace)


class TestFree:
    def test_without_a_budget_a_pod_goes(self, stage: Stage) -> None:
        stage.pod("a")
        answer = stage.evict("a")
        assert (answer["http"], answer["status"], answer["code"]) == (201, "Success", 201)
        made = stage.ask("GET", f"{stage.pods}/a")
        assert made["metadata"]["deletionGracePeriodSeconds"] == 30
        target = next(each for each in made["status"]["conditions"] if each["type"] == "DisruptionTarget")
        assert (target["status"], target["reason"]) == ("True", "EvictionByEvictionAPI")

    def test_what_is_not_there_is_not_found(self, stage: Stage) -> None:
        assert (stage.evict("a")["http"], stage.evict("a")["reason"]) == (404, "NotFound")

    def test_the_client_evicts(self, kubernetes: Client, namespace: str, stage: Stage) -> None:
        stage.pod("a")
        kubernetes.create(Pod.Eviction(metadata=ObjectMeta(name="a", namespace=namespace)), "a")
        assert stage.goes("a")
        with pytest.raises(ApiError) as caught:
            kubernetes.create(Pod.Eviction(metadata=ObjectMeta(name="b", namespace=namespace)), "b")
        assert caught.value.status.code == 404

    @pytest.mark.parametrize("phase", ["Pending", "Succeeded", "Failed"])
    def test_a_pod_that_does_not_run_is_not_counted(self, stage: Stage, phase: str) -> None:
        stage.pod("a", phase=phase, ready=False)
        stage.budget(1, healthy=0, expected=1)
        assert stage.evict("a")["http"] == 201

    def test_a_pod_that_goes_already_goes(self, stage: Stage) -> None:
        stage.pod("a")
        stage.pod("b")
        stage.budget(1, healthy=2, expected=2)
        assert stage.evict("a")["http"] == 201
        before = stage.status()["disruptionsAllowed"]
        assert stage.evict("a")["http"] == 201
        assert stage.status()["disruptionsAllowed"] == before == 0


class TestBudgets:
    def test_each_eviction_is_counted_at_once(self, stage: Stage) -> None:
        for name in "abc":
            stage.pod(name)
        stage.budget(1, healthy=3, expected=3)
        assert stage.evict("a")["http"] == 201
        status = stage.status()
        assert status["disruptionsAllowed"] == 1
        assert stage.evict("b")["http"] == 201
        if not control_plane.REAL:  # there the controller has taken those off that it has seen going
            assert status["disruptedPods"].keys() == {"a"}
        answer = stage.evict("c")
        assert (answer["http"], answer["reason"], answer["message"]) == (429, "TooManyRequests", VIOLATES)
        assert not stage.goes("c")

    def test_a_refusal_tells_of_the_budget(self, stage: Stage) -> None:
        stage.pod("a")
        stage.budget(1, healthy=1, expected=1)
        answer = stage.evict("a")
        assert answer["details"] == {
            "causes": [
                {
                    "reason": "DisruptionBudget",
                    "message": "The disruption budget web needs 1 healthy pods and has 1 currently",
                }
            ]
        }
        assert "Retry-After" not in answer["headers"]

    def test_a_budget_that_nobody_has_counted_yet_says_when_to_come_again(self, stage: Stage) -> None:
        """Its status is of another generation than its spec."""
        if control_plane.REAL:
            pytest.skip("its controller is too quick")
        stage.pod("a")
        stage.budget(0, healthy=1, expected=1)
        stage.ask("PATCH", f"{stage.budgets}/web", {"spec": {"minAvailable": 1}}, MERGE)
        answer = stage.evict("a")
        assert (answer["http"], answer["headers"]["Retry-After"]) == (429, "10")
        assert answer["details"]["retryAfterSeconds"] == 10
        says = "The disruption budget web is still being processed by the server."
        assert answer["details"]["causes"][0]["message"] == says

    def test_two_budgets_are_one_too_many(self, stage: Stage) -> None:
        stage.pod("a")
        stage.budget(0, healthy=1, expected=1)
        stage.budget(0, healthy=1, expected=1, name="second")
        answer = stage.evict("a")
        assert (answer["http"], answer["status"], answer["code"]) == (500, "Failure", 500)
        assert answer["message"] == (
            "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
        )
        assert not stage.goes("a")

    def test_a_dry_run_spends_nothing(self, stage: Stage) -> None:
        stage.pod("a")
        stage.pod("b")
        stage.budget(1, healthy=2, expected=2)
        assert stage.evict("a", dryRun=["All"])["http"] == 201
        assert stage.status()["disruptionsAllowed"] == 1
        assert not stage.goes("a")


class TestUnhealthyPods:
    """unhealthyPodEvictionPolicy ("Specifying a Disruption Budget", Unhealthy Pod Eviction Policy)."""

    def test_one_goes_while_the_others_are_enough(self, stage: Stage) -> None:
        stage.pod("a", ready=False)
        stage.pod("b")
        stage.budget(1, healthy=1, expected=2)
        assert stage.evict("b")["http"] == 429
        assert stage.evict("a")["http"] == 201

    def test_it_stays_where_the_application_is_disrupted_already(self, stage: Stage) -> None:
        stage.pod("a", ready=False)
        stage.budget(1, healthy=0, expected=1)
        assert stage.evict("a")["http"] == 429

    def test_it_always_goes_where_that_is_the_policy(self, stage: Stage) -> None:
        stage.pod("a", ready=False)
        stage.budget(1, healthy=0, expected=1, unhealthyPodEvictionPolicy="AlwaysAllow")
        assert stage.evict("a")["http"] == 201


class TestOptions:
    def test_grace_is_taken(self, stage: Stage) -> None:
        stage.pod("a")
        stage.evict("a", gracePeriodSeconds=7)
        assert stage.ask("GET", f"{stage.pods}/a")["metadata"]["deletionGracePeriodSeconds"] == 7

    def test_preconditions_hold(self, stage: Stage) -> None:
        stage.pod("a")
        answer = stage.evict("a", preconditions={"uid": "1"})
        assert (answer["http"], answer["reason"]) == (409, "Conflict")
        uid = stage.ask("GET", f"{stage.pods}/a")["metadata"]["uid"]
        assert stage.evict("a", preconditions={"uid": uid})["http"] == 201
