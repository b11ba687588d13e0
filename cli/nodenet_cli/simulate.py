"""`nodenet simulate`: pods come to a node and go, with one way to set the VPC CNI beside another."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import click

from nodenet.capacity.ipamd.simulation import Change, Sample
from nodenet_cli.access import Access, access_options
from nodenet_cli.formats import at_most_one, format_options, write_csv, write_json
from nodenet_cli.instance_types import complete_type, limits_of_one
from nodenet_cli.runs import REPEATED, Leaving, Node, Simulated, simulated
from nodenet_cli.settings import Environment, Numbers, Seconds, Setting, checked, laid_over

SAMPLE: Final = ("second", "pods", "waiting", "warm", "enis", "addresses", "prefixes", "calls")
"""Fields of a sample, in JSON and CSV; in CSV `settings` stands before them."""

LONGEST: Final = 24 * 3600
"""Seconds of a run: a day has 17,280 of ipamd's passes."""

MOST: Final = 26
"""Settings side by side: in the tables a letter stands for each."""


@click.command()
@click.argument("instance_type", metavar="TYPE", shell_complete=complete_type)
@click.option("--pods", type=Numbers(), required=True, help="How many pods run, one figure after the other.")
@click.option("--every", type=Seconds(), default="60s", show_default=True, help="Time from one figure to the next.")
@click.option("--seconds", type=Seconds(), help="Length of the run; otherwise 5 minutes from the last figure.")
@click.option("--set", "base", type=Setting(), multiple=True, help="Set a variable of aws-node; may be repeated.")
@click.option("--compare", type=Setting(), multiple=True, help="Other settings beside these; may be repeated.")
@click.option("--max-pods", metavar="N", type=click.IntRange(1), help="The kubelet's; otherwise EKS's for the type.")
@click.option("--networks", metavar="N", type=click.IntRange(0), default=0, help="ENIs that other networks take.")
@click.option("--room", metavar="N", type=click.IntRange(0), help="Addresses that the subnet has left for the node.")
@click.option(
    "--order",
    type=click.Choice(["random", "attached"]),
    default="random",
    show_default=True,
    help=f"How ipamd comes by its ENIs and addresses. random is what it does, and figures are then the mean of "
    f"{REPEATED} runs; attached is the tidiest that can happen, in one run.",
)
@click.option(
    "--leaving",
    type=click.Choice(["newest", "oldest", "random"]),
    default="newest",
    show_default=True,
    help="Which pods go first: the newest as a Deployment scales down, the oldest as in a roll-out, any as jobs end.",
)
@click.option("--seed", metavar="N", type=int, default=1, show_default=True, help="The same seed, the same chance.")
@format_options
@access_options
def simulate(
    instance_type: str,
    pods: tuple[int, ...],
    every: float,
    seconds: float | None,
    base: Sequence[Environment],
    compare: Sequence[Environment],
    max_pods: int | None,
    networks: int,
    room: int | None,
    order: str,
    leaving: Leaving,
    seed: int,
    as_json: bool,
    as_csv: bool,
    profile: str | None,
    region: str | None,
) -> None:
    """What warm addresses cost on one node as pods come and go.

    It follows the VPC CNI's daemon pass by pass, for one way to set it or several side by side: addresses held, EC2
    calls, and pods that wait. Pods that come at once are the hardest case.

    \b
    nodenet simulate m5.large --pods 0,20,5
    nodenet simulate m5.large --pods 0,20,5 --compare WARM_IP_TARGET=2,MINIMUM_IP_TARGET=12
    nodenet simulate m5.large --pods 0,20 --set ENABLE_PREFIX_DELEGATION=true --csv
    """
    at_most_one(json=as_json, csv=as_csv)
    if every <= 0:
        raise click.BadParameter("must be more than nought", param_hint="--every")
    if max(seconds or 0, (len(pods) - 1) * every) > LONGEST:
        raise click.UsageError(f"a run is of {LONGEST // 3600} hours at most")
    if len(compare) >= MOST:
        raise click.UsageError(f"at most {MOST - 1} --compare fit beside one another")
    common = laid_over(*base)
    environments = [laid_over(common, other) for other in ({}, *compare)]
    checked(environments)
    limits = limits_of_one(instance_type, Access(profile, region))
    node = Node(limits, networks, max_pods, room, order == "random", leaving, seed)
    changes = [Change(place * every, count) for place, count in enumerate(pods)]
    found = [simulated(node, environment, changes, seconds) for environment in environments]
    if as_json:
        write_json([_plain(each) for each in found])
    elif as_csv:
        write_csv(("settings", *SAMPLE), (row for each in found for row in _rows(each)))
    else:
        from nodenet_cli.simulate_tables import show

        show(found)


def _plain(simulated: Simulated) -> dict[str, Any]:
    return {
        "settings": dict(simulated.settings),
        "runs": len(simulated.runs),
        "most": simulated.mean(lambda run: run.most),
        "calls": dict(simulated.calls),
        "podSeconds": simulated.mean(lambda run: run.pod_seconds),
        "samples": [_sample(sample) for sample in simulated.runs[0].samples],
    }


def _rows(simulated: Simulated) -> Iterator[dict[str, Any]]:
    for sample in simulated.runs[0].samples:
        yield {"settings": simulated.label, **_sample(sample)}


def _sample(sample: Sample) -> dict[str, Any]:
    return {name: getattr(sample, name) for name in SAMPLE}
