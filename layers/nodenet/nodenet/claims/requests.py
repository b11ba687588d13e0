"""What arrives at the claim queue, parsed once into types."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address
from typing import Any, Final

SOURCE: Final = "nodenet.pods"

_NODE: Final = re.compile(r"i-[0-9a-f]{8,17}")
_POD: Final = re.compile(r"[a-z0-9-]{1,63}/[a-z0-9.-]{1,253}")
"""Namespace and name ("Object Names and IDs", Kubernetes documentation)."""

_NETWORK: Final = re.compile(r".{1,15}")
"""A link's name: what the configuration allows."""

_UID: Final = re.compile(r"[!-~]{0,64}")

_GENERATIONS: Final = 2**53
"""What every JSON parser takes as a whole number (RFC 8259, section 6)."""

_LONGEST_TEXT: Final = 63 + 1 + 253
_LONGEST_VALUE: Final = 80
"""Of what is told about a malformed claim: no claim is so long that it could not be told, and others with it."""

_MOST_ADDRESSES: Final = 50
"""A bound on the work of one message; an interface holds 50 addresses of a family at most (DescribeInstanceTypes)."""


class Kind(StrEnum):
    CLAIM = "Pod Addresses Claimed"
    RELEASE = "Pod Addresses Released"


@dataclass(frozen=True, slots=True)
class Request:
    """A pod on `node` (an instance id) has these addresses on the network, or has them no more.

    `generation` grows with each life of the pod. `addresses` are in their canonical form, of both families.
    """

    kind: Kind
    node: str
    network: str
    addresses: tuple[str, ...]
    pod: str
    generation: int
    time: datetime
    uid: str = ""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A request that says too little or nonsense: every mistake, and as much of it as is text."""

    mistakes: tuple[str, ...]
    detail: Mapping[str, str]
    time: datetime

    @property
    def reason(self) -> str:
        return "; ".join(self.mistakes)


@dataclass(frozen=True, slots=True)
class NodeGone:
    """EC2 says that an instance is terminated: any instance of the region."""

    node: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Ignored:
    """Not for us, and why."""

    reason: str


type Event = Request | Malformed | NodeGone | Ignored


@dataclass(frozen=True, slots=True)
class Message:
    """A queue message and the event in it. `receives` counts crashes: a message that must wait is sent anew."""

    id: str
    body: str
    event: Event
    receives: int = 1


def parse(body: str, cluster: str) -> Event:
    """The event in a queue message's body. Never raises."""
    try:
        document = json.loads(body)
        source, kind, detail = document["source"], document["detail-type"], document["detail"]
        time = datetime.fromisoformat(document["time"])
        if time.tzinfo is None:
            raise ValueError(f"the time {document['time']} has no zone")
        if (source, kind) == ("aws.ec2", "EC2 Instance State-change Notification"):
            return _node_gone(detail, time)
        if source != SOURCE or kind not in set(Kind):
            return Ignored(f"no event of pods: {_shown(source)}, {_shown(kind)}")
    except json.JSONDecodeError as error:
        return Ignored(f"the message is not JSON: {error}")
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        return Ignored(f"the event is not complete: {_shown(error)}")
    if not isinstance(detail, dict):
        return Malformed(("detail: not an object",), {}, time)
    if mistakes := tuple(_mistakes(detail, cluster)):
        texts = {key: value[:_LONGEST_TEXT] for key, value in detail.items() if isinstance(value, str)}
        return Malformed(mistakes, texts, time)
    return Request(
        kind=Kind(kind),
        node=detail["node"],
        network=detail["network"],
        addresses=tuple(str(ip_address(each)) for each in detail["addresses"]),
        pod=detail["pod"],
        generation=detail["generation"],
        time=time,
        uid=detail.get("uid", ""),
    )


def narrowed(body: str, addresses: Collection[str]) -> str:
    """The body of a request for these of its addresses only."""
    document = json.loads(body)
    asked = document["detail"]["addresses"]
    document["detail"]["addresses"] = [each for each in asked if str(ip_address(each)) in addresses]
    return json.dumps(document)


def _node_gone(detail: Mapping[str, str], time: datetime) -> NodeGone | Ignored:
    if detail["state"] != "terminated":
        return Ignored(f"nothing is to be done when an instance is {detail['state']}")
    return NodeGone(detail["instance-id"], time)


def _mistakes(detail: Mapping[str, Any], cluster: str) -> Iterator[str]:
    """Every mistake, each with the field it is in."""
    if detail.get("cluster") != cluster:
        yield f"cluster: {_shown(detail.get('cluster'))} is not {cluster}"
    for field, shape, wanted in (
        ("node", _NODE, "like i-0123456789abcdef0"),
        ("pod", _POD, "like namespace/name"),
        ("network", _NETWORK, "the name of one"),
    ):
        value = detail.get(field)
        if not isinstance(value, str) or not shape.fullmatch(value):
            yield f"{field}: {_shown(value)} is not {wanted}"
    generation = detail.get("generation")
    if isinstance(generation, bool) or not isinstance(generation, int) or not 0 <= generation < _GENERATIONS:
        yield f"generation: {_shown(generation)} is not a whole number from 0 to 2^53"
    uid = detail.get("uid", "")
    if not isinstance(uid, str) or not _UID.fullmatch(uid):
        yield f"uid: {_shown(uid)} is not text of 64 characters at most"
    yield from _address_mistakes(detail.get("addresses"))


def _address_mistakes(addresses: Any) -> Iterator[str]:
    if not isinstance(addresses, list) or not 1 <= len(addresses) <= _MOST_ADDRESSES:
        yield f"addresses: not a list of 1 to {_MOST_ADDRESSES}"
        return
    seen = set()
    for place, each in enumerate(addresses):
        try:
            if not isinstance(each, str) or "%" in each:
                raise ValueError(each)
            address = ip_address(each)
        except ValueError:
            yield f"addresses[{place}]: {_shown(each)} is no address"
            continue
        if address in seen:
            yield f"addresses[{place}]: {each} is there twice"
        seen.add(address)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
