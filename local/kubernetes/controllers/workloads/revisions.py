"""Templates that a DaemonSet or StatefulSet has had: ControllerRevisions (kubernetes, pkg/controller/history)."""

from local.kubernetes.controllers import owners
from local.kubernetes.controllers.cluster import Cluster
from local.kubernetes.things import Thing, copied

LABEL = "controller-revision-hash"


def current(cluster: Cluster, owner: Thing) -> Thing:
    """The revision of the owner's template of today, made if it is not there; it becomes the latest."""
    own = history(cluster, owner)
    template = owner["spec"]["template"]
    latest = own[-1]["revision"] if own else 0
    found = next((each for each in own if template_of(each) == template), None)
    if found is None:
        mark = owners.hash_of(template)
        about = owner["metadata"]
        return cluster.writes.create(
            {
                "apiVersion": "apps/v1",
                "kind": "ControllerRevision",
                "metadata": {
                    "name": f"{about['name']}-{mark}",
                    "namespace": about["namespace"],
                    "labels": {**((template.get("metadata") or {}).get("labels") or {}), LABEL: mark},
                    "ownerReferences": [owners.reference(owner)],
                },
                "data": {"spec": {"template": {**copied(template), "$patch": "replace"}}},
                "revision": latest + 1,
            }
        )
    if found["revision"] != latest:  # a roll-back takes an old one up again
        return cluster.writes.change(found, lambda now: now.update(revision=latest + 1)) or found
    return found


def history(cluster: Cluster, owner: Thing) -> list[Thing]:
    """All that there are, the latest last."""
    own = cluster.cache.controlled("ControllerRevision", owner["metadata"]["uid"])
    return sorted(own, key=lambda each: int(each["revision"]))


def template_of(revision: Thing) -> Thing:
    """The pod template that it keeps."""
    return {key: value for key, value in revision["data"]["spec"]["template"].items() if key != "$patch"}


def hash_of(revision: Thing) -> str:
    return str(revision["metadata"]["labels"][LABEL])


def let_go(cluster: Cluster, owner: Thing, used: set[str]) -> None:
    """Those beyond spec.revisionHistoryLimit (10) go, but for those that pods have: `used` has names."""
    spare = [each for each in history(cluster, owner) if each["metadata"]["name"] not in used]
    most = int(owner["spec"].get("revisionHistoryLimit", 10))
    for each in spare[: max(0, len(spare) - most)]:
        cluster.writes.delete(each)
