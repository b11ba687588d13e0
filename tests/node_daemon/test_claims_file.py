"""The file that outlives the daemon."""

import json
from pathlib import Path

import pytest

from node.agent.claims_file import DEFAULT_PATH, ClaimsFile
from node.agent.pods import Holding
from tests.node_daemon.ledgers import A, C


def test_the_file_gives_back_what_was_written(tmp_path: Path) -> None:
    file = ClaimsFile(tmp_path / "lib" / "claims.json", "n1")
    assert file.read() == ([], {})
    registered, lives = [Holding("u", "default/a", 7, "n3", (A, C))], {("u", "n3"): 9}
    file.write(registered, lives)
    assert file.read() == (registered, lives)
    assert [path.name for path in (tmp_path / "lib").iterdir()] == ["claims.json"]


def test_what_was_written_is_kept_over_a_reboot() -> None:
    """systemd(1) and file-hierarchy(7): /run is emptied by a reboot, /var/lib is not. EC2 keeps a running instance's
    secondary addresses as well (EC2 User Guide, "Secondary IP addresses for your EC2 instances")."""
    assert DEFAULT_PATH.is_relative_to("/var/lib")


def test_what_another_node_wrote_is_left_aside(tmp_path: Path) -> None:
    """An AMI may be made of a node's disk. A copy that releases what it finds there takes it off living pods."""
    path = tmp_path / "claims.json"
    ClaimsFile(path, "n1").write([Holding("u", "default/a", 7, "n3", (A,))], {("u", "n3"): 9})
    other = ClaimsFile(path, "n2")
    assert other.read() == ([], {})
    other.write([], {})
    assert ClaimsFile(path, "n1").read() == ([], {}), "and it is the other's from then on"


SPOILT = ["", "{", "[]", "{}", '{"node": "n1", "registered": [{}], "lives": []}', json.dumps(None)]


@pytest.mark.parametrize("text", SPOILT)
def test_a_spoilt_file_is_as_none(tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "claims.json").write_text(text)
    assert ClaimsFile(tmp_path / "claims.json", "n1").read() == ([], {})
    assert "what was registered before is not known" in caplog.text


def test_a_file_that_cannot_be_written_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "run").write_text("a file where the folder should be")
    ClaimsFile(tmp_path / "run" / "claims.json", "n1").write([], {})
    assert "a restart will not know what to release" in caplog.text
