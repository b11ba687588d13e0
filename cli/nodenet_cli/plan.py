"""`nodenet plan`: what addresses a fleet needs, and whether they are there."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from nodenet.errors import PlanningError
from nodenet_cli.access import Access, access_options
from nodenet_cli.ending import Exit
from nodenet_cli.formats import at_most_one, format_options, write_csv, write_json
from nodenet_cli.plan_csv import COLUMNS, rows
from nodenet_cli.settings import Environment, Factor, Setting, checked, laid_over

if TYPE_CHECKING:
    from nodenet_cli.planned import Planned

_FILE: Final = click.Path(dir_okay=False, writable=True)


@click.command()
@click.argument("file", metavar="[FILE]", required=False, type=click.Path(allow_dash=True))
@click.option("--cluster", metavar="NAME", help="Plan for a running EKS cluster, which is only read.")
@click.option("--kubeconfig", metavar="FILE", type=click.Path(), help="How to reach its API server, if not by EKS.")
@click.option("--context", metavar="NAME", help="Which context of the kubeconfig; otherwise the current one.")
@access_options
@click.option("--save", metavar="FILE", type=_FILE, help="Save what was read of the cluster, to edit and plan again.")
@click.option(
    "--set", "settings", type=Setting(), multiple=True, help="Plan with another value of a variable of aws-node."
)
@click.option("--scale", type=Factor(), help="X times as many nodes.")
@click.option("--no-advice", is_flag=True, help="Without what would help, which takes most of the time.")
@click.option("--all", "every", is_flag=True, help="Every row of the tables, not only the twenty worst.")
@format_options
@click.option(
    "--table",
    type=click.Choice(list(COLUMNS)),
    help="Which table --csv writes; otherwise subnets.",
)
@click.option("--html", metavar="FILE", type=_FILE, help="Write a page with charts too.")
def plan(
    file: str | None,
    cluster: str | None,
    kubeconfig: str | None,
    context: str | None,
    profile: str | None,
    region: str | None,
    save: str | None,
    settings: Sequence[Environment],
    scale: float | None,
    no_advice: bool,
    every: bool,
    as_json: bool,
    as_csv: bool,
    table: str | None,
    html: str | None,
) -> None:
    """What addresses a fleet needs, and whether they are there.

    FILE is a plan's document in YAML or JSON, - for standard input: see docs/reference/plan.md. Or name a running
    cluster, which is read and never changed.

    \b
    nodenet plan fleet.yaml
    nodenet plan fleet.yaml --scale 1.5 --set WARM_IP_TARGET=2 --set MINIMUM_IP_TARGET=12
    nodenet plan --cluster prod --save prod.yaml --html prod.html

    \b
    The exit status tells how it went:
    0  it fits
    1  there are mistakes in what was given, or no access to what was asked for
    2  these options do not exist, or do not go together
    3  it does not fit
    """
    if bool(file) == bool(cluster):
        raise click.UsageError("give either a FILE or --cluster")
    if not cluster and (save or kubeconfig or context):
        raise click.UsageError("--save, --kubeconfig and --context go with --cluster")
    if context and not kubeconfig:
        raise click.UsageError("--context goes with --kubeconfig")
    if table and not as_csv:
        raise click.UsageError("--table goes with --csv")
    at_most_one(json=as_json, csv=as_csv)
    changes = laid_over(*settings)
    checked([changes])

    from nodenet.capacity.answer import answer
    from nodenet.capacity.document import write
    from nodenet_cli.instance_types import Limits
    from nodenet_cli.plan_tables import show
    from nodenet_cli.planned import planned
    from nodenet_cli.source import of_cluster, of_file

    access = Access(profile, region)
    limits = Limits(access)
    if cluster:
        source = of_cluster(cluster, access, kubeconfig, context)
        if save:
            _save(save, write(source.document))
    else:
        source = of_file(str(file), limits, as_it_is=not changes and scale is None)
    found = planned(source, changes, scale, limits, advice=not no_advice)
    if html:
        _save(html, _page(found, source.title))
    if as_json:
        write_json({**answer(found.plan), "notes": list(found.notes)})
    elif as_csv:
        table = table or "subnets"
        write_csv(COLUMNS[table], rows(answer(found.plan), table))
    else:
        show(found.plan, found.fleet.headroom, notes=found.notes, every=every)
    click.get_current_context().exit(Exit.FITS if found.plan.fits else Exit.DOES_NOT_FIT)


def _save(file: str, text: str) -> None:
    """PlanningError where it cannot be written."""
    try:
        Path(file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise PlanningError([f"{file} cannot be written: {error.strerror}"])


def _page(found: "Planned", title: str) -> str:
    from nodenet.capacity.what_if import what_ifs
    from nodenet_cli.page import page

    return page(found.plan, found.fleet, title=title, made=datetime.now(UTC), what_ifs=what_ifs(found.fleet))
