"""The region as a process: started, used from other processes, emptied and ended."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local.region import Region, RegionStartError

ROOT = Path(__file__).resolve().parents[2]


def in_the_foreground(*arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-m", "local", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_printed_exports_make_any_client_talk_to_it_until_it_is_interrupted() -> None:
    region = in_the_foreground("--port", "0")
    assert region.stdout is not None
    exports = dict(os.environ)
    while not (line := region.stdout.readline()).startswith("# ready"):
        name, _, value = line.removeprefix("export ").strip().partition("=")
        exports[name] = value
    script = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
    client = subprocess.run([sys.executable, "-c", script], env=exports, capture_output=True, text=True, check=True)
    region.send_signal(signal.SIGINT)
    output, errors = region.communicate(timeout=20)
    assert client.stdout.strip() == "111122223333"
    assert (region.returncode, output, errors) == (0, "", "")


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        region = in_the_foreground("--port", str(taken.getsockname()[1]))
        _, errors = region.communicate(timeout=20)
    assert region.returncode == 1
    assert re.fullmatch(r"cannot listen on port \d+: Address already in use; .*\n", errors)


@pytest.mark.parametrize("arguments", [("--port", "99999"), ("--port", "http"), ("--speed", "0"), ("--speed", "fast")])
def test_a_wrong_argument_is_named(arguments: tuple[str, str]) -> None:
    region = in_the_foreground(*arguments)
    _, errors = region.communicate(timeout=20)
    assert region.returncode == 2
    assert f"argument {arguments[0]}: {arguments[1]} is not a" in errors


def test_a_region_that_cannot_start_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(RegionStartError):
        Region(port=taken.getsockname()[1])


def test_two_regions_know_nothing_of_each_other(region: Region) -> None:
    region.client("sqs").create_queue(QueueName="here")
    with Region() as other:
        assert not other.client("sqs").list_queues().get("QueueUrls")


def test_a_region_ends_with_the_process_that_started_it() -> None:
    script = "import os\nfrom local.region import Region\nprint(Region().endpoint, flush=True)\nos.kill(os.getpid(), 9)"
    started = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    port = int(started.stdout.strip().rpartition(":")[2])
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return
        assert time.monotonic() < deadline, "the region is still there"
        time.sleep(0.1)


def test_each_reset_empties_all_services_again(region: Region) -> None:
    """Twice, since what is emptied once may be cached where the second reset does not look."""
    ec2, sqs, autoscaling = (region.client(name) for name in ("ec2", "sqs", "autoscaling"))
    for _ in range(3):
        region.control.reset()
        assert not sqs.list_queues().get("QueueUrls")
        assert [vpc["CidrBlock"] for vpc in ec2.describe_vpcs()["Vpcs"]] == ["172.31.0.0/16"]
        assert autoscaling.describe_launch_configurations()["LaunchConfigurations"] == []
        sqs.create_queue(QueueName="left")
        ec2.create_vpc(CidrBlock="10.9.0.0/16")
        autoscaling.create_launch_configuration(
            LaunchConfigurationName="left", ImageId="ami-12c6146b", InstanceType="m5.large"
        )


def test_time_runs_at_the_speed_of_the_region_and_is_put_right_by_a_reset(fresh_region: Region) -> None:
    control = fresh_region.control
    assert abs(control.now() - time.time()) < 1
    control.speed = 1000
    time.sleep(0.1)
    control.speed = 1
    assert control.now() - time.time() > 90
    control.reset()
    assert abs(control.now() - time.time()) < 1
