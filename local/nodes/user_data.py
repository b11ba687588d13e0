"""What an instance's user data tells its kubelet.

Sources: amazon-eks-ami, nodeadm/doc/examples.md (NodeConfig parts are merged in their order, files in
/etc/eks/nodeadm.d/ over them) and api.md; the AL2 AMI's bootstrap.sh (--kubelet-extra-args); Bottlerocket's
documentation, settings.kubernetes. Scripts are not run: of what they write only here-documents are seen.
"""

import base64
import binascii
import email
import gzip
import re
import shlex
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import yaml

_DROP_IN = re.compile(
    r"""/etc/eks/nodeadm\.d/[\w.-]+\s*(?:<<-?\s*['"]?(\w+)['"]?|)[^\n]*\n(.*?)^\s*\1\s*$""", re.DOTALL | re.MULTILINE
)
_HERE_FIRST = re.compile(
    r"""<<-?\s*['"]?(\w+)['"]?\s*>+?\s*/etc/eks/nodeadm\.d/[\w.-]+[^\n]*\n(.*?)^\s*\1\s*$""", re.DOTALL | re.MULTILINE
)


@dataclass
class Kubelet:
    """`max_pods` as the kubelet is told in user data, `forced_max_pods` in a file that prevails over all of that."""

    labels: dict[str, str] = field(default_factory=dict)
    taints: list[dict[str, str]] = field(default_factory=list)
    max_pods: int | None = None
    forced_max_pods: int | None = None


def kubelet_of(user_data: Any) -> Kubelet:
    """From user data as EC2 keeps it, in base64 or not, compressed or not; what cannot be read says nothing."""
    told = Kubelet()
    for kind, text in _parts(_decoded(user_data)):
        if kind == "application/node.eks.aws":
            told.max_pods = _node_config(told, text) or told.max_pods
        elif "settings" in kind:
            _bottlerocket(told, text)
        else:
            _script(told, text)
    return told


def _decoded(given: Any) -> str:
    raw = given if isinstance(given, bytes) else str(given or "").encode()
    with suppress(binascii.Error, ValueError):
        raw = base64.b64decode(raw, validate=True)
    if raw[:2] == b"\x1f\x8b":
        raw = gzip.decompress(raw)
    return raw.decode(errors="replace")


def _parts(text: str) -> Iterable[tuple[str, str]]:
    """(content type, content); plain user data is a script, a NodeConfig or Bottlerocket's settings."""
    if text.lstrip().lower().startswith(("mime-version:", "content-type: multipart")):
        for part in email.message_from_string(text.lstrip()).walk():
            content = part.get_payload(decode=True)
            if isinstance(content, bytes):
                yield part.get_content_type(), content.decode(errors="replace")
    elif "node.eks.aws" in text and not text.startswith("#!"):
        yield "application/node.eks.aws", text
    elif re.search(r"^\s*\[settings\b", text, re.MULTILINE):
        yield "settings", text
    else:
        yield "text/x-shellscript", text


def _node_config(told: Kubelet, text: str) -> int | None:
    """Takes in labels and taints; answers maxPods."""
    most: int | None = None
    try:
        documents = [each for each in yaml.safe_load_all(text) if isinstance(each, dict)]
    except yaml.YAMLError:
        return None
    for document in documents:
        kubelet = (document.get("spec") or {}).get("kubelet") or {}
        config = kubelet.get("config") or {}
        _flags(told, kubelet.get("flags") or [])
        told.taints += [_taint(each["key"], each.get("value"), each["effect"]) for each in _listed(config)]
        most = config.get("maxPods") or most
    return most


def _listed(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list(config.get("registerWithTaints") or [])


def _flags(told: Kubelet, flags: Iterable[str]) -> None:
    for flag in flags:
        name, _, value = flag.lstrip("-").partition("=")
        value = value.strip("'\"")
        if name == "node-labels":
            told.labels |= dict(each.partition("=")[::2] for each in value.split(",") if each)
        elif name == "register-with-taints":
            for each in filter(None, value.split(",")):
                what, _, effect = each.rpartition(":")
                told.taints.append(_taint(*what.partition("=")[::2], effect))
        elif name == "max-pods" and value.isdigit():
            told.max_pods = int(value)


def _script(told: Kubelet, text: str) -> None:
    for pattern in (_DROP_IN, _HERE_FIRST):
        for match in pattern.finditer(text):
            if match[1]:
                told.forced_max_pods = _node_config(told, match[2]) or told.forced_max_pods
    for line in text.replace("\\\n", " ").splitlines():
        if "bootstrap.sh" in line and "--kubelet-extra-args" in line:
            words = shlex.split(line, comments=True)
            after = words[words.index("--kubelet-extra-args") + 1 :] if "--kubelet-extra-args" in words else []
            _flags(told, after[0].split() if after else [])


def _bottlerocket(told: Kubelet, text: str) -> None:
    try:
        settings = tomllib.loads(text).get("settings", {}).get("kubernetes", {})
    except tomllib.TOMLDecodeError:
        return
    told.labels |= settings.get("node-labels", {})
    for key, values in settings.get("node-taints", {}).items():
        for each in [values] if isinstance(values, str) else values:
            value, _, effect = each.rpartition(":")
            told.taints.append(_taint(key, value, effect))
    told.max_pods = settings.get("max-pods") or told.max_pods


def _taint(key: str, value: str | None, effect: str) -> dict[str, str]:
    return {"key": key, "effect": effect} | ({"value": value} if value else {})
