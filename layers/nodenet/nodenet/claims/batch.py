"""A batch of claims and releases: read once, decide for each address, one call for each interface, answer each message.

Every step can be cut off after any call and done again: where an address is, EC2 says; what was begun, the register.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Final

from nodenet.claims.answer import malformed, node_put_off, outcomes_of, put_off, seconds_to_wait
from nodenet.claims.assign import in_parallel
from nodenet.claims.doing import Doing, Fates
from nodenet.claims.outcome import Outcome, State
from nodenet.claims.ports import Bus, Configurations, Ec2, Queue
from nodenet.claims.public import ElasticIps
from nodenet.claims.register import Key, Register
from nodenet.claims.requests import Ignored, Malformed, Message, NodeGone, Request, narrowed
from nodenet.claims.verdicts import Step
from nodenet.claims.view import View
from nodenet.claims.work import Asked, Item, has_floating, judge, left_by, networks_of, release_by, sorted_out
from nodenet.configuration.resolved import ResolvedNetwork
from nodenet.errors import HeldError, TransientError

type Outcomes = tuple[Outcome, ...]
type Gone = list[tuple[Message, NodeGone]]

_COMES_AGAIN: Final = (State.WAITING, State.HELD)


@dataclass(slots=True)
class _Done:
    """What was done. `error` is why nothing could be."""

    items: list[Item]
    steps: list[Step] = field(default_factory=list)
    fates: Fates = field(default_factory=dict)
    error: TransientError | HeldError | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """The claim function's work. `until` (seconds since the epoch) is when this invocation is over at the latest;
    `now` tells the same time."""

    cluster: str
    ec2: Ec2
    register: Register
    configurations: Configurations
    queue: Queue
    bus: Bus
    until: float
    now: Callable[[], float]

    def run(self, messages: Sequence[Message]) -> Mapping[str, Callable[[], Outcomes]]:
        """Handles a batch: what it returns gives, by message id, the outcomes, or raises what nobody foresaw."""
        outcomes: dict[str, list[Outcome]] = {message.id: [] for message in messages}
        items: list[Item] = []
        gone: Gone = []
        for message in messages:
            match message.event:
                case Request() as request:
                    items.append(Item(message, request))
                case NodeGone() as event:
                    gone.append((message, event))
                case Malformed() as event:
                    outcomes[message.id].append(malformed(event))
                case Ignored(reason):
                    outcomes[message.id].append(Outcome(State.IGNORED, reason))
        try:
            done = self._do(items, gone)
        except (TransientError, HeldError) as error:
            done = _Done(items, error=error)
        raised: dict[str, Exception] = {}
        for item in done.items:
            try:
                outcomes[item.message.id] += _outcomes(item, done)
            except Exception as error:  # noqa: BLE001 - raised where the message is answered
                raised[item.message.id] = error
        for message, event in gone:
            if not outcomes[message.id] and message.id not in raised:
                outcomes[message.id].append(node_put_off(event, done.error) if done.error else _nothing(event))
        late = self._conclude(done, [one for each in outcomes.values() for one in each])
        again = [message for message in messages if message.id not in raised and _again(outcomes[message.id], late)]
        for message, problem in zip(again, in_parallel(partial(self._send_anew, outcomes, late), again), strict=True):
            if problem:
                raised[message.id] = problem
        return {
            message.id: partial(_answer, tuple(outcomes[message.id]), raised.get(message.id)) for message in messages
        }

    def _do(self, items: list[Item], gone: Gone) -> _Done:
        networks = networks_of(self.configurations.load())
        asked = sorted_out(items, networks)
        floating = [each for each in networks.values() if has_floating(each)]
        concerned = floating if gone else [each for each in floating if any(key.network == each.name for key in asked)]
        if not concerned:
            return _Done(items)
        subnets = {subnet for network in concerned for subnet in network.subnet_by_zone.values()}
        view = View(self.cluster, self.ec2.interfaces_in(sorted(subnets)))
        elastic = cache(lambda: ElasticIps(self.ec2, self.cluster, self.ec2.elastic_ips()))
        left = {message.id: _left(event, concerned, view, elastic) for message, event in gone}
        records = self.register.read({*asked, *(key for keys in left.values() for key in keys)})
        for message, event in gone:
            found = (release_by(message, event, records[key]) for key in left[message.id] if key in records)
            _add(asked, items, [item for item in found if item])
        steps = judge(asked, networks, records, view, self.now())
        return _Done(items, steps, Doing(self.ec2, self.register, self.until).do(steps, elastic))

    def _conclude(self, done: _Done, outcomes: Sequence[Outcome]) -> TransientError | HeldError | None:
        """Tells first and records then: what is told twice does less harm than what is never told."""
        try:
            if told := [outcome for outcome in outcomes if outcome.told_as]:
                self.bus.tell(told)
            Doing(self.ec2, self.register, self.until).settle(done.steps, done.fates)
        except (TransientError, HeldError) as error:
            return error
        return None

    def _send_anew(
        self, outcomes: Mapping[str, Sequence[Outcome]], late: Exception | None, message: Message
    ) -> Exception | None:
        """With those addresses only that wait, unless nobody was told of the others (`late`).

        A message that cannot be sent is left to the queue: then this gives the error.
        """
        mine = outcomes[message.id]
        waiting = {address for each in mine if each.state in _COMES_AGAIN for address in each.addresses}
        body = narrowed(message.body, waiting) if waiting and not late else message.body
        try:
            self.queue.send(body, seconds_to_wait(mine))
        except (TransientError, HeldError) as error:
            return error
        return None


def _left(
    event: NodeGone, networks: Sequence[ResolvedNetwork], view: View, elastic: Callable[[], ElasticIps]
) -> set[Key]:
    pools = any(network.public_addresses and network.public_addresses.pool for network in networks)
    return left_by(event, networks, view, elastic().allocated_for() if pools else ())


def _add(asked: Asked, items: list[Item], more: Sequence[Item]) -> None:
    for item in more:
        items.append(item)
        asked[Key(item.request.network, item.request.addresses[0])].append(item)


def _outcomes(item: Item, done: _Done) -> Outcomes:
    if done.error:
        return (put_off(item.request, done.error),)
    return outcomes_of(item.request, item.verdicts, done.fates)


def _nothing(event: NodeGone) -> Outcome:
    return Outcome(State.IGNORED, "it has left no floating address", event.node)


def _again(outcomes: Sequence[Outcome], late: Exception | None) -> bool:
    return any(each.state in _COMES_AGAIN or (late and each.told_as) for each in outcomes)


def _answer(outcomes: Outcomes, error: Exception | None) -> Outcomes:
    if error:
        raise error
    return outcomes
