"""Claims and releases through restarts, losses and half batches, in random orders."""

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from node.agent.claims import CLAIMED, Ledger, Telling
from tests.node_daemon.ledgers import FLOATING, A, B, C, Kept, changed, listed
from tests.node_daemon.things import pod

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("holds"), st.sampled_from("ab"), st.sets(st.sampled_from([A, B, C]))),
        st.tuples(st.just("gone"), st.sampled_from("ab")),
        st.tuples(st.sampled_from(["tell", "half", "lost", "restart"])),
    ),
    max_size=25,
)


@settings(max_examples=300, deadline=None)
@given(STEPS)
# A release that arrived unknown to the daemon, and the address back on the pod before it is sent again.
@example([("holds", "a", {A}), ("tell",), ("holds", "a", set()), ("lost",), ("holds", "a", {A})])
def test_whatever_happens_the_claimer_ends_with_what_the_pods_hold(steps: list[Any]) -> None:
    """Pods change, go and come anew, the daemon restarts, events are lost or half a batch fails; the claimer obeys the
    rules of generations. In the end its registrations are what pods hold."""
    memory, claimer = Kept(), _Claimer()
    ledger = Ledger(memory)
    ledger.listed([])
    lives: dict[str, int] = {}
    held: dict[str, set[str]] = {}

    def thing(name: str) -> dict[str, Any]:
        life = lives.setdefault(name, 0)
        entry = ("default/n3", ",".join(sorted(held[name])))
        return pod(name, entry, uid=f"{name}{life}", created=f"2026-11-20T12:{life:02}:00Z")

    for step, *about in steps:
        if step == "holds":
            held[about[0]] = about[1]
            changed(ledger, thing(about[0]))
        elif step == "gone" and about[0] in held:
            ledger.gone(thing(about[0])["metadata"]["uid"])
            del held[about[0]]
            lives[about[0]] += 1
        elif step == "restart":
            ledger = Ledger(memory)
            listed(ledger, *map(thing, held))
        elif step != "gone":
            claimer.serve(ledger, step)
    for _ in range(3):
        claimer.serve(ledger, "tell")
    assert claimer.registered() == {(name, each) for name, addresses in held.items() for each in addresses}


class _Claimer:
    """Keeps, for each pod and address, the highest generation it has heard of, and whether that has it."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[int, bool]] = {}

    def serve(self, ledger: Ledger, how: str) -> None:
        due = ledger.due(FLOATING)
        ledger.telling(due)
        for number, each in enumerate(due):
            if how == "half" and number % 2:
                ledger.failed(each)
                continue
            self._hear(each)
            # "lost": it arrived, and the daemon never heard that it had.
            (ledger.failed if how == "lost" else ledger.told)(each)

    def _hear(self, each: Telling) -> None:
        for address in each.holding.addresses:
            key = (each.holding.pod.partition("/")[2], address)
            generation, has = self._known.get(key, (-1, False))
            if each.holding.generation > generation or (each.holding.generation == generation and has):
                self._known[key] = (each.holding.generation, each.kind == CLAIMED)

    def registered(self) -> set[tuple[str, str]]:
        return {key for key, (_, has) in self._known.items() if has}
