"""`nodenet simulate`: pods come to a node and go, with one way to set the VPC CNI beside another."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import click

from nodenet.capacity.ipamd.simulation import Change, Sample
from nodenet_cli.access import Access, access_options
from nodenet_cli.formats import at_most_one, format_options, write_csv, write_json
from nodenet_cli.instance_types import complete_type, limits_of
from nodenet_cli.runs import Leaving, Node, Simulated, simulated
from nodenet_cli.settings import Environment, Numbers, Seconds, Setting, checked, laid_over

SAMPLE: Final = ("second", "pods", "waiting", "warm", "enis", "addresses", "prefixes", "calls")
"""Fields of a sample, in JSON and CSV; in CSV `settings` stands before them."""


@click.command()
@click.argument("instance_type", metavar="TYPE", shell_complete=complete_type)
@click.option("--pods", type=Numbers(), required=True, help="How many pods run, one figure after the other.")
@click.option("--every", type=Seconds(), default="60s", show_default=True, help="Time from one figure to the next.")
@click.option("--seconds", type=Seconds(), help="Length of the run; otherwise until all has settled.")
@click.option("--set", "base", type=Setting(), multiple=True, help="Set a variable of aws-node; may be repeated.")
@click.option("--compare", type=Setting(), multiple=True, help="A run beside it with other settings; may be repeated.")
@click.option("--max-pods", metavar="N", type=click.IntRange(1), help="The kubelet's; otherwise EKS's for the type.")
@click.option("--networks", metavar="N", type=click.IntRange(0), default=0, help="ENIs that other networks take.")
@click.option("--room", metavar="N", type=click.IntRange(0), help="Addresses that the subnet has left for the node.")
@click.option(
    "--order",
    type=click.Choice(["attached", "random"]),
    default="attached",
    show_default=True,
    help="By which order ipamd looks through its ENIs. It has none itself, which scatters pods.",
)
@click.option(
    "--leaving",
    type=click.Choice(["newest", "oldest", "random"]),
    default="newest",
    show_default=True,
    help="Which pods go first. In a roll-out it is the oldest.",
)
@click.option("--seed", metavar="N", type=int, default=1, show_default=True, help="The same seed, the same order.")
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
    """Addresses and EC2 calls of one node of a TYPE while pods come and go.

    It follows the VPC CNI's daemon pass by pass: fewer warm addresses are more calls of EC2, and pods that wait.

    \b
    nodenet simulate m5.large --pods 0,20,5
    nodenet simulate m5.large --pods 0,20,5 --compare WARM_IP_TARGET=2,MINIMUM_IP_TARGET=12
    nodenet simulate m5.large --pods 0,20 --set ENABLE_PREFIX_DELEGATION=true --csv
    """
    at_most_one(json=as_json, csv=as_csv)
    if every <= 0:
        raise click.BadParameter("must be more than nought", param_hint="--every")
    common = laid_over(*base)
    environments = [laid_over(common, other) for other in ({}, *compare)]
    checked(environments)
    [limits] = limits_of([instance_type], Access(profile, region))
    node = Node(limits, networks, max_pods, room, order == "random", leaving, seed)
    changes = [Change(place * every, count) for place, count in enumerate(pods)]
    runs = [simulated(node, environment, changes, seconds) for environment in environments]
    if as_json:
        write_json([_plain(each) for each in runs])
    elif as_csv:
        write_csv(("settings", *SAMPLE), (row for each in runs for row in _rows(each)))
    else:
        from nodenet_cli.simulate_tables import show

        show(runs)


def _plain(simulated: Simulated) -> dict[str, Any]:
    run = simulated.run
    return {
        "settings": dict(simulated.settings),
        "most": run.most,
        "calls": dict(run.calls),
        "podSeconds": run.pod_seconds,
        "samples": [_sample(sample) for sample in run.samples],
    }


def _rows(simulated: Simulated) -> Iterator[dict[str, Any]]:
    for sample in simulated.run.samples:
        yield {"settings": simulated.label, **_sample(sample)}


def _sample(sample: Sample) -> dict[str, Any]:
    return {name: getattr(sample, name) for name in SAMPLE}
