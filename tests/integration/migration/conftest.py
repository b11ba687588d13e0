"""The deployed stack and a cluster for it, in a region of their own for each file of tests."""

from collections.abc import Iterator

import pytest

from demo.stack import BUILT, deploy
from local.region import Region
from tests.integration.migration.prod import NAME, Prod

SPEED = 60.0


@pytest.fixture(scope="module")
def prod() -> Iterator[Prod]:
    """Six managed nodes and three workloads, under IAM enforcement; a minute passes in a second."""
    if not BUILT.exists():
        pytest.fail("the stack is not built: run `make test`, which builds it")
    with Region() as region:
        region.control.enforce_identity(True)
        region.control.kubernetes(controllers=True)
        made = Prod(region)
        made.build()
        made.stack = deploy(region, cluster=NAME, MigrateAndDrain="true")
        made.apply_access()
        region.control.speed = SPEED
        made.managed(size=6)
        made.deployment("web", 9)
        made.stateful_set("db", 3)
        yield made
