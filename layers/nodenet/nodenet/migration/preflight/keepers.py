"""Who keeps an object of Kubernetes or AWS as it is, and would set it back."""

from collections.abc import Mapping
from typing import Final

_OWNERS: Final = {
    "alpha.eksctl.io/nodegroup-name": "eksctl",
    "aws:cloudformation:stack-name": "CloudFormation",
    "aws:cdk:path": "CDK",
    "terraform": "Terraform",
    "managed-by": "",
    "ManagedBy": "",
    "managed_by": "",
}
_TERRAFORM: Final = ("terraform", "opentofu", "pulumi", "crossplane")
_FLUX: Final = ("kustomize.toolkit.fluxcd.io/", "helm.toolkit.fluxcd.io/")


def kept_by(marks: Mapping[str, str]) -> str:
    """By its labels and annotations together; empty where nothing is known to keep it. Argo CD's and Flux's marks come
    first: they may install by Helm.

    Sources: Argo CD, "Resource Tracking"; Flux, "Kustomization" and "HelmRelease"; Helm, "Labels and Annotations".
    """
    if "argocd.argoproj.io/tracking-id" in marks or "argocd.argoproj.io/instance" in marks:
        return "Argo CD"
    if any(key.startswith(_FLUX) for key in marks):
        return "Flux"
    if marks.get("app.kubernetes.io/managed-by") == "Helm" or "meta.helm.sh/release-name" in marks:
        return "Helm"
    return ""


def code_of(tags: Mapping[str, str]) -> str:
    """The infrastructure code that tags name; empty where none does."""
    for key, name in _OWNERS.items():
        if key in tags:
            value = tags[key]
            if name:
                return f"{name}" if key == "terraform" else f"{name} ({value})"
            if any(each in value.lower() for each in _TERRAFORM):
                return value
    return ""
