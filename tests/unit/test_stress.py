"""Random orders of all that can happen at once: whatever it was, once the queues are empty everything is in its place.

A dozen seeds in `make test`. More with `NODENET_STRESS=500 pytest tests/unit/test_stress.py`, one with `-k '[7]'`.
Threads make two runs of a seed alike, not equal. An error that nobody foresaw, which would be a dead letter in the
end, fails the test where it is raised.
"""

import os
from collections.abc import Iterator

import pytest

from tests.unit.weather import Weather

SEEDS = int(os.environ.get("NODENET_STRESS", "12"))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_after_any_weather_every_node_has_its_networks_and_nothing_is_left(seed: int, region: None) -> None:
    weather = Weather(seed)
    for _ in range(weather.random.randint(8, 25)):
        weather.happen()
    weather.calm_down()
    assert list(out_of_place(weather)) == []


def out_of_place(weather: Weather) -> Iterator[str]:
    """Everything that is out of its place."""
    living = weather.living()
    told = {outcome.instance_id for kind, outcome in weather.cloud.bus.published if kind == "Node Network Failed"}
    for node in living:
        networks = weather.cloud.networks_of(node)
        may_lack = node == weather.lone and node in told and not weather.changed
        if networks != ["n3", "n6"] and not (may_lack and not networks):
            yield f"{node} has {networks}"
    yield from (f"a node is still {state}" for state in weather.cloud.states() if state != "InService")
    for eni in weather.cloud.enis():
        tags = {tag["Key"]: tag["Value"] for tag in eni["TagSet"]}
        kept, attachment = tags["nodenet:retention"] == "keep", eni.get("Attachment")
        what = f"{eni['NetworkInterfaceId']}, {eni['Description']} of {tags['nodenet:instance']},"
        if not attachment:
            if not kept:
                yield f"{what} is left over"
            continue
        if attachment["InstanceId"] not in living:
            yield f"{what} is attached to {attachment['InstanceId']}, which is gone"
        # Of a kept one the tag may be old: see test_kept_interfaces.py.
        if attachment["InstanceId"] != tags["nodenet:instance"] and not kept:
            yield f"{what} is attached to {attachment['InstanceId']}"
        if attachment["DeleteOnTermination"] == kept:
            yield f"{what} has DeleteOnTermination {not kept} and retention {tags['nodenet:retention']}"
