"""What must be true when the story is over. Each check asks the region, and says what it saw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from demo.ping import Ping
from demo.stack import Stack
from demo.stage import Stage
from demo.watch import at_rest, networks_by_node


@dataclass(frozen=True)
class Check:
    what: str
    good: bool
    seen: str


def check(
    stack: Stack, stage: Stage, wanted: Mapping[str, Sequence[str]], groups: Sequence[str], pings: Sequence[Ping]
) -> list[Check]:
    """`wanted` holds the networks of each node that is to be alive; all others must have left nothing. `pings` are
    empty where this machine can have none."""
    has = networks_by_node(stage)
    living = {node: sorted(names) for node, names in wanted.items()}
    members = [member for group in groups for member in stage.members(group)]
    waiting = [member["InstanceId"] for member in members if "Wait" in member["LifecycleState"]]
    dead = {
        name: stack.depth(url)
        for name, url in stack.outputs.items()
        if name.endswith(("DeadLetterQueue", "UndeliveredQueue"))
    }
    loose = [
        eni["NetworkInterfaceId"]
        for eni in stage.interfaces()
        if not eni.get("Attachment", {}).get("DeleteOnTermination")
    ]
    addresses = [each["PrivateIpAddress"] for eni in stage.interfaces() for each in eni["PrivateIpAddresses"]]
    ranges = {
        eni["NetworkInterfaceId"]: [each["Ipv4Prefix"] for each in eni["Ipv4Prefixes"]] for eni in stage.interfaces()
    }
    records = {node: stack.record(node).get("state", "none") for node in living}
    calls = stack.region.control.calls()
    denied = [
        call.operation for call in calls if "Denied" in (call.error or "") or "Unauthorized" in (call.error or "")
    ]
    return [
        Check(
            "every node has exactly its networks",
            {node: has.get(node) for node in living} == living,
            ", ".join(f"{node} {'+'.join(has.get(node, ['nothing']))}" for node in living),
        ),
        Check(
            "nothing is left of the nodes that went",
            has.keys() <= living.keys(),
            f"{sum(map(len, has.values()))} interfaces in all, on {len(has)} nodes",
        ),
        Check("every interface goes when its node goes", not loose, ", ".join(loose) or "DeleteOnTermination on all"),
        Check(
            "no two interfaces share an address", len(addresses) == len(set(addresses)), f"{len(addresses)} addresses"
        ),
        Check(
            "every node's pods have addresses of their own, registered in the VPC",
            all(ranges.values()) and not _shared(ranges),
            f"{sum(map(len, ranges.values()))} ranges on {len(ranges)} interfaces",
        ),
        *_answered(pings),
        Check("every lifecycle action is completed", not waiting, ", ".join(waiting) or f"{len(members)} in service"),
        Check("no message waits", at_rest(stack), "both queues are empty" if at_rest(stack) else "messages wait"),
        Check(
            "no message is in a dead-letter queue",
            not any(dead.values()),
            ", ".join(f"{name}: {depth}" for name, depth in dead.items()),
        ),
        Check("no call was denied by IAM", not denied, ", ".join(denied) or f"{len(calls)} calls"),
        Check(
            "every node's record says ready",
            set(records.values()) == {"ready"},
            ", ".join(f"{node} {state}" for node, state in records.items()),
        ),
    ]


def _answered(pings: Sequence[Ping]) -> list[Check]:
    if not pings:
        return []
    what = "pods on two nodes reach each other by each network, from the addresses that are registered for them"
    seen = ", ".join(f"{each.network}: {each.source} > {each.destination}" for each in pings)
    return [Check(what, all(each.good for each in pings), seen)]


def _shared(ranges: Mapping[str, Sequence[str]]) -> bool:
    """Whether two interfaces have one prefix; prefixes are aligned, so they are the same or apart."""
    every = [each for held in ranges.values() for each in held]
    return len(every) != len(set(every))
