"""Random orders of all that can happen, where networks give addresses: nobody shares in the end, nothing is lost.

Eight seeds in `make test`. More with `NODENET_STRESS=500 pytest tests/unit/test_slices_stress.py`.
"""

import os
from collections import Counter
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any, Final

import pytest

from nodenet.ranges import AddressRange
from nodenet.slices.sweep import GRACE_SECONDS, QUARANTINE_SECONDS, sweep
from tests.unit.test_stress import out_of_place
from tests.unit.weather import Weather

SEEDS = int(os.environ.get("NODENET_STRESS", "8"))

RANGES: Final = "[10.0.16.32-10.0.16.95, 10.0.17.32-10.0.17.95, 10.0.18.32-10.0.18.95]"
"""Four slices of 16 in each zone: fewer than the nodes that come and go, enough for those that live in the end."""

SLICE: Final = f"addresses: {{ipv4: {{slice: 16, from: {RANGES}}}}}"
PREFIXES: Final = "addresses: {ipv4: {prefixes: 1, otherwise: {addresses: 5}}}"


class SliceWeather(Weather):
    """The same, with a slice of n3 and a prefix of n6 for each node, more nodes that come and go in the first zone than
    it has slices, a sweep now and then, and a register that ages."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        keeps = self.random.choice(["", ", retention: keep"])
        self.keep = {"n3": SLICE + keeps, "n6": PREFIXES + (", retention: keep" if self.keep else "")}
        self.altered = False
        self.cloud.configure(networks=self.keep)

    def happen(self) -> None:
        if self.random.random() < 0.3:
            self.cloud.instance()
        super().happen()

    def configure(self) -> None:
        self.changed = True
        alike: list[dict[str, Any]] = [
            {"names": "n3"},
            {"group": "onFailure: continue"},
            {"networks": {**self.keep, "n3": f"{self.keep['n3']}, sourceDestCheck: false"}},
        ]
        other = [
            {"networks": {**self.keep, "n3": self.keep["n3"].replace("slice: 16", "slice: 32")}},
            {"networks": {**self.keep, "n3": self.keep["n3"].replace("slice: 16", "slice: 8")}},
            {"networks": {**self.keep, "n3": self.keep["n3"].replace(".95", ".79")}},
        ]
        further = self.random.choice([*alike, *other])
        self.altered = self.altered or further in other
        self.cloud.configure(**{"networks": self.keep, **further})

    def order_a_fault(self) -> None:
        super().order_a_fault()
        dice = self.random.random()
        if dice < 0.1:
            self.cloud.fail("CreateNetworkInterface", "InvalidIPAddress.InUse", skip=self.random.randint(0, 2))
        elif dice < 0.2:
            self.cloud.fail("CreateNetworkInterface", "InsufficientCidrBlocks", skip=self.random.randint(0, 2))

    def pass_time(self, seconds: float) -> None:
        """A register's minutes go by ten times as fast, so that what is freed is handed out again in the same run."""
        super().pass_time(seconds)
        self.cloud.register.age(10 * seconds)
        if self.random.random() < 0.4:
            self.sweep()

    def sweep(self) -> None:
        sweep(self.cloud, self.cloud.register, self.cloud.adapter_without_log)

    def calm_down(self) -> None:
        """Nodes for which the first zone has no slices go; the others are told of again."""
        self.cloud.configure(networks=self.keep)
        first = [node for node in self.living() if self.cloud.zone_of(node).endswith("a")]
        if surplus := [node for node in first if node != self.lone][1:]:
            self.cloud.ec2.terminate_instances(InstanceIds=surplus)
        self.changed = True
        super().calm_down()

    def settle(self) -> None:
        """All that is to come free has come free."""
        for _ in range(2):
            self.cloud.register.age(GRACE_SECONDS + QUARANTINE_SECONDS + 1)
            self.sweep()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_after_any_weather_nobody_shares_and_the_register_is_what_ec2_shows(seed: int, region: None) -> None:
    weather = SliceWeather(seed)
    for _ in range(weather.random.randint(8, 25)):
        weather.happen()
    weather.calm_down()
    weather.settle()
    assert [*out_of_place(weather), *out_of_order(weather)] == []


def out_of_order(weather: SliceWeather) -> Iterator[str]:
    """Every slice or prefix that is not where it should be."""
    shown: Counter[AddressRange] = Counter()
    for eni in weather.cloud.enis():
        held = [AddressRange.of(ip_network(each["Ipv4Prefix"])) for each in eni["Ipv4Prefixes"]]
        singles = [each for each in eni["PrivateIpAddresses"] if not each["Primary"]]
        shown.update(held)
        what = f"{eni['NetworkInterfaceId']}, {eni['Description']},"
        if not held and not singles:
            yield f"{what} has no addresses for pods"
        elif "n3" in eni["Description"] and not held and not weather.altered:
            yield f"{what} has no slice"
        if not weather.altered and (len(held), len(singles)) not in [(1, 0), (0, 5)]:
            yield f"{what} has {held} and {len(singles)} more"
    yield from (f"{each} is on {count} interfaces" for each, count in shown.items() if count > 1)
    entries = [entry for entry in weather.cloud.register.everything() if entry.free_after is None]
    for entry in entries:
        if not any(entry.range.overlaps(each) for each in shown) and not weather.altered:
            yield f"{entry.range} is held by {entry.holder}, and no interface has it"
    within = [AddressRange.parse(f"10.0.{16 + zone}.32-10.0.{16 + zone}.95") for zone in range(3)]
    for each in shown:
        if any(each in zone for zone in within) and not any(each.overlaps(entry.range) for entry in entries):
            yield f"{each} is on an interface and not in the register"
