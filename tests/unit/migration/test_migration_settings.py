"""What the template tells the functions of a migration."""

import pytest

from nodenet.errors import ConfigurationError
from nodenet.settings import MigrationSettings


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLUSTER", "RUNS_TABLE", "EVENT_BUS"):
        monkeypatch.setenv(f"NODENET_{name}", name.lower())
    for name in ("REPORTS_BUCKET", "FUNCTION_SUBNETS"):
        monkeypatch.delenv(f"NODENET_{name}", raising=False)


@pytest.mark.parametrize(("given", "subnets"), [("", ()), ("subnet-1", ("subnet-1",)), ("a,b", ("a", "b"))])
def test_the_functions_own_subnets(monkeypatch: pytest.MonkeyPatch, given: str, subnets: tuple[str, ...]) -> None:
    """Without a VPC the template gives an empty text."""
    monkeypatch.setenv("NODENET_FUNCTION_SUBNETS", given)
    assert MigrationSettings.read().own_subnets == subnets


def test_what_some_functions_alone_have_may_be_missing_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MigrationSettings.read().reports_bucket == ""
    monkeypatch.setenv("NODENET_CLUSTER", "")
    monkeypatch.delenv("NODENET_RUNS_TABLE")
    with pytest.raises(ConfigurationError) as caught:
        MigrationSettings.read()
    assert caught.value.mistakes == ("NODENET_CLUSTER is not set", "NODENET_RUNS_TABLE is not set")
