"""What a batch asks for, address by address."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nodenet.claims.answer import Fate
from nodenet.claims.decide import decide, outside
from nodenet.claims.register import Key, Record, State
from nodenet.claims.requests import Kind, Message, NodeGone, Request
from nodenet.claims.verdicts import Free, Step, Take, Verdict, Wait
from nodenet.claims.view import View
from nodenet.configuration.resolved import ResolvedConfiguration, ResolvedNetwork
from nodenet.interfaces.identity import INSTANCE_TAG
from nodenet.plans import Floating


@dataclass(slots=True)
class Item:
    """One request of a message, with a verdict for each of its addresses."""

    message: Message
    request: Request
    verdicts: dict[str, Verdict] = field(default_factory=dict)


type Asked = dict[Key, list[Item]]


def networks_of(configuration: ResolvedConfiguration) -> dict[str, ResolvedNetwork]:
    """Every network that a node group has, by its name."""
    return {network.name: network for group in configuration.groups for network in group.networks}


def has_floating(network: ResolvedNetwork) -> bool:
    return any(isinstance(plan, Floating) for plan in network.addresses.each)


def sorted_out(items: Iterable[Item], networks: Mapping[str, ResolvedNetwork]) -> Asked:
    """Refuses what the configuration has no place for; gives the rest by address."""
    asked: Asked = defaultdict(list)
    for item in items:
        for address in item.request.addresses:
            if refused := outside(networks.get(item.request.network), item.request, address):
                item.verdicts[address] = refused
            else:
                asked[Key(item.request.network, address)].append(item)
    return asked


def left_by(gone: NodeGone, networks: Iterable[ResolvedNetwork], view: View, allocated: Iterable[Key]) -> set[Key]:
    """What a node that is gone may have left: addresses on an interface that was kept, or with an Elastic IP.

    What was on an interface that went with it EC2 has freed by itself.
    """
    keys: set[Key] = set()
    for network in networks:
        keys |= {key for key in allocated if key.network == network.name}
        for interface in view.all_of(network):
            if interface.tags.get(INSTANCE_TAG) == gone.node:
                keys |= {Key(network.name, each) for each in (*interface.addresses[1:], *interface.ipv6_addresses)}
    return keys


def release_by(message: Message, gone: NodeGone, record: Record) -> Item | None:
    """The release that the node can send no more; None where the address is another's by now."""
    if record.node != gone.node or record.state is State.RELEASED:
        return None
    key = record.key
    request = Request(Kind.RELEASE, gone.node, key.network, (key.address,), record.pod, record.generation, gone.time)
    return Item(message, request)


def judge(
    asked: Mapping[Key, Sequence[Item]],
    networks: Mapping[str, ResolvedNetwork],
    records: Mapping[Key, Record],
    view: View,
    now: float,
) -> list[Step]:
    """Puts a verdict to each address of each request, and gives the steps that follow.

    That a message is here again proves that the invocation which had it before is over, and its lock with it: the
    queue's visibility time-out is longer than the function's.
    """
    steps: list[Step] = []
    for key, items in asked.items():
        record = records.get(key)
        ended = {item.message.id for item in items if item.message.receives > 1}
        if record and record.lease > now and record.owner not in ended:
            for item in items:
                item.verdicts[key.address] = Wait("another delivery is at work on it")
            continue
        requests = [item.request for item in items]
        verdicts, step = decide(networks[key.network], key.address, record, requests, view)
        for item, verdict in zip(items, verdicts, strict=True):
            item.verdicts[key.address] = verdict
        if step:
            owner = next(item.message.id for item in items if item.verdicts[key.address] is step)
            steps.append(replace(step, record=replace(step.record, owner=owner)))
    return steps


def locked(step: Step, until: float) -> Record:
    """What is written before EC2 is asked: nobody else acts on the address, and who comes after a crash knows of it."""
    version = step.before.version + 1
    if isinstance(step, Free):
        return replace(step.before, lease=until, owner=step.record.owner, version=version)
    return replace(step.record, state=State.MOVING, source=step.origin, lease=until, version=version)


def settled(step: Step, fate: Fate, told: bool) -> Record:
    """What is written in the end: what was decided, or its releases alone, or what was there before.

    What was registered and not told stays under way, so that it is told when the message comes again.
    """
    if fate.error is None:
        state = State.MOVING if isinstance(step, Take) and not told else step.record.state
        end = replace(step.record, state=state, public=fate.public)
    elif isinstance(step, Take) and step.instead and fate.freed and fate.freed.error is None:
        end = step.instead.record
    else:
        end = step.before
    return replace(end, lease=0.0, owner="", version=step.before.version + 2)
