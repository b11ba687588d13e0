"""Objects made by a controller: owner references, pods of a template, hashes of templates."""

import hashlib
import json
from collections.abc import Mapping

from local.kubernetes.things import Thing, copied

_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
"""Those of generated names (apimachinery, util/rand): no vowels, so that no words come about."""


def reference(owner: Thing) -> Thing:
    """The owner reference of an object's controller (apimachinery, meta/v1, NewControllerRef)."""
    about = owner["metadata"]
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": about["name"],
        "uid": about["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def pod_from(owner: Thing, template: Thing, name: str = "", labels: Mapping[str, str] | None = None) -> Thing:
    """A pod as controllers make it: named, or by generateName of its owner's."""
    given = copied(template.get("metadata") or {})
    about: Thing = {
        "namespace": owner["metadata"]["namespace"],
        "labels": {**(given.get("labels") or {}), **(labels or {})},
        "annotations": given.get("annotations") or {},
        "finalizers": given.get("finalizers") or [],
        "ownerReferences": [reference(owner)],
    }
    about |= {"name": name} if name else {"generateName": f"{owner['metadata']['name']}-"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {key: value for key, value in about.items() if value},
        "spec": copied(template["spec"]),
    }


def hash_of(template: Thing, collisions: int = 0) -> str:
    """A template's hash in the letters of generated names; real controllers have another algorithm, same use."""
    digest = hashlib.sha256(json.dumps([template, collisions], sort_keys=True).encode()).digest()
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:10])
