"""How many floating addresses a second: a thousand pods on a hundred nodes under EC2's rates, twice over.

`python -m benchmarks.claims` measures this alone. First every pod is new; then every pod moves to the next node. The
bound is what EC2's rates alone would take if each node's interface were asked for once a wave.
"""

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Any, Final

from demo.stack import Stack, deploy
from demo.stage import Stage, build
from demo.watch import networks_by_node, until
from local.region import Region

ASSIGN_RATE, ASSIGN_BURST = 5, 100
"""AssignPrivateIpAddresses: "Request throttling for the Amazon EC2 API", EC2 Developer Guide."""

CLUSTER: Final = "floating"
TAGS: Final = {"eks:cluster-name": CLUSTER, "eks:nodegroup-name": "upf"}
CLAIMER: Final = "arn:aws:iam::111122223333:role/claimer"
DOCUMENT: Final = """\
cluster: floating
networks:
  - {{name: n3, subnets: [{subnet}], securityGroups: [{group}], addresses: {{ipv4: {{floating: {first}-{last}}}}}}}
nodeGroups:
  - {{select: {{eks:nodegroup-name: upf}}, networks: [n3]}}
"""


def measure(region: Region, nodes: int = 100, pods_of_each: int = 10) -> dict[str, Any]:
    """Deploys a stack of its own into the region, launches the nodes, and has their pods claim."""
    stack, stage = deploy(region, "nodenet-floating", CLUSTER, ClaimerRoleArns=CLAIMER), build(region, CLUSTER, block=9)
    addresses = _configure(stack, stage, nodes * pods_of_each)
    names = _launch(stage, nodes)
    control = region.control
    control.rates(on=True)
    before, start = control.calls()[-1].number, time.monotonic()
    waves = []
    for wave in range(2):
        begun = time.monotonic()
        # In the second wave each pod is made anew on the next node.
        on = {address: names[(place // pods_of_each + wave) % nodes] for place, address in enumerate(addresses)}
        for node in names:
            _claim(stack, node, [address for address, where in on.items() if where == node], generation=wave)
        until(lambda on=on: _where(stage) == on, "every pod's address on its node", 900)  # type: ignore[misc]
        waves.append(round(time.monotonic() - begun, 1))
    seconds = time.monotonic() - start
    control.rates(on=False)
    made = control.calls(function=stack.outputs["ClaimFunction"], after=before)
    spent = Counter(call.operation for call in made if call.service == "ec2")
    bound = max(0.0, (2 * nodes - ASSIGN_BURST) / ASSIGN_RATE)
    return {
        "nodes": nodes,
        "pods": len(addresses),
        "seconds": round(seconds, 1),
        "seconds_of_each_wave": waves,
        "bound_seconds": round(bound, 1),
        "registrations_per_second": round(2 * len(addresses) / seconds, 1),
        "bound_per_second": round(2 * len(addresses) / bound, 1) if bound else None,
        "ec2_calls": dict(spent),
        "throttled": sum(call.error == "RequestLimitExceeded" for call in made),
    }


def row(figures: dict[str, Any]) -> tuple[str, str]:
    """What the table says of it."""
    calls = figures["ec2_calls"].get("AssignPrivateIpAddresses", 0)
    done = f"{figures['registrations_per_second']} registrations a second in {figures['seconds']} s"
    bound = f"the rate of assigning alone takes {figures['bound_seconds']} s"
    spent = f"{calls} calls to assign, {figures['throttled']} of them throttled"
    what = f"{figures['pods']} pods on {figures['nodes']} nodes claim addresses, then move, under EC2's rates"
    return what, f"{done}; {bound}; {spent}"


def _configure(stack: Stack, stage: Stage, count: int) -> list[str]:
    """Declares a range of so many floating addresses; gives them."""
    subnet = stage.subnets["n3"][0]
    (described,) = stage.region.client("ec2").describe_subnets(SubnetIds=[subnet])["Subnets"]
    # The nodes' own addresses are the lowest of the subnet.
    first = ip_network(described["CidrBlock"])[512]
    addresses = [str(ip_address(int(first) + number)) for number in range(count)]
    document = DOCUMENT.format(subnet=subnet, group=stage.security_groups["n3"], first=addresses[0], last=addresses[-1])
    answer = stack.configure(document)
    assert answer["configuration"] == "good", answer["mistakes"]
    return addresses


def _launch(stage: Stage, count: int) -> list[str]:
    # In between a node may have the addresses of two nodes' pods: this type has room for 29.
    names = [stage.lone_node(TAGS, instance_type="m5.4xlarge") for _ in range(count)]
    until(lambda: all(networks_by_node(stage).get(name) == ["n3"] for name in names), "the nodes to be wired", 300)
    return names


def _claim(stack: Stack, node: str, addresses: list[str], generation: int) -> None:
    """What a node's agent sends of its pods: ten events at a time (PutEvents, EventBridge API Reference)."""
    entries = [
        {
            "EventBusName": stack.outputs["ClaimBus"],
            "Source": "nodenet.pods",
            "DetailType": "Pod Addresses Claimed",
            "Detail": json.dumps(
                {
                    "cluster": CLUSTER,
                    "node": node,
                    "network": "n3",
                    "addresses": [address],
                    "pod": f"core/pod-{address.replace('.', '-')}",
                    "generation": generation,
                }
            ),
        }
        for address in addresses
    ]
    events = stack.region.client("events")
    for some in (entries[place : place + 10] for place in range(0, len(entries), 10)):
        events.put_events(Entries=some)


def _where(stage: Stage) -> dict[str, str]:
    """The node of each floating address."""
    return dict(_pairs(stage))


def _pairs(stage: Stage) -> Iterator[tuple[str, str]]:
    for eni in stage.interfaces():
        for each in eni["PrivateIpAddresses"]:
            if not each["Primary"]:
                yield each["PrivateIpAddress"], eni["Attachment"]["InstanceId"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=100, help="with ten pods each (default 100)")
    options = parser.parse_args()
    with Region() as region:
        print(json.dumps(measure(region, options.nodes), indent=2))


if __name__ == "__main__":
    main()
