"""A StatefulSet's pods and their claims: names, labels, volumes ("Pod Identity" in "StatefulSets"). Pure."""

from collections.abc import Sequence

from local.kubernetes.controllers import owners
from local.kubernetes.controllers.workloads import revisions
from local.kubernetes.things import Thing, copied


def ordinal(pod: Thing) -> int:
    return int(pod["metadata"]["name"].rpartition("-")[2])


def revision_of(pod: Thing) -> str:
    """The name of the ControllerRevision that the pod was made from."""
    return str((pod["metadata"].get("labels") or {}).get(revisions.LABEL))


def pod(stateful_set: Thing, number: int, revision: Thing) -> Thing:
    """The pod of this ordinal as of a revision."""
    name = f"{stateful_set['metadata']['name']}-{number}"
    labels = {
        "statefulset.kubernetes.io/pod-name": name,
        "apps.kubernetes.io/pod-index": str(number),
        revisions.LABEL: revision["metadata"]["name"],
    }
    made = owners.pod_from(stateful_set, revisions.template_of(revision), name, labels)
    spec = made["spec"]
    spec["hostname"] = name
    if service := stateful_set["spec"].get("serviceName"):
        spec["subdomain"] = service
    templates = stateful_set["spec"].get("volumeClaimTemplates") or ()
    own = {each["metadata"]["name"]: _claim_name(stateful_set, each, number) for each in templates}
    kept = [each for each in spec.get("volumes") or () if each["name"] not in own]
    claimed = [{"name": volume, "persistentVolumeClaim": {"claimName": claim}} for volume, claim in own.items()]
    if kept or claimed:
        spec["volumes"] = [*kept, *claimed]
    return made


def claims(stateful_set: Thing, number: int) -> Sequence[Thing]:
    """The claims of this ordinal's pod: they outlive it."""
    about = stateful_set["metadata"]
    return [
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {
                "name": _claim_name(stateful_set, template, number),
                "namespace": about["namespace"],
                "labels": {
                    **(template["metadata"].get("labels") or {}),
                    **(stateful_set["spec"]["selector"].get("matchLabels") or {}),
                },
            },
            "spec": copied(template["spec"]),
        }
        for template in stateful_set["spec"].get("volumeClaimTemplates") or ()
    ]


def _claim_name(stateful_set: Thing, template: Thing, number: int) -> str:
    return f"{template['metadata']['name']}-{stateful_set['metadata']['name']}-{number}"
