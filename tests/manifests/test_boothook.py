"""What the boothook does on a node, at the first boot and at later ones."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from node.manifests.boothook import Stored
from node.manifests.names import AGENT, UNIT
from tests.manifests.al2023 import NETWORKS, UNIT_TEXT, boot, made


def test_on_the_first_boot_agent_unit_and_networks_are_put_in_place_and_the_unit_starts_without_being_waited_for(
    node: Path,
) -> None:
    """cloud-init.service, which runs boothooks, comes before nodeadm-run.service, which the unit comes before: who
    waited here would wait for ever."""
    agent = b"#!/usr/bin/python3\n" + hashlib.sha512(b"").digest() * 9
    calls = boot(node, made(agent))
    assert (node / "local" / "bin" / "nodenet-agent").read_bytes() == agent
    assert (node / "local" / "bin" / "nodenet-agent").stat().st_mode & 0o777 == 0o755
    assert (node / "etc" / "nodenet" / "networks.json").read_text() == NETWORKS
    assert (node / "etc" / "systemd" / "system" / UNIT).read_text() == UNIT_TEXT
    assert calls == ["daemon-reload", f"enable {UNIT}", f"start --no-block {UNIT}"]


def test_on_a_later_boot_it_does_the_same_again(node: Path) -> None:
    """cloud-init runs boothooks on every boot (cloud-init, "User data formats", "Cloud boothook")."""
    first = boot(node, made())
    before = {path: path.read_bytes() for path in node.glob("etc/**/*") if path.is_file()}
    assert boot(node, made()) == first
    assert {path: path.read_bytes() for path in node.glob("etc/**/*") if path.is_file()} == before


def test_what_others_have_in_those_folders_stays(node: Path) -> None:
    theirs = node / "etc" / "nodenet" / "theirs"
    theirs.parent.mkdir()
    theirs.write_text("theirs")
    theirs.parent.chmod(0o750)
    boot(node, made())
    assert theirs.read_text() == "theirs"
    assert theirs.parent.stat().st_mode & 0o777 == 0o750


AWS = """#!/bin/sh
echo "$@" >>{node}/fetched
for last; do :; done
cp {node}/stored "$last"
"""


def put(node: Path, content: bytes) -> Stored:
    """Puts the agent into a bucket, and an `aws` onto the node that gets it."""
    (node / "stored").write_bytes(content)
    aws = node / "bin" / "aws"
    aws.write_text(AWS.format(node=node))
    aws.chmod(0o755)
    return Stored("s3://bucket/nodenet-agent", hashlib.sha256(content).hexdigest())


def fetched(node: Path) -> list[str]:
    return (node / "fetched").read_text().splitlines()


def test_an_agent_in_a_bucket_is_fetched_once(node: Path) -> None:
    stored = put(node, b"agent 1")
    first = boot(node, made(stored))
    there = node / "local" / "bin" / "nodenet-agent"
    assert (there.read_bytes(), there.stat().st_mode & 0o777) == (b"agent 1", 0o755)
    assert fetched(node) == [f"s3 cp --only-show-errors s3://bucket/nodenet-agent {AGENT}.new"]
    assert boot(node, made(stored)) == first == ["daemon-reload", f"enable {UNIT}", f"start --no-block {UNIT}"]
    assert len(fetched(node)) == 1
    boot(node, made(put(node, b"agent 2")))
    assert there.read_bytes() == b"agent 2"


def test_another_file_in_the_bucket_is_not_taken(node: Path) -> None:
    wanted = put(node, b"agent 1")
    put(node, b"somebody else's")
    with pytest.raises(subprocess.CalledProcessError):
        boot(node, made(wanted))
    assert not (node / "local" / "bin" / "nodenet-agent").exists()
    assert not (node / "calls").exists()


def test_a_bucket_that_does_not_answer_leaves_the_agent_that_is_there(node: Path) -> None:
    """The unit is enabled since the first boot, and starts by itself."""
    boot(node, made(put(node, b"agent 1")))
    newer = put(node, b"agent 2")
    (node / "bin" / "aws").write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(subprocess.CalledProcessError):
        boot(node, made(newer))
    assert (node / "local" / "bin" / "nodenet-agent").read_bytes() == b"agent 1"
