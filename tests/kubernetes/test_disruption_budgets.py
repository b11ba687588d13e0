"""PodDisruptionBudgets' status. Source: "Specifying a Disruption Budget for your Application" (Rounding logic,
Arbitrary workloads and arbitrary selectors); kubernetes, pkg/controller/disruption."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.models.policy_v1 import Eviction
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.core_v1 import Pod, PodEviction
from lightkube.resources.policy_v1 import PodDisruptionBudget

from tests.kubernetes.workload_stage import Stage, condition, eventually, name, pod, ready, says, workload
from tests.kubernetes.workload_stage import stage_with_controllers as _stage  # noqa: F401


def budget(of: str = "web", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": of},
        "spec": {"selector": {"matchLabels": {"app": of}}, **spec},
    }


def numbers(stage: Stage, of: str = "web") -> tuple[int, int, int, int]:
    """Expected, healthy, desired, allowed."""
    found = stage.get(PodDisruptionBudget, of).status
    return (found.expectedPods, found.currentHealthy, found.desiredHealthy, found.disruptionsAllowed)


@pytest.mark.parametrize(
    ("spec", "desired", "allowed"),
    [
        ({"minAvailable": 5}, 5, 2),
        ({"minAvailable": "50%"}, 4, 3),  # 3.5 is rounded up
        ({"maxUnavailable": 1}, 6, 1),
        ({"maxUnavailable": "30%"}, 4, 3),  # 2.1 is rounded up
        ({"maxUnavailable": 0}, 7, 0),
        ({"minAvailable": "100%"}, 7, 0),
    ],
)
def test_it_counts_by_number_or_per_cent_rounded_up(
    stage: Stage, spec: dict[str, Any], desired: int, allowed: int
) -> None:
    stage.node("n1")
    stage.make(workload("Deployment", "web", replicas=7), budget(**spec))
    eventually(lambda: numbers(stage) == (7, 7, desired, allowed))
    found = stage.get(PodDisruptionBudget, "web")
    assert found.status.observedGeneration == found.metadata.generation
    reason = "SufficientPods" if allowed else "InsufficientPods"
    assert condition(found, "DisruptionAllowed").reason == reason
    assert says(found, "DisruptionAllowed", str(bool(allowed)))


def test_pods_that_are_missing_count_by_the_scale_of_their_owner(stage: Stage) -> None:
    """Two of four run: a share of unavailable ones is of four, a whole minAvailable knows only what is there."""
    stage.node("n1", pods=2)
    stage.make(workload("Deployment", "web", replicas=4), budget(maxUnavailable="50%"))
    eventually(lambda: numbers(stage) == (4, 2, 2, 0))


def test_a_new_scale_is_counted_at_once(stage: Stage) -> None:
    stage.node("n1")
    stage.make(workload("Deployment", "web", replicas=2), budget(maxUnavailable=1))
    eventually(lambda: numbers(stage) == (2, 2, 1, 1))
    stage.patch(Deployment, "web", {"spec": {"replicas": 4}})
    eventually(lambda: numbers(stage) == (4, 4, 3, 1))


def test_a_pod_that_is_not_ready_is_not_healthy(stage: Stage) -> None:
    stage.node("n1")
    stage.make(workload("Deployment", "web", {"ready": "never"}, replicas=2), budget(minAvailable=1))
    eventually(lambda: numbers(stage) == (2, 0, 1, 0))


def test_bare_pods_count_with_a_whole_min_available_only(stage: Stage) -> None:
    stage.node("n1")
    stage.make(budget(minAvailable=1), pod("one", {"app": "web"}), pod("two", {"app": "web"}))
    eventually(lambda: numbers(stage) == (2, 2, 1, 1))
    stage.patch(PodDisruptionBudget, "web", {"spec": {"minAvailable": None, "maxUnavailable": 1}})
    eventually(lambda: numbers(stage)[::3] == (0, 0))


def test_pods_of_an_owner_without_a_scale_fail_a_share(stage: Stage) -> None:
    """A DaemonSet has no scale."""
    stage.node("n1")
    stage.make(workload("DaemonSet", "web"), budget(maxUnavailable=1))
    eventually(lambda: ready(stage.pods()))
    failed = eventually(
        lambda: [
            each
            for each in [stage.get(PodDisruptionBudget, "web")]
            if (said := condition(each, "DisruptionAllowed")) and said.reason == "SyncFailed"
        ]
    )
    assert failed[0].status.disruptionsAllowed == 0
    assert "found no controllers for pod" in condition(failed[0], "DisruptionAllowed").message


def test_without_pods_it_allows_nothing(stage: Stage) -> None:
    stage.make(budget(minAvailable=0))
    eventually(lambda: condition(stage.get(PodDisruptionBudget, "web"), "DisruptionAllowed"))
    assert numbers(stage) == (0, 0, 0, 0)


class TestEvictedPods:
    def test_an_eviction_is_allowed_again_when_another_pod_is_ready(self, stage: Stage) -> None:
        stage.node("n1")
        stage.make(workload("Deployment", "web", {"termination-seconds": "10"}, replicas=2), budget(maxUnavailable=1))
        eventually(lambda: numbers(stage) == (2, 2, 1, 1))
        gone = name(stage.pods()[0])
        eviction = Eviction(metadata=ObjectMeta(name=gone, namespace=stage.namespace))
        stage.client.create(PodEviction(metadata=eviction.metadata), gone, namespace=stage.namespace)
        eventually(lambda: numbers(stage)[3] == 0)
        eventually(lambda: numbers(stage) == (2, 2, 1, 1))
        assert not stage.get(PodDisruptionBudget, "web").status.disruptedPods

    @pytest.mark.parametrize(("age", "healthy"), [(0, 1), (60, 1), (121, 2)])
    def test_one_that_was_evicted_and_does_not_go_counts_again_after_two_minutes(
        self, stage: Stage, age: int, healthy: int
    ) -> None:
        stage.node("n1")
        stage.make(pod("one", {"app": "web"}), pod("two", {"app": "web"}), budget(minAvailable=1))
        eventually(lambda: numbers(stage) == (2, 2, 1, 1))
        now = stage.region.control.now() if stage.region else datetime.now(UTC).timestamp()
        at = (datetime.fromtimestamp(now, UTC) - timedelta(seconds=age)).strftime("%Y-%m-%dT%H:%M:%SZ")
        stage.client.patch(
            PodDisruptionBudget.Status, "web", {"status": {"disruptedPods": {"one": at}}}, namespace=stage.namespace
        )
        stage.patch(Pod, "two", {"metadata": {"annotations": {"looked": "at"}}})
        eventually(lambda: numbers(stage)[1] == healthy)
        eventually(lambda: not stage.get(PodDisruptionBudget, "web").status.disruptedPods)
        eventually(lambda: numbers(stage) == (2, 2, 1, 1))
