"""Carrying out what was decided: addresses taken off first, then one call for each interface and family.

IPv4 addresses that move to an interface, and those that are new there, are a call each: the first may take what
somebody has, the second may not.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Protocol

from nodenet.claims.refusals import AddressRefused, SlotsFull
from nodenet.claims.register import Key
from nodenet.claims.verdicts import Free, Step, Take
from nodenet.errors import AddressTaken, InterfaceGone, NotYet

REFUSALS: Final = (AddressRefused, AddressTaken, SlotsFull, InterfaceGone)

_AT_ONCE: Final = 24
"""Calls at a time: below the connections of the client."""

type Results = dict[Key, Exception | None]


class Ec2(Protocol):
    def assign_ipv4(self, interface_id: str, addresses: Sequence[str], *, reassign: bool) -> None: ...
    def assign_ipv6(self, interface_id: str, addresses: Sequence[str]) -> None: ...
    def unassign(self, interface_id: str, addresses: Sequence[str]) -> None: ...


@dataclass(frozen=True, slots=True)
class Assignment:
    ec2: Ec2

    def apply(self, steps: Sequence[Step]) -> Results:
        """Does the steps of a batch; gives what each met, None where all went well.

        Addresses that are given back come off first: an interface has only so many slots.
        """
        results: Results = {step.key: None for step in steps}
        frees = [step for step in steps if isinstance(step, Free) and step.holder]
        takes = [step for step in steps if isinstance(step, Take) and not step.there]
        for each in in_parallel(self._free, _by(frees, lambda step: step.holder.id if step.holder else "")):
            results.update(each)
        for each in in_parallel(self._take, _by(takes, lambda step: (step.target.id, _may_take(step)))):
            results.update(each)
        return results

    def _free(self, steps: Sequence[Free]) -> Results:
        try:
            self._unassign(steps[0].holder.id if steps[0].holder else "", [step.key.address for step in steps])
        except Exception as error:  # noqa: BLE001 - raised where the requests are answered
            return dict.fromkeys((step.key for step in steps), error)
        return {}

    def _unassign(self, interface_id: str, addresses: Sequence[str]) -> None:
        """The addresses are on the interface no more, whoever took them off."""
        try:
            self.ec2.unassign(interface_id, addresses)
        except InterfaceGone:
            return
        except AddressRefused:
            # One that has left meanwhile keeps EC2 from taking off the others.
            if len(addresses) > 1:
                for address in addresses:
                    self._unassign(interface_id, [address])

    def _take(self, steps: Sequence[Take]) -> Results:
        """All in one call; only if EC2 refuses that, pod by pod, so that the refusal lands where it belongs."""
        try:
            self._assign(steps)
        except REFUSALS as error:
            pods = _by(steps, lambda step: step.record.pod)
            if len(pods) == 1:
                return dict.fromkeys((step.key for step in steps), error)
            return {key: result for pod in pods for key, result in self._take(pod).items()}
        except Exception as error:  # noqa: BLE001 - raised where the requests are answered
            return dict.fromkeys((step.key for step in steps), error)
        return {}

    def _assign(self, steps: Sequence[Take]) -> None:
        target, addresses = steps[0].target.id, [step.key.address for step in steps]
        if ":" in addresses[0]:
            self._move_ipv6(steps, target, addresses)
        else:
            self.ec2.assign_ipv4(target, addresses, reassign=all(map(_may_take, steps)))

    def _move_ipv6(self, steps: Sequence[Take], target: str, addresses: Sequence[str]) -> None:
        """AssignIpv6Addresses takes nothing from another interface: off there, on here, and back if that fails."""
        moving = [step for step in steps if step.moves]
        try:
            in_parallel(lambda off: self._unassign(*off), list(_by_origin(moving).items()))
            self.ec2.assign_ipv6(target, addresses)
        except Exception as error:
            self._put_back(_by_origin(steps), error)
            raise

    def _put_back(self, off: Mapping[str, Sequence[str]], error: Exception) -> None:
        for source, addresses in off.items():
            try:
                self.ec2.assign_ipv6(source, addresses)
            except Exception as second:  # noqa: BLE001 - whatever it was, the message must come again
                raise NotYet(f"{', '.join(addresses)} could not go back to {source}: {second}; {error}") from error


def in_parallel[Item, Result](work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """The results in the order of the items."""
    if len(items) < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(min(_AT_ONCE, len(items))) as pool:
        return list(pool.map(work, items))


def _may_take(step: Take) -> bool:
    """Whether the address is taken in the same call from an interface that EC2 has just shown, and that may lose it.

    With AllowReassignment that holds for every address of the call, whoever has it (AssignPrivateIpAddresses, EC2 API
    Reference).
    """
    return step.moves and ":" not in step.key.address


def _by[S: (Take, Free)](steps: Iterable[S], name: Callable[[S], Hashable]) -> list[list[S]]:
    """Steps of one call (or pod) and one family together."""
    groups: dict[tuple[Hashable, bool], list[S]] = defaultdict(list)
    for step in steps:
        groups[name(step), ":" in step.key.address].append(step)
    return list(groups.values())


def _by_origin(steps: Iterable[Take]) -> dict[str, list[str]]:
    origins: dict[str, list[str]] = defaultdict(list)
    for step in steps:
        if step.origin:
            origins[step.origin].append(step.key.address)
    return dict(origins)
