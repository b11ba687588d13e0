"""The script that user data brings to each boot of a node: it puts files in place, and starts the unit.

cloud-init runs boothooks on every boot, in cloud-init.service, when the network is up.
"""

import base64
import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from node.manifests.names import AGENT, UNIT

_UNPACK: Final = """\
/usr/bin/python3 - <<'END'
import base64, io, tarfile
tarfile.open(fileobj=io.BytesIO(base64.b64decode(\"\"\"
{archive}\"\"\"))).extractall("/")
END
"""

_FETCH: Final = """\
sum='{sha256}  '
if ! sha256sum --check --status <<<"$sum{path}" 2>/dev/null; then
  aws s3 cp --only-show-errors '{uri}' {path}.new
  sha256sum --check --quiet <<<"$sum{path}.new"
  chmod 755 {path}.new
  mv {path}.new {path}
fi
"""

_SCRIPT: Final = """\
#!/bin/bash
set -euo pipefail
umask 022
{unpack}{fetch}systemctl daemon-reload
systemctl enable {unit}
systemctl start --no-block {unit}
"""
"""Whoever waited for the unit here would wait for ever, where it comes after cloud-init.service."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The agent's file as an S3 object, which the node's role may get: `s3://bucket/key`, and its SHA-256 in hex."""

    uri: str
    sha256: str


def boothook(files: Mapping[str, bytes], agent: bytes | Stored) -> str:
    """A script that writes `files` and the agent, then starts the agent's unit without waiting for it.

    A stored agent is fetched once; another file under its name is not taken.
    """
    if isinstance(agent, Stored):
        fetch = _FETCH.format(sha256=agent.sha256, uri=agent.uri, path=AGENT)
    else:
        fetch, files = "", {**files, AGENT: agent}
    return _SCRIPT.format(unpack=_UNPACK.format(archive=_archive(files)), fetch=fetch, unit=UNIT)


def _archive(files: Mapping[str, bytes]) -> str:
    """A tar file in base64, root's, without times. Folders that are not there are made as it is unpacked. bzip2 makes
    the least of so short a program."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:bz2", format=tarfile.USTAR_FORMAT) as archive:
        for path, content in files.items():
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size = len(content)
            entry.mode = 0o755 if path == AGENT else 0o644
            archive.addfile(entry, io.BytesIO(content))
    return base64.encodebytes(packed.getvalue()).decode()
