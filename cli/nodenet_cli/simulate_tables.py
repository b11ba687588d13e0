"""Settings side by side, for people: what each costs in addresses, EC2 calls and pods that wait."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from string import ascii_uppercase
from typing import Final

from nodenet.capacity.ipamd.simulation import Run
from nodenet_cli.runs import Simulated
from nodenet_cli.tables import Rows, Terminal, cell


def show(found: Sequence[Simulated]) -> None:
    """What each of the settings costs, then addresses and calls second by second. A letter stands for the settings."""
    terminal = Terminal()
    letters, times = ascii_uppercase[: len(found)], len(found[0].runs)
    for letter, each in zip(letters, found, strict=True):
        terminal.print(cell(f"{letter}  {each.label}"))
    means = f", the mean of {times} runs: ipamd takes ENIs and addresses in no order" if times > 1 else ""
    terminal.part(f"What it costs{means}", Rows(("", *letters), list(_costs(found))))
    heads = [f"{letter} {what}" for letter in letters for what in ("addresses", "waiting", "calls")]
    one = ", in one of the runs" if times > 1 else ""
    terminal.part(
        f"Second by second{one}", Rows(("second", "pods", *heads), list(_course([each.runs[0] for each in found])))
    )


_COSTS: Final[Mapping[str, Callable[[Run], float]]] = {
    "addresses at most": lambda run: run.most,
    "addresses at the end": lambda run: run.samples[-1].addresses,
    "of them warm": lambda run: run.samples[-1].warm,
    "pods waiting at most": lambda run: max(sample.waiting for sample in run.samples),
    "pods waiting at the end": lambda run: run.samples[-1].waiting,
    "seconds that pods waited": lambda run: run.pod_seconds,
    "EC2 calls": lambda run: run.samples[-1].calls,
}


def _costs(found: Sequence[Simulated]) -> Iterator[Sequence[object]]:
    for name, figure in _COSTS.items():
        yield name, *(each.mean(figure) for each in found)
    calls = [each.calls for each in found]
    for action in sorted({action for each in calls for action in each}):
        yield f"  {action}", *(each.get(action, 0) for each in calls)


def _course(runs: Sequence[Run]) -> Iterator[Sequence[object]]:
    moments = [{sample.second: sample for sample in run.samples} for run in runs]
    at = [run.samples[0] for run in runs]
    for second in sorted({second for each in moments for second in each}):
        at = [each.get(second, before) for each, before in zip(moments, at, strict=True)]
        wanted = max(sample.pods + sample.waiting for sample in at)
        yield f"{second:g}", wanted, *(n for sample in at for n in (sample.addresses, sample.waiting, sample.calls))
