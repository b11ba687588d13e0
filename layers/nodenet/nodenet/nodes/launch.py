"""A batch of launch events: read once, decide for each node, wire the nodes in parallel, answer each action.

    messages → one DescribeInstances → a decision for each node → apply → complete the lifecycle action

Every step can be cut off after any call and done again: what is true is read from EC2 each time.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final

from nodenet.errors import HeldError, TransientError
from nodenet.events import Event, Ignored, InstanceState, LaunchAction, Rollback
from nodenet.interfaces.steps import Hold, Wait
from nodenet.networks import Instance, belongs_to
from nodenet.nodes.conclude import Conclusion
from nodenet.nodes.decide import Decided, decide
from nodenet.nodes.messages import Message
from nodenet.nodes.node import Claimed, Node
from nodenet.nodes.outcome import Outcome, State
from nodenet.nodes.ports import Configurations, Ec2, Store

TWIN_SECONDS: Final = 2
"""A node's action and its running event come within a second: the one that loses waits no longer than wiring takes."""

type Results = Mapping[str, Callable[[], Outcome]]
"""By message id: gives the outcome, or raises what nobody foresaw, for that message alone."""


@dataclass(frozen=True, slots=True)
class Launch:
    """The launch function's work. `hook` is the only lifecycle hook whose actions it answers.

    `claimed_until` (seconds since the epoch) is when this invocation is over at the latest.
    """

    cluster: str
    hook: str
    ec2: Ec2
    store: Store
    configurations: Configurations
    conclusion: Conclusion
    claimed_until: float

    def run(self, messages: Sequence[Message]) -> Results:
        """Handles a batch; returns when every node of it is done with, one way or another."""
        results: dict[str, Callable[[], Outcome]] = {}
        by_node: dict[str, list[Message]] = defaultdict(list)
        for message in messages:
            match message.event:
                case Rollback() as rollback:
                    results[message.id] = partial(self.conclusion.finish_rollback, rollback)
                case LaunchAction(action) if action.hook == self.hook:
                    by_node[action.instance_id].append(message)
                case InstanceState(instance_id, "running"):
                    by_node[instance_id].append(message)
                case event:
                    results[message.id] = partial(Outcome, State.IGNORED, _why_ignored(event, self.hook))
        nodes = [Node(instance_id, tuple(each)) for instance_id, each in by_node.items()]
        futures = self._handle(nodes) if nodes else {}
        return results | {message.id: futures[node.id].result for node in nodes for message in node.messages}

    def _handle(self, nodes: Sequence[Node]) -> dict[str, Future[Outcome]]:
        with ThreadPoolExecutor(len(nodes)) as pool:
            try:
                instances = self.ec2.instances([node.id for node in nodes])
            except (TransientError, HeldError) as error:
                return {node.id: pool.submit(self.conclusion.put_off, node, error) for node in nodes}
            claims = [pool.submit(self._claim, node, instances.get(node.id)) for node in nodes]
            won = [claim.result() for claim in claims if not claim.exception()]
            claimed = [each for each in won if isinstance(each, Claimed)]
            decided = self._decide(claimed) if claimed else []
            work = {each.node.id: (each, *decision) for each, decision in zip(claimed, decided, strict=True)}
            return {
                node.id: pool.submit(self.conclusion.conclude, *work[node.id])
                if node.id in work
                else pool.submit(_outcome, claim)
                for node, claim in zip(nodes, claims, strict=True)
            }

    def _claim(self, node: Node, instance: Instance | None) -> Claimed | Outcome:
        """The node, if it is this cluster's and no twin works on it; otherwise what came of it."""
        try:
            return self._claim_ours(node, instance)
        except (TransientError, HeldError) as error:
            return self.conclusion.put_off(node, error)

    def _claim_ours(self, node: Node, instance: Instance | None) -> Claimed | Outcome:
        if instance is None:
            return self.conclusion.unseen(node)
        if not belongs_to(self.cluster, instance.tags):
            return self.conclusion.skip(node, f"{node.id} has no tag that names cluster {self.cluster}")
        if instance.operator is not None:
            why = f"{node.id} is run by {instance.operator} (EKS Auto Mode), which lets nobody attach interfaces"
            return self.conclusion.skip(node, why)
        attempt = self.store.claim(node.id, self.claimed_until, node.messages[0].id, node.ended)
        if attempt is None:
            return self.conclusion.wait(node, TWIN_SECONDS, "another delivery is at work on it")
        return Claimed(node, instance, attempt)

    def _decide(self, claimed: Sequence[Claimed]) -> list[Decided]:
        try:
            return decide(claimed, self.configurations.load(), self.ec2)
        except TransientError as error:
            return [(None, Wait(10, str(error)))] * len(claimed)
        except HeldError as error:
            return [(None, Hold(str(error)))] * len(claimed)


def _outcome(claim: Future[Claimed | Outcome]) -> Outcome:
    outcome = claim.result()
    assert isinstance(outcome, Outcome)
    return outcome


def _why_ignored(event: Event, hook: str) -> str:
    match event:
        case Ignored(reason):
            return reason
        case LaunchAction(action):
            return f"hook {action.hook} is not {hook}: its action is another's to complete"
        case InstanceState(_, state):
            return f"nothing is launched when an instance is {state}"
        case _:
            return f"{type(event).__name__} is not for the launch function"
