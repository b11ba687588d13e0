"""From an IAM principal to a user of the cluster: EKS's access entries and access policies.

Sources: EKS user guide, "Grant IAM users access to Kubernetes with EKS access entries", "Review access policy
permissions". Of the policies only two mean something here, and for whole clusters: what is under them gives nothing.
"""

from dataclasses import dataclass
from typing import Any

from local.kubernetes.statuses import unauthorized

_EVERYTHING = "AmazonEKSClusterAdminPolicy"
_TO_LOOK_AT = "AmazonEKSAdminViewPolicy"


@dataclass(frozen=True)
class User:
    """`verbs` are those that access policies allow on everything; None is all of them."""

    name: str
    groups: frozenset[str]
    verbs: frozenset[str] | None = frozenset()


def user(arn: str, cluster: Any) -> User:
    """The user that the caller of this ARN is in an EKS cluster; Refused (401) where it is nobody there.

    The account's root, whose keys the region's clients have, stands for who made the cluster: an administrator.
    """
    if arn.endswith(":root"):
        return User("kubernetes-admin", frozenset({"system:masters", "system:authenticated"}), None)
    account, kind, name, session = _principal(arn)
    for principal, entry in cluster.access_entries.items():
        # The ARN of a session leaves out the path that its role's has.
        about, _, path = principal.partition(f"::{account}:")
        if about and path.startswith(f"{kind}/") and path.rpartition("/")[2] == name:
            shown = entry.username.replace("{{SessionName}}", session.replace("@", "-"))
            return User(shown, frozenset({*entry.kubernetes_groups, "system:authenticated"}), _verbs(entry))
    raise unauthorized()


def _principal(arn: str) -> tuple[str, str, str, str]:
    """Account, kind (role or user), name and session's name."""
    account, _, rest = arn.split(":", 4)[4].partition(":")
    kind, *parts = rest.split("/")
    if kind == "assumed-role":
        return account, "role", parts[0], parts[-1]
    return account, kind, parts[-1], ""


def _verbs(entry: Any) -> frozenset[str] | None:
    policies = [
        arn.rpartition("/")[2]
        for arn, association in entry.policies.items()
        if association["accessScope"].get("type") == "cluster"
    ]
    if _EVERYTHING in policies:
        return None
    return frozenset({"get", "list", "watch"}) if _TO_LOOK_AT in policies else frozenset()
