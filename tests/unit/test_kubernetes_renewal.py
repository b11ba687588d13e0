"""A token is used while it holds, made anew before it is spent, and never shown."""

import logging
import threading
from itertools import count

import httpx2
import pytest

from nodenet.kubernetes.connecting import Renewing

CLOCK = 1_000_000.0


@pytest.fixture(name="made")
def tokens_made() -> list[str]:
    return []


def renewing(made: list[str], clock: list[float], *refused: str) -> tuple[httpx2.Client, list[str]]:
    """A client whose tokens are token-1, token-2 …, and what it showed of them; some are not taken (401)."""
    shown: list[str] = []
    numbers = count(1)

    def make() -> str:
        made.append(f"token-{next(numbers)}")
        return made[-1]

    def answer(request: httpx2.Request) -> httpx2.Response:
        shown.append(request.headers["Authorization"].removeprefix("Bearer "))
        return httpx2.Response(401 if shown[-1] in refused else 200, text=request.content.decode())

    return httpx2.Client(transport=Renewing(httpx2.MockTransport(answer), make, lambda: clock[0])), shown


def test_a_token_is_used_for_fourteen_minutes(made: list[str]) -> None:
    """aws-iam-authenticator, pkg/token: presigned URLs are taken for fifteen minutes."""
    clock = [CLOCK]
    client, shown = renewing(made, clock)
    for seconds in (0, 13 * 60 + 59, 14 * 60, 14 * 60 + 5):
        clock[0] = CLOCK + seconds
        client.get("http://prod/")
    assert shown == ["token-1", "token-1", "token-2", "token-2"]


def test_a_clock_that_was_set_back_does_not_prolong_it(made: list[str]) -> None:
    clock = [CLOCK]
    client, shown = renewing(made, clock)
    client.get("http://prod/")
    clock[0] = CLOCK - 3600
    client.get("http://prod/")
    assert shown == ["token-1", "token-2"]


def test_one_that_is_not_taken_is_made_anew_once(made: list[str]) -> None:
    """The credentials that it was signed with can run out earlier."""
    client, shown = renewing(made, [CLOCK], "token-1")
    answer = client.post("http://prod/", content=b"whole")
    assert (answer.status_code, answer.text, shown) == (200, "whole", ["token-1", "token-2"])
    client, shown = renewing([], [CLOCK], "token-1", "token-2")
    assert client.get("http://prod/").status_code == 401
    assert shown == ["token-1", "token-2"]


def test_many_threads_make_one(made: list[str]) -> None:
    client, shown = renewing(made, [CLOCK])
    threads = [threading.Thread(target=client.get, args=("http://prod/",)) for _ in range(16)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (made, set(shown)) == (["token-1"], {"token-1"})


def test_no_token_is_logged_nor_told(made: list[str], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client, _ = renewing(made, [CLOCK], "token-1", "token-2")
    with pytest.raises(httpx2.HTTPStatusError) as caught:
        client.get("http://prod/").raise_for_status()
    assert made
    assert not any("token-" in text for text in (*caplog.messages, str(caught.value), repr(client)))
