"""This node: a look at what is and what should be, and the turns that make the one like the other.

Each turn begins with what is there: the first boot, a reboot, a second run and an interface that comes late are one
case.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from . import imds
from .apply import apply
from .configuration import Network
from .events import Events
from .imds import Imds, ImdsUnavailable, Interface
from .kernel import State, observe
from .matching import Wired, match
from .places import Places
from .plan import decide
from .steps import Step

_TURNS, _SETTLED = 4, 0.05
_UNSEEN = State(())


@dataclass(frozen=True)
class Look:
    """What a look found: networks that can be set up, what is missing for others, what waits for somebody else and
    cannot be waited for here, and what is to be done."""

    wired: Sequence[Wired] = ()
    missing: Sequence[str] = ()
    held: Sequence[str] = ()
    steps: Sequence[Step] = ()
    state: State = _UNSEEN

    @property
    def complete(self) -> bool:
        return not self.missing and not self.steps

    @property
    def faults(self) -> list[str]:
        """All that is not as it should be, a line each."""
        return [*self.missing, *self.held, *(f"to be done: {step}" for step in self.steps)]


class Node:
    """This node with the networks that it is to have."""

    def __init__(self, networks: Sequence[Network], metadata: Imds, places: Places) -> None:
        self._networks = networks
        self._metadata = metadata
        self._places = places

    def look(self) -> Look:
        """Reads everything anew, and changes nothing."""
        return self._compare(self._shown())

    def _shown(self) -> tuple[list[Interface], list[str]] | ImdsUnavailable:
        try:
            return imds.interfaces(self._metadata)
        except ImdsUnavailable as error:
            return error

    def _compare(self, shown: tuple[list[Interface], list[str]] | ImdsUnavailable) -> Look:
        """What the metadata has shown, against what is."""
        if isinstance(shown, ImdsUnavailable):
            return Look(missing=[f"the instance metadata is out of reach: {shown}"])
        seen, partly = shown
        try:
            state = observe(self._places)
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            return Look(missing=[f"the node's links cannot be read: {error}"])
        wired, missing = match(self._networks, seen)
        if missing:
            words = [f"{each.id} in {each.subnet} with {', '.join(sorted(each.groups))}" for each in seen]
            words += [f"{mac}, not all of it yet" for mac in partly]
            missing.append(f"what the metadata shows: {' | '.join(words) or 'no interface but the first'}")
        away = [each for each in wired if not self._is_there(each, state)]
        missing += [f"{each.name}: no link with {each.interface.mac} ({each.interface.id})" for each in away]
        held = [] if state.vpc_cni else [f"the VPC CNI has written nothing into {self._places.cni} yet, and goes first"]
        there = [each for each in wired if each not in away]
        steps = decide(there, state, self._places, tidy=not missing and not held)
        return Look(there, missing, held, steps, state)

    def bring_up(self, events: Events) -> tuple[Look, list[Step], list[str]]:
        """The last look, all steps done, and who refused one. Where systemd-networkd takes its time to let go of a
        link, what it does meanwhile is overcome by another turn."""
        done: list[Step] = []
        refused: list[str] = []
        shown = self._shown()
        look = self._compare(shown)
        for turn in range(_TURNS):
            if turn and look.steps:
                events.settle(_SETTLED)
                look = self._compare(shown)
            if not look.steps:
                break
            refused = apply(look.steps, self._places)
            done += look.steps
            look = self._compare(shown)
        return look, done, refused

    def _is_there(self, wired: Wired, state: State) -> bool:
        """Its link is here; or was since the boot, and host-device has moved it into a pod."""
        if state.link(wired.interface.mac):
            return True
        was = self._places.networkd_file(wired.interface.mac) in state.files
        return was and wired.network.link.plugin == "host-device"
