"""Which kinds one cluster's server has: the built-in ones, and those of its CustomResourceDefinitions, at once.

Source: "Extend the Kubernetes API with CustomResourceDefinitions".
"""

from collections.abc import Mapping

from local.kubernetes.fields import schemas
from local.kubernetes.fields.schemas import Schema
from local.kubernetes.paths import Place
from local.kubernetes.resources import BUILT_IN, Resource
from local.kubernetes.store import Store
from local.kubernetes.things import Thing, timestamp
from local.world import world

DEFINITIONS = BUILT_IN["apiextensions.k8s.io", "v1", "customresourcedefinitions"]
"""What defines kinds."""

_ENI_CONFIGS: Thing = {
    "metadata": {"name": "eniconfigs.crd.k8s.amazonaws.com"},
    "spec": {
        "group": "crd.k8s.amazonaws.com",
        "scope": "Cluster",
        "names": {"plural": "eniconfigs", "singular": "eniconfig", "kind": "ENIConfig", "listKind": "ENIConfigList"},
        "versions": [
            {
                "name": "v1alpha1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}
"""As amazon-vpc-cni-k8s installs it (charts/aws-vpc-cni, crds/customresourcedefinition.yaml)."""


class Kinds:
    """Looks into a store's definitions whenever they change."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._definitions: dict[tuple[str, str, str], Thing] = {}
        self._served: Mapping[tuple[str, str, str], Resource] = BUILT_IN
        store.watchers.append(self._changed)

    @property
    def served(self) -> Mapping[tuple[str, str, str], Resource]:
        """By (group, version, plural)."""
        return self._served

    def schema(self, resource: Resource) -> Schema:
        return schemas.of(resource, self._definitions.get((resource.group, resource.version, resource.plural)))

    def begin(self) -> None:
        """Defines what every EKS cluster has from the start."""
        self._store.create(Place(DEFINITIONS), _ENI_CONFIGS)

    def _changed(self, event: str, resource: Resource, thing: Thing) -> None:
        if resource != DEFINITIONS:
            return
        if event == "DELETED":
            self._clear(thing)
        served: dict[tuple[str, str, str], Resource] = dict(BUILT_IN)
        self._definitions = {}
        for definition in self._store.all(DEFINITIONS):
            if "deletionTimestamp" not in definition["metadata"]:
                for each in _resources(definition):
                    served[each.group, each.version, each.plural] = each
                    self._definitions[each.group, each.version, each.plural] = definition
        self._served = served
        name = Place(DEFINITIONS, "", thing["metadata"]["name"])
        if (now := self._store.find(name)) and not (now.get("status") or {}).get("conditions"):
            self._store.change(name, _establish, "status")

    def _clear(self, definition: Thing) -> None:
        """What was of a kind goes with the kind."""
        for resource in _resources(definition):
            for thing in self._store.all(resource):
                about = thing["metadata"]
                place = Place(resource, about.get("namespace", ""), about["name"])
                self._store.change(place, lambda each: each["metadata"].pop("finalizers", None))
                self._store.delete(place)


def _resources(definition: Thing) -> list[Resource]:
    spec = definition["spec"]
    return [
        Resource(
            spec["group"],
            version["name"],
            spec["names"]["plural"],
            spec["names"]["kind"],
            spec["scope"] == "Namespaced",
            frozenset(version.get("subresources") or ()),
            generation=True,
            custom=True,
        )
        for version in spec["versions"]
        if version.get("served", True)
    ]


def _establish(definition: Thing) -> None:
    now, spec = timestamp(world.clock.now()), definition["spec"]
    definition["status"] = {
        "acceptedNames": spec["names"],
        "storedVersions": [each["name"] for each in spec["versions"] if each.get("storage")],
        "conditions": [
            {"type": kind, "status": "True", "lastTransitionTime": now, "reason": reason, "message": message}
            for kind, reason, message in (
                ("NamesAccepted", "NoConflicts", "no conflicts found"),
                ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
            )
        ],
    }
