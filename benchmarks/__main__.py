"""`make bench`: what a launch costs, in calls and in seconds, measured on the deployed stack in the local region.

Calls are exact. Seconds are this machine's: they say what nodenet itself adds, not how long EC2 takes.
"""

import argparse
import json
import statistics
import time
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import claims, planner
from demo.stack import ROOT, Stack, deploy
from demo.stage import Stage, build
from demo.watch import at_rest, networks_by_node, until
from local.region import Region

ATTACH_RATE, ATTACH_BURST = 5, 50
"""AttachNetworkInterface has the bucket of mutating calls ("Request throttling for the Amazon EC2 API")."""

UPF = {"eks:cluster-name": "bench", "eks:nodegroup-name": "upf"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--nodes", type=int, default=100, help="of the burst (default 100)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args()
    console = Console(stderr=options.json, highlight=False)
    with Region() as region:
        stack = deploy(region, "nodenet-bench", "bench")
        stage = build(region, "bench")
        # sourceDestCheck: false costs a call of its own, which is not what is counted here.
        stack.configure(stage.document().replace("    sourceDestCheck: false\n", ""))
        figures: dict[str, Any] = {}
        for name, measure in (("cold", cold), ("calls", calls), ("warm", warm)):
            figures[name] = measure(stack, stage)
            console.print(f"[dim]measured: {name}[/dim]")
        figures["burst"] = burst(stack, stage, options.nodes)
        console.print("[dim]measured: burst[/dim]")
        figures["claims"] = claims.measure(region, options.nodes)
    figures["planner"] = planner.measure()
    place = ROOT / "build" / "bench" / "report.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(figures, indent=2) + "\n")
    if options.json:
        print(json.dumps(figures, indent=2))
    show(console, figures, place)


def cold(stack: Stack, stage: Stage) -> dict[str, float]:
    """From the event to the record of the first node: the function's environment is made for it."""
    return {"seconds": _one(stack, stage)}


def calls(stack: Stack, stage: Stage) -> dict[str, Any]:
    """The calls of one launch with two networks at a hook, in their order."""
    control = stack.region.control
    hook = {
        "LifecycleHookName": stack.outputs["LaunchHook"],
        "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING",
        "HeartbeatTimeout": 600,
        "DefaultResult": "ABANDON",
    }
    before = control.calls()[-1].number
    control.disturb_deliveries(detail_type="EC2 Instance State-change Notification", delay=5, times=1)
    group = stage.self_managed_group("bench-calls", 1, UPF, [hook])
    until(lambda: [each["LifecycleState"] for each in stage.members(group)] == ["InService"], "the node in service")
    made = control.calls(function=stack.outputs["LaunchFunction"], after=before)
    until(lambda: at_rest(stack), "the queues to be empty")
    log = [f"{call.service}:{call.operation}" for call in made]
    budget = Counter(each for each in log if each.startswith(("ec2:", "autoscaling:")))
    return {"log": log, "ec2_and_auto_scaling": dict(budget), "sum": budget.total()}


def warm(stack: Stack, stage: Stage, nodes: int = 20) -> dict[str, float]:
    """The same for nodes that come one after the other, once the environment is there."""
    seconds = [_one(stack, stage) for _ in range(nodes)]
    return {
        "nodes": nodes,
        "median_seconds": statistics.median(seconds),
        "slowest_seconds": max(seconds),
    }


def burst(stack: Stack, stage: Stage, nodes: int) -> dict[str, float]:
    """Many nodes at once under EC2's documented rates, against the time that those rates alone would take."""
    control = stack.region.control
    control.rates(on=True)
    before = control.calls()[-1].number
    start = time.monotonic()
    launched = _launch(stage, nodes)

    def all_wired() -> bool:
        has = networks_by_node(stage)
        return all(has.get(node) == ["n3", "n6"] for node in launched)

    until(all_wired, "all nodes to be wired", 900)
    seconds = time.monotonic() - start
    control.rates(on=False)
    made = control.calls(function=stack.outputs["LaunchFunction"], after=before)
    until(lambda: at_rest(stack), "the queues to be empty", 900)
    spent = [call for call in made if call.service == "ec2"]
    bound = max(0.0, (2 * nodes - ATTACH_BURST) / ATTACH_RATE)
    return {
        "nodes": nodes,
        "seconds": round(seconds, 1),
        "bound_seconds": round(bound, 1),
        "ec2_calls": len(spent),
        "throttled": sum(call.error == "RequestLimitExceeded" for call in spent),
        "calls_per_node": round(len(spent) / nodes, 2),
    }


def _launch(stage: Stage, count: int) -> list[str]:
    answer = stage.region.client("ec2").run_instances(
        ImageId="ami-0abcdef1234567890",
        InstanceType="m5.2xlarge",
        MinCount=count,
        MaxCount=count,
        SubnetId=stage.subnets["nodes"][0],
        SecurityGroupIds=[stage.security_groups["nodes"]],
        TagSpecifications=[
            {"ResourceType": "instance", "Tags": [{"Key": key, "Value": value} for key, value in UPF.items()]}
        ],
    )
    return [each["InstanceId"] for each in answer["Instances"]]


def _one(stack: Stack, stage: Stage) -> float:
    start = time.monotonic()
    (node,) = _launch(stage, 1)
    while stack.record(node).get("state") != "ready":
        time.sleep(0.005)
        if time.monotonic() - start > 60:
            raise TimeoutError(f"{node} is not ready: {stack.record(node)}")
    return round(time.monotonic() - start, 3)


def show(console: Console, figures: dict[str, Any], place: Path) -> None:
    table = Table("what", "figure")
    counted = figures["calls"]["ec2_and_auto_scaling"]
    table.add_row(
        "calls of a launch with two networks",
        f"{figures['calls']['sum']}: " + ", ".join(f"{count} {name}" for name, count in counted.items()),
    )
    table.add_row("event to record, cold", f"{figures['cold']['seconds']:.2f} s")
    warm_figures = figures["warm"]
    table.add_row("event to record, warm (median)", f"{warm_figures['median_seconds'] * 1000:.0f} ms")
    each = figures["burst"]
    table.add_row(
        f"{each['nodes']} nodes at once under EC2's rates",
        f"{each['seconds']} s; the rate of attaching alone takes {each['bound_seconds']} s; "
        f"{each['calls_per_node']} EC2 calls a node, {each['throttled']} of them throttled",
    )
    table.add_row(*claims.row(figures["claims"]))
    table.add_row(*planner.row(figures["planner"]))
    console.print(table)
    console.print(f"{place.relative_to(ROOT)} holds all of it, the calls in their order too.")


if __name__ == "__main__":
    main()
