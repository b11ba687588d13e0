from collections.abc import Iterator

import pytest

from local.world import ACCOUNT, world
from tests.unit.cloud import Cloud


@pytest.fixture
def region(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What moto reads when a test begins a region in this process; its clock is stopped at the end."""
    monkeypatch.setenv("MOTO_ACCOUNT_ID", ACCOUNT)
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    monkeypatch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "false")
    yield
    world.clock.close()


@pytest.fixture
def cloud(region: None) -> Cloud:
    return Cloud()
