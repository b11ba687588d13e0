"""The files by which a control plane's programs are set; each function writes one and answers with its flags."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from tests.e2e.kubernetes.credentials import write_kubeconfig

type Flags = Mapping[str, object]

_STAGES: Final = Path(__file__).with_name("stages")
_MADE_UP: Final = "addresses.yaml"


def reviewer(folder: Path, url: str) -> Flags:
    """Tokens are shown to who is at the URL, each time ("Webhook Token Authentication"); none are without a URL."""
    if not url:
        return {}
    file = folder / "reviewer.kubeconfig"
    write_kubeconfig(file, {"server": url}, {})
    return {
        "authentication-token-webhook-config-file": file,
        "authentication-token-webhook-version": "v1",
        "authentication-token-webhook-cache-ttl": "0s",
    }


def tunnel(folder: Path, socket: Path | None) -> Flags:
    """Pods, webhooks and aggregated APIs are reached through an HTTP proxy at a Unix socket, as a control plane does
    that is not in the cluster's network ("Set up Konnectivity service")."""
    if not socket:
        return {}
    connection = {"proxyProtocol": "HTTPConnect", "transport": {"uds": {"udsName": str(socket)}}}
    selections = {"egressSelections": [{"name": "cluster", "connection": connection}]}
    file = _written(folder / "egress.yaml", "apiserver.k8s.io/v1beta1", "EgressSelectorConfiguration", selections)
    return {"egress-selector-config-file": file}


def scheduler(folder: Path, kubeconfig: Path) -> Flags:
    """Alone, and not slowed down by its client's own limit."""
    settings = {
        "leaderElection": {"leaderElect": False},
        "clientConnection": {"kubeconfig": str(kubeconfig), "qps": 500, "burst": 1000},
    }
    file = _written(folder / "scheduler.yaml", "kubescheduler.config.k8s.io/v1", "KubeSchedulerConfiguration", settings)
    return {"config": file}


def stages(folder: Path, *, made_up_addresses: bool) -> Flags:
    """What kwok does for nodes and pods (kwok.sigs.k8s.io, "Stages")."""
    files = [each for each in sorted(_STAGES.glob("*.yaml")) if made_up_addresses or each.name != _MADE_UP]
    file = folder / "stages.yaml"
    file.write_text("---\n".join(each.read_text() for each in files))
    return {"config": file}


def _written(file: Path, version: str, kind: str, settings: Mapping[str, Any]) -> Path:
    file.write_text(yaml.safe_dump({"apiVersion": version, "kind": kind, **settings}))
    return file
