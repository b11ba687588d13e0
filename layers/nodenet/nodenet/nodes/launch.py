"""A batch of launch events: read once, decide for each node, wire the nodes in parallel, answer each action.

    messages → one DescribeInstances → a decision for each node → apply → complete the lifecycle action

Every step can be cut off after any call and done again: what is true is read from EC2 each time.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from nodenet.configuration.resolved import ResolvedGroup
from nodenet.errors import HeldError, TransientError
from nodenet.events import InstanceState, LaunchAction, Rollback
from nodenet.interfaces.steps import Decision, Hold, Wait
from nodenet.networks import Instance, belongs_to
from nodenet.nodes import decide
from nodenet.nodes.conclude import Conclusion
from nodenet.nodes.messages import Message, ignored
from nodenet.nodes.node import Claimed, Node
from nodenet.nodes.outcome import Outcome
from nodenet.nodes.ports import Configurations, Store

TWIN_SECONDS: Final = 2
"""A node's action and its running event come within a second: the one that loses waits no longer than wiring takes."""

VISIBLE_SECONDS: Final = 120
"""For how long EC2 may not show an instance that it has just launched, or its tags ("Eventual consistency", EC2 API
Reference)."""

type Results = Mapping[str, Callable[[], Outcome]]
"""By message id: gives the outcome, or raises what nobody foresaw, for that message alone."""


class Ec2(decide.Ec2, Protocol):
    def instances(self, instance_ids: Sequence[str]) -> dict[str, Instance]: ...


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
                    results[message.id] = partial(self.conclusion.failure.finish, rollback)
                case LaunchAction(action) if action.hook == self.hook:
                    by_node[action.instance_id].append(message)
                case InstanceState(instance_id, "running"):
                    by_node[instance_id].append(message)
                case event:
                    results[message.id] = partial(ignored, event, self.hook)
        nodes = [Node(instance_id, tuple(each)) for instance_id, each in by_node.items()]
        futures = self._handle(nodes) if nodes else {}
        return results | {message.id: futures[node.id].result for node in nodes for message in node.messages}

    def _handle(self, nodes: Sequence[Node]) -> dict[str, Future[Outcome]]:
        with ThreadPoolExecutor(len(nodes)) as pool:
            try:
                instances = self.ec2.instances([node.id for node in nodes])
            except (TransientError, HeldError) as error:
                return {node.id: pool.submit(self.conclusion.waiting.put_off, node, error) for node in nodes}
            claims = [pool.submit(self._claim, node, instances.get(node.id)) for node in nodes]
            won = [claim.result() for claim in claims if not claim.exception()]
            claimed = [each for each in won if isinstance(each, Claimed)]
            decided = self._decide(claimed) if claimed else []
            work = dict(zip((each.node.id for each in claimed), zip(claimed, decided, strict=True), strict=True))
            return {
                node.id: pool.submit(self._conclude, *work[node.id])
                if node.id in work
                else pool.submit(_outcome, claim)
                for node, claim in zip(nodes, claims, strict=True)
            }

    def _claim(self, node: Node, instance: Instance | None) -> Claimed | Outcome:
        """The node, if it is this cluster's and no twin works on it; otherwise what came of it."""
        try:
            return self._claim_ours(node, instance)
        except (TransientError, HeldError) as error:
            return self.conclusion.waiting.put_off(node, error)

    def _claim_ours(self, node: Node, instance: Instance | None) -> Claimed | Outcome:
        young = node.age < VISIBLE_SECONDS
        if instance is None or instance.gone:
            # Of an instance that is gone EC2 forgets the tags: a running event may have been any cluster's.
            if instance is None and young:
                return self.conclusion.waiting.wait(node, 5, "EC2 does not show the instance yet")
            return self.conclusion.gone(node, f"the instance is {instance.state if instance else 'unknown to EC2'}")
        if not belongs_to(self.cluster, instance.tags):
            if node.actions and young:
                return self.conclusion.waiting.wait(node, 5, "EC2 does not show the instance's tags yet")
            return self.conclusion.skip(node, f"{node.id} has no tag that names cluster {self.cluster}")
        if instance.operator is not None:
            why = f"{node.id} is run by {instance.operator} (EKS Auto Mode), which lets nobody attach interfaces"
            return self.conclusion.skip(node, why)
        claim = self.store.claim(node.id, self.claimed_until, node.messages[0].id, node.ended)
        if claim is None:
            return self.conclusion.waiting.wait(node, TWIN_SECONDS, "another delivery is at work on it")
        return Claimed(node, instance, claim)

    def _decide(self, claimed: Sequence[Claimed]) -> Sequence[decide.Decided | Exception]:
        decision: Decision
        try:
            return decide.decide(claimed, self.configurations.load(), self.ec2)
        except TransientError as error:
            decision = Wait(10, str(error))
        except HeldError as error:
            decision = Hold(str(error))
        nothing: ResolvedGroup | None = None
        return [(nothing, decision)] * len(claimed)

    def _conclude(self, claimed: Claimed, decided: decide.Decided | Exception) -> Outcome:
        if isinstance(decided, Exception):
            raise decided
        return self.conclusion.conclude(claimed, *decided)


def _outcome(claim: Future[Claimed | Outcome]) -> Outcome:
    outcome = claim.result()
    assert isinstance(outcome, Outcome)
    return outcome
