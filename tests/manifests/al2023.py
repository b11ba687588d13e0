"""A node of AL2023, as far as user data goes: what cloud-init finds in it, and does with it."""

import email
import email.message
import gzip
import hashlib
import subprocess
from pathlib import Path
from typing import Any

from node.manifests.boothook import Stored
from node.manifests.node_config import Cluster, Kubelet
from node.manifests.user_data import user_data

CLUSTER = Cluster("prod", "https://x.eks.amazonaws.com", "Q0E=", "172.20.0.0/16")
KUBELET = Kubelet(max_pods=30, held_back=True)
UNIT_TEXT = "[Unit]\nDescription=as it stands in the unit test\n"
NETWORKS = '{"cluster":"prod","networks":[]}\n'


def made(agent: bytes | Stored = b"#!/usr/bin/python3\n", **fields: Any) -> bytes:
    return user_data(**{"networks": NETWORKS, "agent": agent, "unit": UNIT_TEXT, "kubelet": KUBELET, **fields})


def parts(made: bytes) -> list[tuple[str, str]]:
    """Content type and body of each part, by Python's email package as in cloud-init (cloudinit/user_data.py)."""
    if made.startswith(b"\x1f\x8b"):
        made = gzip.decompress(made)
    message = email.message_from_bytes(made)
    assert message.get_content_type() == "multipart/mixed"
    return [(part.get_content_type(), body(part)) for part in message.walk() if not part.is_multipart()]


def body(part: email.message.Message) -> str:
    decoded = part.get_payload(decode=True)
    assert isinstance(decoded, bytes)
    return decoded.decode()


def of_type(made: bytes, kind: str) -> str:
    (found,) = [body for type_, body in parts(made) if type_ == kind]
    return found


def boot(node: Path, text: bytes) -> list[str]:
    """Runs the boothook as cloud-init does: a file of mode 0700, on its own. Gives the calls of systemctl."""
    hook = node / "hook"
    hook.write_text(of_type(text, "text/cloud-boothook"))
    hook.chmod(0o700)
    (node / "calls").unlink(missing_ok=True)
    script = (
        f"mount --bind {node}/etc /etc && mount --bind {node}/local /usr/local && PATH={node}/bin:$PATH exec {hook}"
    )
    subprocess.run(["unshare", "--mount", "sh", "-c", script], check=True, cwd="/")
    return (node / "calls").read_text().splitlines()


def incompressible(size: int) -> bytes:
    return b"".join(hashlib.sha512(bytes(8) + number.to_bytes(8)).digest() for number in range(size // 64 + 1))[:size]
