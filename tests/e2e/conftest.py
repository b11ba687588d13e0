"""A region with the stack and a cluster, and containers that do the work of the stack's functions."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from demo.stack import BUILT, ROOT, Stack, deploy
from demo.stage import Stage, build
from local.region import Region
from tests.e2e.door import door
from tests.e2e.engine import network
from tests.e2e.sam_local import CLAIMER, SamLocal, prepare


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The stack in a region of its own, where nothing but the tests invokes its functions."""
    if not BUILT.exists():
        made = subprocess.run(
            ["make", str(BUILT.relative_to(ROOT))], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert made.returncode == 0, made.stdout + made.stderr
    with Region() as region:
        deployed = deploy(region, ClaimerRoleArns=CLAIMER)
        leave_the_work_to_containers(region)
        yield deployed
        # The region runs the same functions: had one of them helped, the tests would show nothing.
        assert not [call for call in region.control.calls() if call.function]


@pytest.fixture(scope="session")
def stage(stack: Stack) -> Stage:
    """A VPC and a cluster, with its configuration in place."""
    made = build(stack.region, stack.cluster)
    stack.region.client("ssm").put_parameter(Name=stack.parameter, Value=made.document(), Type="String")
    return made


@pytest.fixture(scope="session")
def sam(stack: Stack, stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SamLocal]:
    """`sam local invoke`, whose containers reach the region through a network of their own."""
    port = urlsplit(stack.region.endpoint).port
    assert port
    with network() as (name, gateway), ExitStack() as opened:
        try:
            entry = opened.enter_context(door(gateway, port))
        except OSError as error:
            # So with engines that run in a machine of their own: Docker Desktop, or rootless ones.
            pytest.skip(f"containers cannot reach the region: {gateway} is no address of this machine ({error})")
        yield prepare(stack, BUILT, tmp_path_factory.mktemp("sam"), name, f"http://{gateway}:{entry}")


def leave_the_work_to_containers(region: Region) -> None:
    """Messages stay in their queues, and no schedule fires."""
    functions = region.client("lambda")
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    schedules = region.client("scheduler")
    for schedule in schedules.list_schedules()["Schedules"]:
        schedules.delete_schedule(Name=schedule["Name"])
