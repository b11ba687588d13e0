"""Whatever order evictions, deaths and budgets come in: nothing is evicted that must not be, no budget is broken."""

from hypothesis import given, settings
from hypothesis import strategies as st

from nodenet.migration.drain.node import stays
from nodenet.migration.request import Drain
from tests.unit.migration.drain.cluster import Budget, Fake
from tests.unit.migration.drain.turning import asked, one_turn

PODS = st.lists(
    st.tuples(
        st.sampled_from(["n1", "n2"]),
        st.sampled_from(["web", "api"]),
        st.sampled_from(["Deployment", "StatefulSet", "DaemonSet", "Job", "none"]),
        st.booleans(),
        st.booleans(),
    ),
    max_size=8,
)
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("turn"), st.sampled_from(["n1", "n2"])),
        st.tuples(st.just("time"), st.integers(1, 60)),
        st.tuples(st.just("dies"), st.sampled_from(["n1", "n2", "n3"])),
        st.tuples(st.just("budget"), st.integers(0, 6)),
    ),
    max_size=25,
)
OPTIONS = st.builds(Drain, timeout=st.just(10_000), empty_dir=st.booleans(), bare_pods=st.booleans())


@settings(max_examples=300, deadline=None)
@given(PODS, EVENTS, OPTIONS, st.integers(0, 6))
def test_no_budget_is_broken_and_nothing_is_evicted_that_must_not_be(
    pods: list[tuple[str, str, str, bool, bool]], events: list[tuple[str, object]], options: Drain, minimum: int
) -> None:
    fake = Fake()
    for node in ("n1", "n2", "n3"):
        fake.add_node(node)
    for node, app, kind, ready, empty_dir in pods:
        if kind == "none":
            fake.add_pod(node, app, owner=None, ready=ready, empty_dir=empty_dir)
        else:
            fake.add_pod(node, app, kind, ready=ready, empty_dir=empty_dir)
    fake.budgets.append(Budget("web", minimum))
    for what, which in events:
        before = fake.healthy("web")
        match what, which:
            case "turn", str(node):
                evicted = len(fake.evicted)
                turn = one_turn(fake, asked(fake, node, options))
                if turn.outcome == "refused":
                    assert len(fake.evicted) == evicted
                assert fake.healthy("web") >= min(before, fake.budgets[0].minimum)
            case "time", int(seconds):
                fake.pass_time(seconds)
            case "dies", str(node) if node in fake.known:
                fake.remove_node(node)
            case "budget", int(number):
                fake.budgets[0].minimum = number
    assert not fake.deleted
    for pod in fake.evicted:
        assert not stays(pod)
        assert pod.owner or options.bare_pods
        assert options.empty_dir or not pod.empty_dir
