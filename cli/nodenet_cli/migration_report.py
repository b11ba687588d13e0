"""`nodenet migration report`: what a run was and did."""

from pathlib import Path

import click

from nodenet.errors import HeldError
from nodenet_cli.access import Access, access_options
from nodenet_cli.ending import printable
from nodenet_cli.formats import write_json
from nodenet_cli.migration_stack import json_option, run_argument, stack, stack_options


@click.command()
@run_argument
@stack_options()
@access_options
@json_option
@click.option(
    "--html", metavar="FILE", type=click.Path(dir_okay=False, writable=True), help="Write it as a page instead."
)
def report(run: str, stack_name: str, profile: str | None, region: str | None, as_json: bool, html: str | None) -> None:
    """Writes a run's report, in Markdown; of a run that is under way, as it is now."""
    if as_json and html:
        raise click.UsageError("--json and --html do not go together: choose one")
    from nodenet.migration.report.markdown import as_markdown
    from nodenet.migration.report.page import as_page

    with stack(stack_name, Access(profile, region)) as runs:
        found = runs.ask(run, "report")["report"]
    if html:
        try:
            Path(html).write_text(as_page(found), encoding="utf-8")
        except OSError as error:
            raise HeldError(f"{html} cannot be written: {error.strerror}") from error
    elif as_json:
        write_json(found)
    else:
        click.echo(printable(as_markdown(found)), nl=False)
