"""Whether load balancers reach the pods at the addresses that they have now. Pure."""

from collections.abc import Mapping

from nodenet.migration.drain.targets import Targets, short_name


def unhealthy(wanted: Mapping[str, set[str]], targets: Targets) -> list[str]:
    """The pods' addresses, by target group, at which there is no healthy target, a few words each. A target group that
    is gone misses nothing."""
    found = []
    for arn, addresses in wanted.items():
        if arn in targets:
            healthy = {target.rpartition(":")[0] for target, state in targets[arn].items() if state == "healthy"}
            missing = sorted(addresses - healthy)
            found += [f"target group {short_name(arn)} has no healthy target at {each}" for each in missing]
    return found
