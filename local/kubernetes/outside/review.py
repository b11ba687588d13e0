"""Who shows a token, for an API server that asks ("Webhook Token Authentication"; API reference, TokenReview v1)."""

from typing import Any

from local.kubernetes import access, tokens
from local.kubernetes.statuses import Refused
from local.kubernetes.things import Thing

MASTERS = "system:masters"
"""The group that is allowed everything: so an access policy that allows everything is told."""

VIEWERS = "local:admin-view"
"""The group of those whose access policy lets them look at everything."""


def review(asked: Thing, cluster: Any, endpoint: str) -> Thing:
    """The TokenReview with its status. `cluster` is EKS's model; `endpoint` is where the region's STS is."""
    answer = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview"}
    try:
        arn = tokens.caller(asked["spec"]["token"], cluster.name, endpoint)
        who = access.user(arn, cluster)
    except Refused:
        return {**answer, "status": {"authenticated": False}}
    # The server adds system:authenticated itself.
    groups = who.groups - {"system:authenticated"}
    if who.verbs is None:
        groups |= {MASTERS}
    elif who.verbs:
        groups |= {VIEWERS}
    user = {"username": who.name, "groups": sorted(groups), "extra": {"arn": [arn]}}
    return {**answer, "status": {"authenticated": True, "user": user}}


def viewing() -> list[Thing]:
    """What allows VIEWERS to look (EKS user guide, "Review access policy permissions", AmazonEKSAdminViewPolicy)."""
    api = "rbac.authorization.k8s.io"
    about = {"apiVersion": f"{api}/v1", "metadata": {"name": VIEWERS}}
    rule = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]}
    return [
        {**about, "kind": "ClusterRole", "rules": [rule]},
        {
            **about,
            "kind": "ClusterRoleBinding",
            "roleRef": {"apiGroup": api, "kind": "ClusterRole", "name": VIEWERS},
            "subjects": [{"apiGroup": api, "kind": "Group", "name": VIEWERS}],
        },
    ]
