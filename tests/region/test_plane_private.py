"""The region stands on private names of one version of ministack: what it checks before it uses them.

What each replacement does is tested where it shows: functions in test_lambda_*, delivery and time in
test_plane_events, the way of a call in test_plane_calls, policies in test_plane_identity, stacks in
test_plane_deploy.
"""

import re
from pathlib import Path

import pytest

from local.plane import private

SOURCES = sorted(Path(private.__file__).parents[1].rglob("*.py"))
USED = re.compile(r'private\.(?:get|replace)\(\s*"([^"]+)"|(?:_call|_check)\(\s*"(services\.[^"]+)"')


def test_the_installed_ministack_has_every_name_with_its_signature() -> None:
    private.check()
    private.check(private.LATE)


def test_every_private_name_in_use_is_checked_and_none_is_checked_in_vain() -> None:
    used = {name for path in SOURCES for match in USED.finditer(path.read_text()) for name in match.groups() if name}
    assert used == private.NAMES.keys() | private.LATE.keys()


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"services.sqs._no_such_name": None}, "services.sqs._no_such_name is gone"),
        ({"services.no_such_service.name": None}, "services.no_such_service.name is gone"),
        ({"services.sqs._queue_url": ("url",)}, "services.sqs._queue_url('name',) was services.sqs._queue_url('url',)"),
    ],
)
def test_what_has_moved_is_named(names: dict[str, tuple[str, ...] | None], message: str) -> None:
    with pytest.raises(private.MinistackChangedError, match=re.escape(message)):
        private.check(names)


def test_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private, "version", lambda _: "1.6.0")
    with pytest.raises(private.MinistackChangedError, match=r"version 1\.6\.0, not 1\.5\.33"):
        private.check({})


def test_a_name_that_is_not_checked_cannot_be_replaced() -> None:
    with pytest.raises(private.MinistackChangedError, match="replaced but not checked"):
        private.replace("services.sqs._queues_lock", lambda value: value)
