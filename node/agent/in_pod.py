"""`claim` and `release` in a pod: they end well only once the VPC has the address, or has it no more.

An init container that fails keeps the pod from starting with an address that nobody carries. That the address is
registered is seen in the instance metadata: no AWS credentials are needed for that.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from .claims import CLAIMED, Telling
from .configuration import Network
from .imds import Imds, ImdsUnavailable
from .pods import Holding, floating_ranges, network_status, within
from .put_events import Bus
from .ranges import Range
from .registration import registered

_POLL_SECONDS = 0.5


class Failed(Exception):
    """The pod must not start; the text says why, and what to do."""


@dataclass(frozen=True)
class Wish:
    """What is to become of the addresses, by `deadline` (of time.monotonic)."""

    telling: Telling
    deadline: float

    @property
    def holding(self) -> Holding:
        return self.telling.holding

    def pause(self) -> bool:
        """Waits a little; False when there is no time left."""
        if time.monotonic() >= self.deadline:
            return False
        time.sleep(_POLL_SECONDS)
        return True


def own_addresses(file: Path, network: str, deadline: float) -> tuple[str, ...]:
    """What Multus says of this pod on the network, from a downward API volume with its network-status annotation.

    The kubelet mounts volumes before it makes the sandbox, and Multus writes the annotation with the sandbox: the
    file comes to hold it seconds later. Failed at `deadline`.
    """
    while True:
        status = network_status(file.read_text() if file.exists() else None) or {}
        if status.get(network):
            return tuple(str(each) for each in status[network])
        if time.monotonic() >= deadline:
            raise Failed(
                f"{file} names {', '.join(status) or 'no network'}, and no address on {network}: mount the annotation"
                " k8s.v1.cni.cncf.io/network-status there by a downward API volume, or say --address"
            )
        time.sleep(_POLL_SECONDS)


def floating(addresses: Iterable[str], network: Network) -> tuple[str, ...]:
    """Those of a pod's addresses that must be claimed: of the families that float on this network. Others are the
    node's own, and on its interface since the launch. Failed as `claimable`."""
    families = {each.first.version for each in _ranges(network)}
    return claimable((each for each in addresses if ip_address(each).version in families), network)


def claimable(addresses: Iterable[str], network: Network) -> tuple[str, ...]:
    """The same addresses; Failed where one is outside the network's floating ranges: nobody claims it with success, and
    the VPC would carry none of its packets."""
    found, ranges = tuple(addresses), _ranges(network)
    lost = [each for each in found if not within(ip_address(each), ranges)]
    if lost:
        floats = ", ".join(map(str, ranges)) or "nothing"
        raise Failed(f"{', '.join(lost)} can never be claimed on {network.name}: what floats there is {floats}")
    return found


def _ranges(network: Network) -> tuple[Range, ...]:
    return floating_ranges([network]).get(network.name, ())


def send(wish: Wish, bus: Bus, cluster: str, node: str) -> None:
    """Tells the bus; Failed when the time is over, or at once where another attempt would do no better."""
    while True:
        missed = bus.put([wish.telling.event(cluster, node)])[0]
        if not missed:
            return
        if not missed.passing or not wish.pause():
            raise Failed(f"{missed.reason}. Is this pod's role one of the stack's ClaimerRoleArns?")


def await_registration(wish: Wish, network: Network, imds: Imds) -> None:
    """Returns when the instance metadata shows all the addresses on this node's interfaces of the network, or after a
    release none of them; Failed when the time is over."""
    asked, claim = frozenset(wish.holding.addresses), wish.telling.kind == CLAIMED
    while True:
        try:
            shown = registered([network], imds)[network.name]
            wrong = asked - shown if claim else asked & shown
            if not wrong:
                return
            state = (
                f"{', '.join(sorted(wrong))} {'not' if claim else 'still'} registered: the instance metadata shows"
                f" {', '.join(sorted(shown)) or 'no interface'} for {network.name}. Why, say the event 'Pod Addresses"
                " Refused' and the claim function's log"
            )
        except ImdsUnavailable as error:
            state = f"{error}. A pod without the host's network needs the instance's HttpPutResponseHopLimit to be 2"
        if not wish.pause():
            raise Failed(f"{wish.holding.pod}: {state}")
