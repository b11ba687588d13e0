"""The story that `make demo-migration` tells, act by act; every word of it comes from what happens in the region."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rich.live import Live
from rich.markup import escape

from demo.checks import Check
from demo.migration import cluster, network
from demo.migration.before import changed, picture
from demo.migration.checks import after_move, after_return, no_denials
from demo.migration.cluster import NAME, TEAM
from demo.migration.figures import Figures, figures
from demo.migration.operator import Operator, Run
from demo.migration.progress import Progress
from demo.migration.serving import Watch
from demo.stack import BUILT, deploy
from demo.watch import until
from local.region import Region
from nodenet.migration.preflight.rendering import estimates, verdict

SPEED: Final = 40.0
"""Simulated seconds in a real one while runs go on."""

BLOCK: Final = "100.64.0.0/16"
WEB: Final[Mapping[str, Any]] = {
    "nodeGroups": ["web"],
    "cidrs": [BLOCK],
    "podSubnets": {zone: {"cidr": f"100.64.{32 * number}.0/19"} for number, zone in enumerate(network.ZONES)},
    "settle": "2s",
    "bake": "2s",
    "batch": "34%",
    "approval": {"timeout": "1h"},
}
BATCH: Final[Mapping[str, Any]] = {"nodeGroups": [TEAM], "batch": "34%", "drain": {"timeout": "2m"}}
"""Into the subnets that are there by then."""

type Say = Callable[[str], None]


@dataclass
class Told:
    """What the story leaves: the report of each run, in Markdown and as a page, the figures before the first run and
    after it, whether all is well, and how long each act took."""

    reports: dict[str, str] = field(default_factory=dict)
    pages: dict[str, Path] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    before: Figures = field(default_factory=Figures)
    after: Figures = field(default_factory=Figures)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        return bool(self.checks) and all(check.good for check in self.checks)


@dataclass
class Story:
    """Plays the acts in order. `say` is told what happens while it happens, `live` shows where a run is; pages and
    inputs are written into `folder`."""

    region: Region
    say: Say
    live: Live
    folder: Path
    template: Path = BUILT
    told: Told = field(default_factory=Told)

    def play(self, *, way_back: bool = True) -> Told:
        with self._act("deploy"):
            self._deploy()
        with self._act("cluster"):
            self._cluster()
        with self._act("preflight"):
            self._preflight()
        with self._act("move"):
            self._move()
        if way_back:
            with self._act("way back"):
                self._way_back()
        self.told.checks.append(no_denials(self.prod))
        return self.told

    def _deploy(self) -> None:
        self.region.control.enforce_identity(True)
        self.region.control.kubernetes(controllers=True, start=3, terminate=5)
        # The stack gives its functions access to the cluster, which must be there.
        self.prod = cluster.build(network.build(self.region))
        stack = deploy(self.region, f"nodenet-{NAME}", NAME, self.template, MigrateAndDrain="true")
        self.say(f"sam deploy has put {stack.name} into the region; IAM and Kubernetes' RBAC are enforced")
        self.operator = Operator(stack, self.folder)

    def _cluster(self) -> None:
        prod = self.prod
        self.region.control.delays(pending=10, shutting_down=10, vpc_block=10)
        self.region.control.speed = SPEED
        self.say(f"AWS and Kubernetes are {SPEED:g} times as fast as in life from now on; the functions are not")
        prod.apply_access()
        prod.group("web", 6)
        taint = {"key": "team", "value": TEAM, "effect": "NO_SCHEDULE"}
        prod.group(TEAM, 3, labels={"team": TEAM}, taints=[taint])
        prod.apply_workloads()
        until(lambda: sum(node.ready for node in prod.nodes.nodes()) == 9, "nine nodes are Ready")
        until(lambda: not prod.short(), "all workloads are available")
        prod.network.settled()
        prod.network.fill()
        self.told.before = figures(prod)
        self.say(f"cluster {NAME}: managed node groups web (6 nodes) and {TEAM} (3), in three zones; all is available")
        free = ", ".join(f"{count} of {block}" for block, count in self.told.before.free.items())
        self.say(f"the node subnets have nearly run out: free are {free}")

    def _preflight(self) -> None:
        found = self.operator.check("web", WEB)
        self.say(f"[bold]nodenet migration check web.json[/bold]: {escape(verdict(found))}")
        for each in found["findings"]:
            self.say(f"  {each['severity']:<8} {each['id']:<20} {escape(each['said'])}")
        for line in estimates(found):
            self.say(f"  [dim]{escape(line)}[/dim]")

    def _move(self) -> None:
        before = self.prod.of("web")
        with Watch(self.prod).on() as watch:
            run = self._start("move-web", WEB)
            progress = Progress(run, watch, self.live, self.say)
            progress.until(lambda run: bool(run.asks))
            self._answer(run, "approve")
            self._until_held(progress)
        self._write(run, "report.html")
        self.told.after = figures(self.prod)
        self.told.checks += after_move(self.prod, run, watch, before, BLOCK)

    def _way_back(self) -> None:
        before = picture(self.prod)
        with Watch(self.prod).on() as watch:
            here = self.prod.network.subnets_in(BLOCK)
            run = self._start("move-batch", {**BATCH, "podSubnets": here})
            progress = Progress(run, watch, self.live, self.say)
            progress.until(lambda run: run.status["step"] == "new_group" or _held(run))
            self._tighten()
            if held := self._until_held(progress):
                self._answer(run, "rollback")
                self._until_held(progress)
        self._write(run, "rolled-back.html")
        until(lambda: not self.prod.short(), "all workloads are available")
        self.told.checks += after_return(run, held, watch, list(changed(before, picture(self.prod))))

    def _tighten(self) -> None:
        """Past the preflight, which would have refused it."""
        budget = {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": "jobs", "namespace": cluster.NAMESPACE},
            "spec": {"minAvailable": 3, "selector": {"matchLabels": {"app": "jobs"}}},
        }
        self.prod.apply(budget)
        self.say("[yellow]somebody changes the budget of jobs: none of its 3 pods may go any more[/yellow]")

    def _start(self, name: str, given: Mapping[str, Any]) -> Run:
        run = self.operator.start(name, given)
        self.say(f"[bold]StartExecution {name}[/bold]: node group {given['nodeGroups'][0]} moves to {BLOCK}")
        return run

    def _answer(self, run: Run, word: str) -> None:
        self.live.update("")
        said = self.operator.nodenet(word, run.name).strip()
        self.say(f"[bold]nodenet migration {word} {run.name}[/bold]: {escape(said)}")

    def _until_held(self, progress: Progress) -> dict[str, Any] | None:
        """What is asked when a step is held; None where the run has ended instead."""
        progress.until(_held)
        if asked := progress.run.asks:
            self.say(f"[yellow]held in {asked['step']}: {escape(asked['error'])}: {escape(asked['cause'])}[/yellow]")
        return asked

    def _write(self, run: Run, name: str) -> None:
        self.live.update("")
        self.say(f"run {run.name} has ended: {escape(run.ending())}")
        page = self.folder / name
        page.write_text(run.report("html"))
        self.told.pages[run.name] = page
        self.told.reports[run.name] = run.report("md")

    @contextmanager
    def _act(self, name: str) -> Iterator[None]:
        start = time.monotonic()
        yield
        self.told.seconds[name] = round(time.monotonic() - start, 1)


def _held(run: Run) -> bool:
    """Whether a step waits for an answer."""
    return (run.asks or {}).get("kind") == "hold"
