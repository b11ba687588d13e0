"""StatefulSets. Source: "StatefulSets" in the Kubernetes documentation: Deployment and Scaling Guarantees, Pod
Identity, Update strategies."""

from typing import Any

from lightkube.resources.apps_v1 import StatefulSet
from lightkube.resources.core_v1 import PersistentVolumeClaim, Pod

from tests.kubernetes.workload_stage import Stage, eventually, name, ready, workload
from tests.kubernetes.workload_stage import stage_with_controllers as _stage  # noqa: F401

IMAGE = {"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "other"}]}}}}
CLAIM = {
    "metadata": {"name": "data"},
    "spec": {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
        "storageClassName": "gp3",
    },
}


def db(**more: Any) -> dict[str, Any]:
    return workload("StatefulSet", "db", serviceName="db", **{"replicas": 3, **more})


def test_pods_are_made_in_order_each_when_the_one_before_is_ready(stage: Stage) -> None:
    stage.node("n1")
    stage.make(db())
    seen: list[list[tuple[str, bool]]] = []

    def look() -> bool:
        pods = stage.pods()
        seen.append([(name(each), bool(ready([each]))) for each in pods])
        return len(ready(pods)) == 3

    eventually(look)
    assert all(ready for states in seen for _, ready in states[:-1])
    first = stage.get(Pod, "db-0")
    assert (first.spec.hostname, first.spec.subdomain) == ("db-0", "db")
    assert first.metadata.labels["apps.kubernetes.io/pod-index"] == "0"
    status = eventually(lambda: [s for s in [stage.get(StatefulSet, "db").status] if s.availableReplicas == 3])[0]
    assert (status.replicas, status.readyReplicas, status.currentRevision) == (3, 3, status.updateRevision)


def test_a_pod_that_is_not_ready_holds_up_those_after_it(stage: Stage) -> None:
    stage.node("n1")
    stage.make({**workload("StatefulSet", "db", {"ready": "never"}, serviceName="db", replicas=2)})
    eventually(lambda: [p for p in stage.pods() if p.status.phase == "Running"])
    eventually(lambda: stage.get(StatefulSet, "db").status.replicas == 1)
    assert [name(each) for each in stage.pods()] == ["db-0"]


def test_in_parallel_all_are_made_at_once(stage: Stage) -> None:
    stage.node("n1")
    stage.make(
        workload("StatefulSet", "db", {"ready": "never"}, serviceName="db", replicas=3, podManagementPolicy="Parallel")
    )
    eventually(lambda: [name(each) for each in stage.pods()] == ["db-0", "db-1", "db-2"])


def test_scaled_down_the_last_goes_first_and_claims_stay(stage: Stage) -> None:
    stage.node("n1")
    stage.make(
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": "gp3"},
            "provisioner": "ebs.csi.aws.com",
        }
    )
    stage.make(db(replicas=2, volumeClaimTemplates=[CLAIM]))
    eventually(lambda: len(ready(stage.pods())) == 2)
    assert stage.get(Pod, "db-1").spec.volumes[0].persistentVolumeClaim.claimName == "data-db-1"
    stage.patch(StatefulSet, "db", {"spec": {"replicas": 1}})
    eventually(lambda: [name(each) for each in stage.pods()] == ["db-0"])
    claims = stage.client.list(PersistentVolumeClaim, namespace=stage.namespace)
    assert sorted(name(each) for each in claims) == ["data-db-0", "data-db-1"]


def test_a_pod_that_is_gone_comes_back_under_its_name(stage: Stage) -> None:
    stage.node("n1")
    stage.make(db(replicas=1))
    before = eventually(lambda: ready(stage.pods()))[0].metadata.uid
    stage.client.delete(Pod, "db-0", namespace=stage.namespace)
    after = eventually(lambda: [each for each in ready(stage.pods()) if each.metadata.uid != before])
    assert name(after[0]) == "db-0"


class TestUpdates:
    def test_one_after_the_other_from_the_last(self, stage: Stage) -> None:
        stage.node("n1")
        stage.make(db())
        eventually(lambda: len(ready(stage.pods())) == 3)
        stage.patch(StatefulSet, "db", IMAGE)
        seen: list[tuple[int, list[bool]]] = []

        def look() -> bool:
            pods = stage.pods()
            new = [each.spec.containers[0].image == "other" for each in pods]
            seen.append((len(ready(pods)), new))
            return len(ready(pods)) == 3 and all(new)

        eventually(look)
        assert min(count for count, _ in seen) >= 2
        assert all(new == sorted(new) for _, new in seen if len(new) == 3)
        status = eventually(lambda: [s for s in [stage.get(StatefulSet, "db").status] if s.updatedReplicas == 3])[0]
        eventually(lambda: stage.get(StatefulSet, "db").status.currentRevision == status.updateRevision)

    def test_below_the_partition_pods_stay_as_they_were_also_when_made_anew(self, stage: Stage) -> None:
        stage.node("n1")
        stage.make(db(updateStrategy={"rollingUpdate": {"partition": 2}}))
        eventually(lambda: len(ready(stage.pods())) == 3)
        old = stage.get(Pod, "db-0").metadata.uid
        stage.patch(StatefulSet, "db", IMAGE)
        eventually(lambda: stage.pods()[-1].spec.containers[0].image == "other" and len(ready(stage.pods())) == 3)
        stage.client.delete(Pod, "db-0", namespace=stage.namespace)
        eventually(lambda: len(ready(stage.pods())) == 3 and stage.get(Pod, "db-0").metadata.uid != old)
        images = [each.spec.containers[0].image for each in stage.pods()]
        assert images == ["registry.k8s.io/pause", "registry.k8s.io/pause", "other"]

    def test_on_delete_waits_for_somebody_to_delete(self, stage: Stage) -> None:
        stage.node("n1")
        stage.make(db(replicas=1, updateStrategy={"type": "OnDelete"}))
        eventually(lambda: ready(stage.pods()))
        stage.patch(StatefulSet, "db", IMAGE)
        status = eventually(
            lambda: [s for s in [stage.get(StatefulSet, "db").status] if s.updateRevision != s.currentRevision]
        )
        assert stage.pods()[0].spec.containers[0].image != "other"
        assert not status[0].updatedReplicas
        stage.client.delete(Pod, "db-0", namespace=stage.namespace)
        eventually(lambda: [each for each in ready(stage.pods()) if each.spec.containers[0].image == "other"])
