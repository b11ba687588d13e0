"""NodeConfig, which nodeadm reads on AL2023 (amazon-eks-ami, nodeadm/doc/api.md)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import yaml

from nodenet.errors import HeldError
from nodenet.migration.cluster import Taint

_API: Final = "node.eks.aws/v1alpha1"
_FOLDER: Final = "/etc/eks/nodeadm.d"
_TAINTS: Final = "--register-with-taints"
_LABELS: Final = "--node-labels"
_MAX_PODS: Final = "--max-pods"


def is_node_config(text: str) -> bool:
    """Whether user data is a NodeConfig alone."""
    try:
        return any(True for _ in _documents(text))
    except HeldError:
        return False


def behind(others: Sequence[str], max_pods: int | None, taint: Taint | None, labels: Mapping[str, str]) -> str:
    """A NodeConfig that says this when it is merged behind `others`, and leaves what they say else.

    nodeadm appends flags to flags, and lays documents of the kubelet's over each other (nodeadm/internal/api/merge.go).
    The kubelet takes the last --register-with-taints whole, and that in place of its document's registerWithTaints, but
    adds up --node-labels (kubernetes, pkg/util/flag, RegisterWithTaintsVar; component-base, cli/flag,
    MapStringString): so taints are said again here, with ours.
    """
    kubelet: dict[str, Any] = {}
    flags = [f"{_LABELS}={','.join(f'{key}={value}' for key, value in labels.items())}"] if labels else []
    if taint:
        flags.append(f"{_TAINTS}={','.join([*_taints(others), _flag(taint.key, taint.value, taint.effect)])}")
    if max_pods is not None:
        kubelet["config"] = {"maxPods": max_pods}
        if any(flag.startswith(_MAX_PODS) for flag in _flags(others)):
            flags.append(f"{_MAX_PODS}={max_pods}")
    return _text(kubelet | ({"flags": flags} if flags else {}))


def drop_in(max_pods: int) -> str:
    """A boothook that leaves a NodeConfig where nodeadm reads it after all others (amazon-eks-ami, "Overriding
    configuration with drop-in files"; AMIs from November 2025 on). cloud-init runs boothooks on each boot, before
    nodeadm-run.service. Files are read by their names: this one after those of nodenet's agent."""
    path, content = f"{_FOLDER}/90-nodenet-migration.yaml", _text({"config": {"maxPods": max_pods}})
    return f"#!/bin/sh\nmkdir -p {_FOLDER}\ncat > {path} <<'END'\n{content}END\n"


def _taints(others: Sequence[str]) -> list[str]:
    """Those that hold now, as a flag names them: the last flag's, or else the last document's."""
    flags = [flag.partition("=")[2].strip("'\"") for flag in _flags(others) if flag.startswith(f"{_TAINTS}=")]
    if flags:
        return [each for each in flags[-1].split(",") if each]
    listed = [config["registerWithTaints"] for config in _kubelets(others, "config") if "registerWithTaints" in config]
    return (
        [_flag(each["key"], each.get("value") or "", each["effect"]) for each in (listed[-1] or ())] if listed else []
    )


def _flag(key: str, value: str, effect: str) -> str:
    return f"{key}={value}:{effect}" if value else f"{key}:{effect}"


def _flags(others: Sequence[str]) -> list[str]:
    return [str(flag) for flags in _kubelets(others, "flags") for flag in flags]


def _kubelets(others: Sequence[str], name: str) -> Iterator[Any]:
    for text in others:
        for document in _documents(text):
            if found := ((document.get("spec") or {}).get("kubelet") or {}).get(name):
                yield found


def _documents(text: str) -> Iterator[dict[str, Any]]:
    try:
        documents = list(yaml.safe_load_all(text))
    except yaml.YAMLError as error:
        raise HeldError(f"the user data's NodeConfig is no YAML: {error}") from error
    for each in documents:
        if isinstance(each, dict) and str(each.get("apiVersion", "")).startswith("node.eks.aws/"):
            yield each


def _text(kubelet: Mapping[str, Any]) -> str:
    document = {"apiVersion": _API, "kind": "NodeConfig", "spec": {"kubelet": dict(kubelet)}}
    return yaml.safe_dump(document, sort_keys=False)
