"""Deployments and ReplicaSets. Source: "Deployments", "ReplicaSet" in the Kubernetes documentation."""

from typing import Any

import pytest
from lightkube.resources.apps_v1 import Deployment, ReplicaSet
from lightkube.resources.core_v1 import Pod

from local.kubernetes.controllers.pods import first_to_go
from tests.kubernetes.workload_stage import Stage, condition, eventually, name, ready, says, workload
from tests.kubernetes.workload_stage import stage_with_controllers as _stage  # noqa: F401

IMAGE = {"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "other"}]}}}}


def whole(stage: Stage, of: str = "web") -> Any:
    """The deployment once all its pods are of today's template and available."""

    def look() -> Any:
        found = stage.get(Deployment, of)
        wanted, status = found.spec.replicas, found.status
        observed = status and status.observedGeneration == found.metadata.generation
        if observed and status.updatedReplicas == status.availableReplicas == status.replicas == wanted:
            return found
        return None

    return eventually(look, "the deployment is not complete")


class TestDeployments:
    def test_its_pods_run_through_a_set_that_has_the_hash_of_the_template(self, stage: Stage) -> None:
        stage.node("n1")
        stage.make(workload("Deployment", "web", replicas=3))
        found = whole(stage)
        (replica_set,) = stage.client.list(ReplicaSet, namespace=stage.namespace)
        mark = replica_set.metadata.labels["pod-template-hash"]
        assert name(replica_set) == f"web-{mark}"
        assert {each.metadata.labels["pod-template-hash"] for each in stage.pods()} == {mark}
        assert (condition(found, "Available").reason, condition(found, "Progressing").reason) == (
            "MinimumReplicasAvailable",
            "NewReplicaSetAvailable",
        )
        assert found.status.readyReplicas == 3

    @pytest.mark.parametrize(
        ("surge", "unavailable", "least", "most"), [(1, 0, 4, 5), (0, 1, 3, 4), ("50%", "25%", 3, 6)]
    )
    def test_a_new_template_rolls_within_its_bounds(
        self, stage: Stage, surge: int | str, unavailable: int | str, least: int, most: int
    ) -> None:
        """maxUnavailable is rounded down, maxSurge up ("Rolling Update Deployment")."""
        stage.node("n1")
        strategy = {"rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
        stage.make(workload("Deployment", "web", replicas=4, strategy=strategy, minReadySeconds=2))
        whole(stage)
        seen: list[tuple[int, int]] = []

        def look() -> bool:
            pods = [each for each in stage.pods() if not each.metadata.deletionTimestamp]
            seen.append((len(ready(pods)), len(pods)))
            return all(each.spec.containers[0].image == "other" for each in pods)

        stage.patch(Deployment, "web", IMAGE)
        eventually(look, "it did not roll out")
        whole(stage)
        assert min(count for count, _ in seen) >= least
        assert max(count for _, count in seen) <= most
        assert len(stage.pods(app="web")) >= 4

    def test_recreate_ends_the_old_pods_before_the_first_new_one(self, stage: Stage) -> None:
        stage.node("n1")
        stage.make(
            workload("Deployment", "web", {"termination-seconds": "4"}, replicas=2, strategy={"type": "Recreate"})
        )
        whole(stage)
        stage.patch(Deployment, "web", IMAGE)
        images: list[set[str]] = []

        def look() -> bool:
            images.append({str(each.spec.containers[0].image) for each in stage.pods()})
            return images[-1] == {"other"}

        eventually(look)
        assert max(map(len, images)) == 1

    def test_the_template_of_before_takes_up_its_set_again(self, stage: Stage) -> None:
        """A roll-back is a new revision of an old set."""
        stage.node("n1")
        stage.make(workload("Deployment", "web", replicas=1))
        first = whole(stage).metadata.annotations["deployment.kubernetes.io/revision"]
        stage.patch(Deployment, "web", IMAGE)
        eventually(lambda: len(list(stage.client.list(ReplicaSet, namespace=stage.namespace))) == 2)
        whole(stage)
        back = {"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "registry.k8s.io/pause"}]}}}}
        stage.patch(Deployment, "web", back)
        eventually(lambda: stage.pods()[0].spec.containers[0].image != "other")
        found = whole(stage)
        assert len(list(stage.client.list(ReplicaSet, namespace=stage.namespace))) == 2
        assert (first, found.metadata.annotations["deployment.kubernetes.io/revision"]) == ("1", "3")

    def test_a_paused_one_keeps_its_pods_and_scales(self, stage: Stage) -> None:
        stage.node("n1")
        stage.make(workload("Deployment", "web", replicas=1))
        whole(stage)
        stage.patch(Deployment, "web", {"spec": {"paused": True, "replicas": 3, **IMAGE["spec"]}})
        eventually(lambda: len(ready(stage.pods())) == 3)
        assert {each.spec.containers[0].image for each in stage.pods()} == {"registry.k8s.io/pause"}

    def test_one_that_makes_no_progress_says_so_after_its_deadline(self, stage: Stage) -> None:
        stage.node("n1")
        stage.make(workload("Deployment", "web", {"ready": "never"}, replicas=1, progressDeadlineSeconds=5))
        late = eventually(lambda: [d for d in [stage.get(Deployment, "web")] if says(d, "Progressing", "False")])
        assert condition(late[0], "Progressing").reason == "ProgressDeadlineExceeded"
        assert says(late[0], "Available", "False")

    def test_pods_are_available_some_seconds_after_they_are_ready(self, stage: Stage) -> None:
        stage.node("n1")
        stage.make(workload("Deployment", "web", replicas=1, minReadySeconds=20))
        eventually(lambda: stage.get(Deployment, "web").status.readyReplicas)
        assert not stage.get(Deployment, "web").status.availableReplicas
        whole(stage)


class TestReplicaSets:
    def test_what_is_missing_is_made_and_what_is_too_much_goes(self, stage: Stage) -> None:
        stage.node("n1")
        stage.make(workload("ReplicaSet", "web", replicas=3))
        before = eventually(lambda: [pods for pods in [ready(stage.pods())] if len(pods) == 3])[0]
        stage.client.delete(Pod, name(before[0]), namespace=stage.namespace)
        after = eventually(
            lambda: [p for p in [ready(stage.pods())] if len(p) == 3 and name(before[0]) not in map(name, p)]
        )
        assert {name(each) for each in after[0]} > {name(each) for each in before[1:]}
        stage.patch(ReplicaSet, "web", {"spec": {"replicas": 1}})
        eventually(lambda: len(stage.pods()) == 1)
        eventually(lambda: stage.get(ReplicaSet, "web").status.replicas == 1)

    def test_those_that_are_not_ready_go_first(self, stage: Stage) -> None:
        """Pods that wait for a node go before those that run ("ReplicaSet", Scaling a ReplicaSet)."""
        stage.node("n1", pods=2)
        stage.make(workload("ReplicaSet", "web", replicas=3))
        running = eventually(lambda: [pods for pods in [ready(stage.pods())] if len(pods) == 2])[0]
        eventually(lambda: len(stage.pods()) == 3)
        stage.patch(ReplicaSet, "web", {"spec": {"replicas": 2}})
        eventually(lambda: len(stage.pods()) == 2)
        assert [name(each) for each in stage.pods()] == [name(each) for each in running]

    def test_a_pod_that_fits_and_has_no_owner_is_adopted_and_one_that_fits_no_more_is_let_go(
        self, stage: Stage
    ) -> None:
        stage.node("n1")
        stage.make(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": "bare", "labels": {"app": "web"}},
                "spec": {"containers": [{"name": "main", "image": "a"}]},
            }
        )
        stage.make(workload("ReplicaSet", "web", replicas=1))
        eventually(lambda: stage.get(Pod, "bare").metadata.ownerReferences)
        assert len(stage.pods()) == 1
        stage.patch(Pod, "bare", {"metadata": {"labels": {"app": "other"}}})
        eventually(lambda: not stage.get(Pod, "bare").metadata.ownerReferences)
        eventually(lambda: len(stage.pods()) == 2)


def test_the_order_in_which_pods_go() -> None:
    """kubernetes, pkg/controller, ActivePodsWithRanks: each of these goes before the next."""

    def one(node: str = "n1", phase: str = "Running", ready: str = "", cost: str = "0") -> dict[str, Any]:
        conditions = [{"type": "Ready", "status": "True", "lastTransitionTime": ready}] if ready else []
        about = {"name": "a", "annotations": {"controller.kubernetes.io/pod-deletion-cost": cost}}
        return {"metadata": about, "spec": {"nodeName": node}, "status": {"phase": phase, "conditions": conditions}}

    early, late = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
    pods = [
        (one(node="", phase="Pending"), 0),
        (one(phase="Pending"), 0),
        (one(), 0),
        (one(ready=early, cost="-5"), 0),
        (one(ready=early), 3),  # more of its like on the node
        (one(ready=late), 0),
        (one(ready=early), 0),
    ]
    ranks = [first_to_go(pod, neighbours) for pod, neighbours in pods]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks)
