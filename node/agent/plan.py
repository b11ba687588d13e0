"""What is to be done: the difference between what a node's networks should be and what is, as steps with reasons.

Nothing is read and nothing is done here. No steps means all is well, which is what the health probe asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from . import cni, links, routing
from .kernel import State
from .matching import Wired
from .places import Places
from .steps import Step
from .tables import table_of


def decide(networks: Sequence[Wired], state: State, places: Places, tidy: bool = True) -> list[Step]:
    """In the order in which they are to be done. Links and rules of others are never among them.

    `tidy` takes away what is ours and nobody's any more; not to be asked for while a network is missing.
    """
    found = [
        *_files(_networkd(networks, places), state, "nodeadm and systemd-networkd are to keep off the link"),
        *(step for wired in networks for step in links.steps(wired, state, places)),
        *routing.steps(networks, state),
        *_files(_cni(networks, state, places), state, "Multus finds the network by it"),
        *_left_over({**_networkd(networks, places), **_cni(networks, state, places)}, state),
    ]
    return [step for step in found if tidy or not step.stale]


def _networkd(networks: Sequence[Wired], places: Places) -> dict[Path, str]:
    return {
        places.networkd_file(wired.interface.mac): f"# {wired.name}: nodenet-agent's\n"
        f"[Match]\nMACAddress={wired.interface.mac}\n\n[Link]\nUnmanaged=yes\n"
        for wired in networks
    }


def _cni(networks: Sequence[Wired], state: State, places: Places) -> dict[Path, str]:
    found = {}
    for wired in networks if state.vpc_cni else ():
        table = table_of(wired, state.reserved)
        content = cni.document(wired, links.name_of(wired, state), table, str(places.leases), state.ipv6)
        found[places.cni_file(wired.name)] = cni.text(content)
    return found


def _files(wanted: Mapping[Path, str], state: State, why: str) -> list[Step]:
    return [Step(why, path, text) for path, text in wanted.items() if state.files.get(path) != text]


def _left_over(wanted: Mapping[Path, str], state: State) -> list[Step]:
    return [Step("its network is gone", path, None, stale=True) for path in state.files if path not in wanted]
