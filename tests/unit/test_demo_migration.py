"""What `make demo-migration` tells, and whether it would notice what it is there to notice: without a region."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from lightkube import codecs
from lightkube.generic_resource import create_namespaced_resource
from rich.console import Console
from rich.live import Live

from demo.checks import Check
from demo.migration import network
from demo.migration.__main__ import show
from demo.migration.before import changed
from demo.migration.checks import after_return
from demo.migration.figures import Figures
from demo.migration.operator import Run
from demo.migration.progress import Progress
from demo.migration.serving import Look, Watch
from demo.migration.story import BATCH, WEB, Told
from demo.watch import NotInTimeError, until
from nodenet.migration.cluster import Budget, Owner, Pod
from nodenet.migration.input import parse
from nodenet.migration.report.markdown import as_markdown
from nodenet.migration.report.report import compose
from nodenet.migration.status import status
from tests.unit.migration.report.ran import held, ran

WORKLOADS = Path(network.__file__).with_name("workloads.yaml")
FORWARD = {"way": "forward", "step": "drain_old", "steps": [], "nodes": {"drained": 0, "of": 0}}


@dataclass
class Given(Run):
    """A run whose looks are given; it has ended after the last of them."""

    looks: list[dict[str, Any]] = field(default_factory=list)
    end: str = "SUCCEEDED"

    def look(self) -> bool:
        self.status = self.looks.pop(0)
        return bool(self.looks)

    def ending(self) -> str:
        return self.end


def _run(*looks: dict[str, Any], end: str = "SUCCEEDED") -> Given:
    return Given(SimpleNamespace(), "move", "arn", looks=list(looks), end=end)  # type: ignore[arg-type]


def _watch(ready: int, needed: int, *, terminating: bool = False) -> Watch:
    """Of "web", with pods of which one may be terminating."""
    owner = Owner("Deployment", "default", "web")
    pods = [Pod("default", f"web-{n}", str(n), "ip-1", owner, terminating=terminating and n == 0) for n in range(ready)]
    budgets = [
        Budget("default", "web", 1, ready, needed, ready),
        Budget("kube-system", "dns", 1, 2, 2, 2),
    ]
    prod = SimpleNamespace(
        workloads=SimpleNamespace(budgets=lambda: budgets),
        pods=SimpleNamespace(pods=lambda namespace: [pod for pod in pods if pod.namespace == namespace]),
        network=SimpleNamespace(targets=lambda: {"10.0.0.1": "healthy", "10.0.0.2": "draining"}),
    )
    return Watch(prod)  # type: ignore[arg-type]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def live() -> Iterator[Live]:
    console = Console(file=StringIO(), width=200)
    with Live(console=console, auto_refresh=False) as shown:
        yield shown


def _documents() -> list[dict[str, Any]]:
    return [each for each in yaml.safe_load_all(WORKLOADS.read_text()) if each]


def test_the_workloads_are_what_kubernetes_takes() -> None:
    create_namespaced_resource("elbv2.k8s.aws", "v1beta1", "TargetGroupBinding", "targetgroupbindings")
    for each in _documents():
        assert codecs.from_dict(each).metadata


def test_every_workload_has_one_budget_that_lets_a_pod_go() -> None:
    """A budget that covers no pod would make the watch see nothing, two for one pod make it be refused
    ("Disruptions", Kubernetes documentation)."""
    budgets = [each["spec"] for each in _documents() if each["kind"] == "PodDisruptionBudget"]
    workloads = [each["spec"] for each in _documents() if each["kind"] in ("Deployment", "StatefulSet")]
    assert len(workloads) == len(budgets)
    for spec in workloads:
        labels = spec["template"]["metadata"]["labels"]
        (own,) = [each for each in budgets if each["selector"]["matchLabels"] == labels]
        assert own.get("minAvailable") != spec["replicas"]


def test_the_inputs_are_right() -> None:
    subnets = {zone: f"subnet-{number:017x}" for number, zone in enumerate(network.ZONES)}
    assert parse(dict(WEB), "prod").approval
    assert {each.zone for each in parse({**BATCH, "podSubnets": subnets}, "prod").pod_subnets} == set(network.ZONES)


def test_a_look_tells_who_is_below_its_budget() -> None:
    assert Look({"web": 7, "db": 3}, {"web": 8, "db": 2, "api": 1}).short() == [
        "web: 7 of 8 ready",
        "api: 0 of 1 ready",
    ]
    assert str(Look({"web": 9}, {"web": 8}, 9)) == "web 9 (≥8), 9 targets healthy"


def test_a_pod_that_is_ending_does_not_serve() -> None:
    good, bad = _watch(9, 9), _watch(9, 9, terminating=True)
    for watch in (good, bad):
        with watch.on():
            pass
    assert (good.short, good.fewest, good.fewest_targets) == ([], {"web": 9}, 1)
    assert bad.short[0] == "web: 8 of 9 ready"


def test_a_watch_that_cannot_look_any_more_says_so_and_its_check_is_bad() -> None:
    watch = _watch(3, 2)
    with watch.on():
        watch.prod.network.targets = None  # type: ignore[method-assign,assignment]
        until(lambda: bool(watch.failed), "the watch to fail")
    assert "TypeError" in watch.failed
    run = _run(FORWARD | {"outcome": "rolled back"}, end="FAILED: RolledBack")
    run.look()
    served = after_return(run, {"step": "DrainOld", "cause": "a budget"}, watch, [])[2]
    assert (served.good, served.seen) == (False, watch.failed)


def test_what_differs_is_told_and_what_is_the_same_is_not() -> None:
    before = {"node groups": ["web"], "nodes": {"ip-1": (False, []), "ip-2": (False, [])}, "blocks": ["10.0.0.0/16"]}
    assert list(changed(before, before)) == []
    now = {"node groups": ["web", "web-2"], "nodes": {"ip-1": (True, [])}, "blocks": ["10.0.0.0/16"]}
    assert list(changed(before, now)) == [
        "node groups: ['web'] before, ['web', 'web-2'] now",
        "nodes: ip-1 was (False, []), is (True, [])",
        "nodes: ip-2 was (False, []), is gone",
    ]


@pytest.mark.parametrize(
    ("outcome", "end", "asked", "differing", "bad"),
    [
        ("rolled back", "FAILED: RolledBack", {"step": "DrainOld", "cause": "a budget"}, [], []),
        ("", "FAILED: Blocked: 1 finding must be mended", None, [], ["held", "ended"]),
        ("moved", "SUCCEEDED", {"step": "DrainOld", "cause": "a budget"}, [], ["ended"]),
        ("rolled back", "FAILED: RolledBack", {"step": "Canary", "cause": "x"}, ["nodes: …"], ["held", "as it was"]),
    ],
)
def test_a_way_back_is_good_only_where_it_was_held_and_left_nothing(
    outcome: str, end: str, asked: dict[str, Any] | None, differing: list[str], bad: list[str]
) -> None:
    run, watch = _run(FORWARD | {"outcome": outcome}, end=end), _watch(3, 2)
    run.look()
    with watch.on():
        pass
    found = [check.what for check in after_return(run, asked, watch, differing) if not check.good]
    assert len(found) == len(bad)
    assert all(word in what for word, what in zip(bad, found, strict=True))


def test_every_step_that_has_ended_is_told_once_and_a_question_ends_the_following(said: list[str], live: Live) -> None:
    now = status(ran())
    run = _run({}, now, status(held(ran())), now)
    progress = Progress(run, _watch(3, 2), live, said.append, every=0)
    progress.until(lambda run: bool(run.asks))
    assert (run.asks or {})["cause"] == "a budget | never"
    steps = [line.split("[dim]")[0].strip() for line in said if line.startswith("  ") and "drained" not in line]
    assert steps == ["preflight", "extend vpc", "apply eni configs", "switch cni", "new group"]
    assert sum("1 of 3 nodes drained; ready: " in line for line in said) == 1
    assert "drain old: 1 of 3 nodes in 2 batches, 9 pods evicted" in progress.line()


def test_a_run_that_goes_on_and_on_is_given_up(said: list[str], live: Live) -> None:
    with pytest.raises(NotInTimeError, match="run move goes on too long"):
        Progress(_run(FORWARD, FORWARD), _watch(3, 2), live, said.append, longest=0).until(lambda run: bool(run.asks))


def test_the_end_shows_the_report_what_changed_and_every_check() -> None:
    told = Told(
        reports={"move-web": as_markdown(compose(ran(), "moved", 1500.0))},
        pages={"move-web": Path("/somewhere/report.html")},
        checks=[Check("all is well", True, "[seen]"), Check("nothing is left", False, "one")],
        before=Figures({"10.0.0.0/25": 6}, {"web": {"10.0.0.0/16": 9}}, {"web": {29: 6}}),
        after=Figures({"10.0.0.0/25": 44}, {"web": {"100.64.0.0/16": 9}}, {"web-2": {20: 6}}),
    )
    assert not told.good
    page = StringIO()
    show(Console(file=page, width=200, highlight=False), told)
    text = page.getvalue()
    for words in (
        *(
            f"Migration {ran().id} of prod",
            "extend vpc",
            "9 in 10.0.0.0/16",
            "9 in 100.64.0.0/16",
            "6 nodes of at most 20",
        ),
        *("good  all is well  [seen]", "BAD   nothing is left  one", "report of move-web: /somewhere/report.html"),
    ):
        assert words in text
    assert [line.split() for line in text.splitlines() if "10.0.0.0/25" in line] == [
        ["│", "10.0.0.0/25", "│", "6", "│", "44", "│"]
    ]
