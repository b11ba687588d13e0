"""The file that outlives the daemon."""

import json
from pathlib import Path

import pytest

from node.agent.claims_file import ClaimsFile
from node.agent.pods import Holding
from tests.node_daemon.ledgers import A, C


def test_the_file_gives_back_what_was_written(tmp_path: Path) -> None:
    file = ClaimsFile(tmp_path / "run" / "claims.json")
    assert file.read() == ([], {})
    registered, lives = [Holding("u", "default/a", 7, "n3", (A, C))], {("u", "n3"): 9}
    file.write(registered, lives)
    assert file.read() == (registered, lives)
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["claims.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"registered": [{}], "lives": []}', json.dumps(None)])
def test_a_spoilt_file_is_as_none(tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "claims.json").write_text(text)
    assert ClaimsFile(tmp_path / "claims.json").read() == ([], {})
    assert "what was registered before is not known" in caplog.text


def test_a_file_that_cannot_be_written_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "run").write_text("a file where the folder should be")
    ClaimsFile(tmp_path / "run" / "claims.json").write([], {})
    assert "a restart will not know what to release" in caplog.text
