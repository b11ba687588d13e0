"""What a DaemonSet may do in the cluster: its service account, and roles bound to it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from node.manifests.names import Document, labels

ROLE_ANNOTATION: Final = "eks.amazonaws.com/role-arn"
"""IAM roles for service accounts. EKS Pod Identity needs none: there the association names the account."""

_API: Final = "rbac.authorization.k8s.io"


def service_account(name: str, namespace: str, *, iam_role: str = "") -> Document:
    """`iam_role` is the ARN of the role that its pods take, or empty."""
    metadata: Document = {"name": name, "namespace": namespace, "labels": labels(name)}
    if iam_role:
        metadata["annotations"] = {ROLE_ANNOTATION: iam_role}
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}


def grant(name: str, namespace: str, rules: Sequence[Mapping[str, Any]], *, within: str = "") -> Sequence[Document]:
    """These rules to the service account of this name and namespace: in the whole cluster, or `within` a namespace."""
    kind = "Role" if within else "ClusterRole"
    metadata: Document = {"name": name, "labels": labels(name)}
    if within:
        metadata["namespace"] = within
    return [
        {"apiVersion": f"{_API}/v1", "kind": kind, "metadata": metadata, "rules": [dict(rule) for rule in rules]},
        {
            "apiVersion": f"{_API}/v1",
            "kind": f"{kind}Binding",
            "metadata": metadata,
            "roleRef": {"apiGroup": _API, "kind": kind, "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": namespace}],
        },
    ]
