"""`make demo-migration`: node groups move to custom networking and serve meanwhile, in a region on this machine."""

import argparse
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.markdown import Markdown
from rich.markup import escape

from demo.migration.figures import tables
from demo.migration.operator import CommandError
from demo.migration.story import Story, Told
from demo.stack import BUILT, ROOT, DeployError
from demo.watch import NotInTimeError
from local.region import Region


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo-migration", description=__doc__)
    parser.add_argument("--no-way-back", action="store_true", help="leave out the second act")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "demo-migration", help="where reports go")
    parser.add_argument("--template", type=Path, default=BUILT, help="the built stack")
    options = parser.parse_args()
    # Into a file or a pipe the tables keep their width.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 190)
    start = time.monotonic()

    def say(words: str) -> None:
        console.print(f"[dim]{time.monotonic() - start:5.1f} s[/dim]  {words}")

    with Region() as region, Live(console=console, transient=True, refresh_per_second=8) as live:
        say(f"a region is up at {region.endpoint}")
        story = Story(region, say, live, options.folder, options.template)
        try:
            told = story.play(way_back=not options.no_way_back)
        except (CommandError, DeployError, NotInTimeError) as error:
            console.print(f"[red]the story stops here:[/red] {escape(str(error))}")
            return 1
        live.stop()
        show(console, told)
        acts = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in told.seconds.items())
        console.print(f"\nThe story took {time.monotonic() - start:.0f} s: {acts}.")
    return 0 if told.good else 1


def show(console: Console, told: Told) -> None:
    """The first run's report, what changed, the checks, and where the pages are."""
    for name, report in list(told.reports.items())[:1]:
        console.rule(f"the report of {name}")
        console.print(Markdown(report))
        console.rule()
    for table in tables(told.before, told.after):
        console.print(table)
    for check in told.checks:
        mark = "[green]good[/green]" if check.good else "[red]BAD [/red]"
        console.print(f"{mark}  {check.what}  ", end="")
        console.print(check.seen, style="dim", markup=False)
    for name, page in told.pages.items():
        place = page.relative_to(ROOT) if page.is_relative_to(ROOT) else page
        console.print(f"report of {name}: {place}", markup=False)


if __name__ == "__main__":
    sys.exit(main())
