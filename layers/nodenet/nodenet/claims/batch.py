"""A batch of claims and releases: read once, decide for each address, one call for each interface, answer each message.

Every step can be cut off after any call and done again: where an address is, EC2 says; what was begun, the register.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial

from nodenet.claims.answer import malformed, node_put_off, outcomes_of, put_off
from nodenet.claims.doing import Doing, Fates
from nodenet.claims.ending import Ending, Outcomes
from nodenet.claims.outcome import Outcome, State
from nodenet.claims.ports import Bus, Configurations, Ec2, Queue
from nodenet.claims.public import ElasticIps
from nodenet.claims.register import Key, Register
from nodenet.claims.requests import Ignored, Malformed, Message, NodeGone, Request
from nodenet.claims.verdicts import Step
from nodenet.claims.view import View
from nodenet.claims.work import Asked, Item, has_floating, judge, left_by, networks_of, release_by, sorted_out
from nodenet.configuration.resolved import ResolvedNetwork
from nodenet.errors import HeldError, TransientError

type Gone = list[tuple[Message, NodeGone]]


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
        ending = Ending(self.register, self.bus, self.queue)
        ended = ending.conclude(outcomes, done.steps, done.fates)
        raised |= ending.send_anew([message for message in messages if message.id not in raised], ended)
        return {message.id: partial(_answer, ended[message.id], raised.get(message.id)) for message in messages}

    def _do(self, items: list[Item], gone: Gone) -> _Done:
        networks = networks_of(self.configurations.load())
        asked = sorted_out(items, networks)
        floating = [each for each in networks.values() if has_floating(each)]
        concerned = floating if gone else [each for each in floating if any(key.network == each.name for key in asked)]
        if not concerned:
            return _Done(items)
        # The register first: what others do to an address after that is met by its lock.
        records = dict(self.register.read(asked))
        subnets = {subnet for network in concerned for subnet in network.subnet_by_zone.values()}
        view = View(self.cluster, self.ec2.interfaces_in(sorted(subnets)))
        elastic = cache(lambda: ElasticIps(self.ec2, self.cluster, self.ec2.elastic_ips()))
        left = {message.id: _left(event, concerned, view, elastic) for message, event in gone}
        records |= self.register.read({key for keys in left.values() for key in keys} - asked.keys())
        for message, event in gone:
            found = (release_by(message, event, records[key]) for key in left[message.id] if key in records)
            _add(asked, items, [item for item in found if item])
        steps = judge(asked, networks, records, view, self.now())
        return _Done(items, steps, Doing(self.ec2, self.register, self.until).do(steps, elastic))


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


def _answer(outcomes: Outcomes, error: Exception | None) -> Outcomes:
    if error:
        raise error
    return outcomes
