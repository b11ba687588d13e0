"""What a user may do, asked by the user ("Authorization", Checking API access)."""

from local.kubernetes.access import User
from local.kubernetes.paths import Place
from local.kubernetes.rbac import Rbac
from local.kubernetes.resources import Resource
from local.kubernetes.statuses import bad_request
from local.kubernetes.things import Thing, found

PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


def reviewed(rbac: Rbac, user: User, review: Thing) -> Thing:
    """A SelfSubjectAccessReview with its status; Refused (400) where it asks nothing."""
    spec = review.get("spec") or {}
    if asked := spec.get("resourceAttributes"):
        plural, group = asked.get("resource", ""), asked.get("group", "")
        resource = Resource(group, asked.get("version", ""), plural, "", bool(asked.get("namespace")))
        place = Place(resource, asked.get("namespace", ""), asked.get("name", ""), asked.get("subresource", ""))
        allowed = rbac.allows(user, asked.get("verb", ""), place)
    elif path := found(spec, "nonResourceAttributes", "path"):
        allowed = rbac.allows_path(user, spec["nonResourceAttributes"].get("verb", ""), path)
    else:
        raise bad_request("exactly one of nonResourceAttributes or resourceAttributes must be specified")
    return {
        "kind": "SelfSubjectAccessReview",
        "apiVersion": "authorization.k8s.io/v1",
        "metadata": {},
        "spec": spec,
        "status": {"allowed": allowed},
    }
