"""The real stack, deployed into a region that lives as long as the pytest process."""

import itertools
from collections.abc import Iterator

import pytest

from demo.stack import BUILT, Stack, deploy
from demo.stage import Stage, build
from local.region import Region

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def deployed() -> Iterator[Stack]:
    """A region of its own, since tests of the region itself empty theirs."""
    if not BUILT.exists():
        pytest.fail("the stack is not built: run `make test`, which builds it")
    with Region() as region:
        # The functions run with nothing but the permissions that the template gives them.
        region.control.enforce_identity(True)
        yield deploy(region)


@pytest.fixture
def stack(deployed: Stack) -> Iterator[Stack]:
    """The stack with nothing on order: no faults, delays, kills; rates off; time as fast as ours."""
    yield deployed
    control = deployed.region.control
    control.clear_faults()
    control.clear_kills()
    control.clear_deliveries()
    control.clear_messages()
    control.rates(on=False)
    control.latency({})
    control.delays(attach=0, detach=0, delete=0, visibility=0, pending=0, shutting_down=0)
    control.speed = 1


@pytest.fixture(scope="session")
def stage(deployed: Stack) -> Stage:
    made = build(deployed.region, deployed.cluster)
    deployed.configure(made.document())
    return made
