"""Runs of a node side by side, for people."""

from collections.abc import Iterator, Sequence
from string import ascii_uppercase

from nodenet.capacity.ipamd.simulation import Sample
from nodenet_cli.runs import Simulated
from nodenet_cli.tables import Rows, Terminal, cell


def show(runs: Sequence[Simulated]) -> None:
    """What each run costs, then its addresses and calls second by second. A letter stands for its settings."""
    terminal = Terminal()
    for letter, each in zip(ascii_uppercase, runs, strict=False):
        terminal.print(cell(f"{letter}  {each.label}"))
    letters = ascii_uppercase[: len(runs)]
    terminal.part("The whole run", Rows(("", *letters), list(_costs(runs))))
    heads = [f"{letter} {what}" for letter in letters for what in ("addresses", "waiting", "calls")]
    terminal.part("Second by second", Rows(("second", "pods", *heads), list(_course(runs))))


def _costs(runs: Sequence[Simulated]) -> Iterator[Sequence[object]]:
    last = [each.run.samples[-1] for each in runs]
    yield "addresses at most", *(each.run.most for each in runs)
    yield "addresses at the end", *(sample.addresses for sample in last)
    yield "of them warm", *(sample.warm for sample in last)
    yield "seconds that pods waited", *(each.run.pod_seconds for each in runs)
    yield "EC2 calls", *(sample.calls for sample in last)
    for action in sorted({action for each in runs for action in each.run.calls}):
        yield f"  {action}", *(each.run.calls.get(action, 0) for each in runs)


def _course(runs: Sequence[Simulated]) -> Iterator[Sequence[object]]:
    for second in sorted({sample.second for each in runs for sample in each.run.samples}):
        at = [_at(each.run.samples, second) for each in runs]
        wanted = max(sample.pods + sample.waiting for sample in at)
        yield f"{second:g}", wanted, *(n for sample in at for n in (sample.addresses, sample.waiting, sample.calls))


def _at(samples: Sequence[Sample], second: float) -> Sample:
    """How it stands in a second: the last sample until then."""
    return next(sample for sample in reversed(samples) if sample.second <= second)
