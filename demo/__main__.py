"""`make demo`: a cluster's nodes get their networks, in a region on this machine."""

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from demo.stack import ROOT, DeployError
from demo.story import Report, Story
from demo.watch import NotInTimeError
from local.region import Region
from nodenet.ranges import AddressRange


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--report", type=Path, default=ROOT / "build" / "demo" / "report.json")
    parser.add_argument("--json", action="store_true", help="print the report instead of the story")
    options = parser.parse_args()
    # Into a file or a pipe the table keeps its width.
    console = Console(stderr=options.json, highlight=False, width=None if sys.stdout.isatty() else 190)
    start = time.monotonic()

    def say(words: str) -> None:
        console.print(f"[dim]{time.monotonic() - start:5.1f} s[/dim]  {words}")

    with Region() as region:
        say(f"a region is up at {region.endpoint}")
        story = Story(region, say)
        try:
            report = story.play()
        except (DeployError, NotInTimeError) as error:
            console.print(f"[red]the story stops here:[/red] {error}")
            return 1
    written = {**asdict(report), "good": report.good, "total_seconds": round(time.monotonic() - start, 2)}
    options.report.parent.mkdir(parents=True, exist_ok=True)
    options.report.write_text(json.dumps(written, indent=2, default=str) + "\n")
    show(console, report)
    place = options.report.relative_to(ROOT) if options.report.is_relative_to(ROOT) else options.report
    console.print(f"\n{place} holds all of it.")
    if options.json:
        print(json.dumps(written, indent=2, default=str))
    return 0 if report.good else 1


def show(console: Console, report: Report) -> None:
    """The table of nodes, what they cost, and the checks."""
    table = Table(
        *("node", "zone", "group", "network", "interface", "card/index", "address", "pods' addresses"),
        *("ready after", "calls", "now"),
    )
    for node in report.nodes.values():
        for number, each in enumerate(node.interfaces):
            first = number == 0
            table.add_row(
                node.id if first else "",
                node.zone if first else "",
                node.kind if first else "",
                each["network"],
                each["interface_id"],
                f"{each['card']}/{each['index']}",
                each["address"],
                ", ".join(str(block) for text in each["ranges"] for block in AddressRange.parse(text).cidrs),
                f"{node.seconds:.1f} s" if first else "",
                str(node.calls) if first else "",
                (node.gone or "in service") if first else "",
            )
    console.print(table)
    for what, calls, count in (
        ("launch", report.launch_calls, report.wired),
        ("terminate", report.terminate_calls, sum(bool(node.gone) for node in report.nodes.values())),
    ):
        listed = ", ".join(f"{number} {operation}" for operation, number in calls.items())
        console.print(
            f"EC2 and Auto Scaling calls of the {what} function for {count} nodes, every event twice: {listed}"
        )
    console.print()
    for check in report.checks:
        console.print(
            f"{'[green]good[/green]' if check.good else '[red]BAD [/red]'}  {check.what}  [dim]{check.seen}[/dim]"
        )


if __name__ == "__main__":
    sys.exit(main())
