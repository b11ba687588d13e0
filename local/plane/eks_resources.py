"""Which resource a call to EKS is checked on by IAM: the deepest one that its path names.

Service authorization reference, "Actions, resources, and condition keys for Amazon Elastic Kubernetes Service". What is
made is checked on its cluster, and by the tags of the request.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

_CLUSTER = re.compile(r"/clusters/(?P<cluster>[^/]+)(?:/(?P<kind>[a-z-]+)(?:/(?P<name>[^/]+))?)?")
_KINDS = {
    "access-entries": ("access_entries", "access-entry"),
    "addons": ("addons", "addon"),
    "fargate-profiles": ("fargate_profiles", "fargateprofile"),
    "node-groups": ("nodegroups", "nodegroup"),
}
_ARNS = ("access_entry_arn", "addon_arn", "fargate_profile_arn", "arn")


def resource(path: str, query: Mapping[str, Sequence[str]], region: str, account: str) -> str:
    """The ARN; "*" where the call is about no cluster. Of what is not there the last part is not known: "*" too."""
    if path.startswith("/tags/"):
        return unquote(path.removeprefix("/tags/"))
    match = _CLUSTER.match(path)
    if not match:
        return "*"
    of_cluster = f"arn:aws:eks:{region}:{account}:cluster/{unquote(match['cluster'])}"
    kind, name = match["kind"], match["name"]
    if kind == "updates":
        named = [("node-groups", each) for each in query.get("nodegroupName", ())]
        named += [("addons", each) for each in query.get("addonName", ())]
        kind, name = named[0] if named else (None, None)
    found = _found(account, region, unquote(match["cluster"]), kind, unquote(name or ""))
    return found or of_cluster


def tags_of(arn: str) -> dict[str, str] | None:
    """Of a cluster, or of what is in one; None where there is none of this ARN."""
    from moto.eks.models import eks_backends

    parts = arn.split(":", 5)
    for known, thing in eks_backends[parts[4]][parts[3]]._resources():
        if known == arn:
            return dict(thing.tags or {})
    return None


def request_tags(body: bytes) -> dict[str, Any]:
    """The condition keys of the tags that a call gives."""
    try:
        tags = json.loads(body or b"{}").get("tags") or {}
    except ValueError:
        return {}
    return {**{f"aws:RequestTag/{key}": value for key, value in tags.items()}, "aws:TagKeys": sorted(tags)}


def _found(account: str, region: str, cluster: str, kind: str | None, name: str) -> str | None:
    from moto.eks.models import eks_backends

    model = eks_backends[account][region].clusters.get(cluster)
    if not name or kind not in _KINDS:
        return None
    attribute, called = _KINDS[kind]
    thing = getattr(model, attribute, {}).get(name)
    known = next((str(getattr(thing, each)) for each in _ARNS if getattr(thing, each, None)), None)
    return known or f"arn:aws:eks:{region}:{account}:{called}/{cluster}/{name}/*"
