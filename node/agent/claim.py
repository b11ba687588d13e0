"""The commands `claim` and `release` and their options."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

from . import configuration
from .claims import CLAIMED, RELEASED, Telling
from .configuration import DEFAULT_PATH, ConfigurationFault, Network
from .connection import bus_of
from .imds import ENDPOINTS, Imds, ImdsUnavailable
from .in_pod import Failed, Wish, await_registration, claimable, floating, own_addresses, send
from .pods import Holding

STATUS_FILE = Path("/etc/podinfo/network-status")

_TEXTS = {
    CLAIMED: ("claim", "in a pod: register its floating addresses on this node, and wait until they are"),
    RELEASED: ("release", "in a pod: give its floating addresses back, and wait until they are gone"),
}


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds both commands; exit status 0 the VPC has the addresses (or has them no more), 1 it has not in time.

    It is 0 as well where none of the pod's addresses floats: they are the node's, which the VPC carries since its
    launch, and one pod template is to serve networks of either kind.
    """
    for kind, (name, text) in _TEXTS.items():
        parser = commands.add_parser(name, help=text, description=text)
        parser.add_argument("--network", required=True, metavar="NAME", help="the network, as in networks.json")
        parser.add_argument("--address", action="append", type=_address, metavar="A", help="may be given several times")
        status = "without --address: this pod's network-status annotation, by the downward API (%(default)s)"
        parser.add_argument("--network-status", type=Path, default=STATUS_FILE, metavar="FILE", help=status)
        parser.add_argument("--pod", default=_own_name(), metavar="NAMESPACE/NAME", help="($POD_NAMESPACE/$POD_NAME)")
        grows = "grows with each life of the pod (now, in seconds since 1970)"
        parser.add_argument("--generation", type=int, metavar="N", help=grows)
        parser.add_argument("--timeout", type=float, default=60, metavar="SECONDS", help="for all of it (%(default)s)")
        waits = "send nothing, the node's daemon does; needs no AWS credentials"
        parser.add_argument("--only-wait", action="store_true", help=waits)
        parser.add_argument("--config", type=Path, default=DEFAULT_PATH, help="the node's networks (%(default)s)")
        parser.add_argument("--imds", action="append", metavar="URL", help="instance metadata")
        parser.set_defaults(run=_command(kind))


def _command(kind: str) -> Callable[[argparse.Namespace], int]:
    def run(arguments: argparse.Namespace) -> int:
        known = configuration.load(arguments.config)
        named = {network.name: network for network in known.networks}
        mistakes = []
        if arguments.network not in named:
            mistakes.append(f"--network {arguments.network} is none of {', '.join(named)} in {arguments.config}")
        if "/" not in (arguments.pod or ""):
            mistakes.append("--pod NAMESPACE/NAME, or POD_NAMESPACE and POD_NAME in the environment, are missing")
        if mistakes:
            raise ConfigurationFault(mistakes)
        try:
            addresses = _carry_out(kind, arguments, known.cluster, named[arguments.network])
        except (Failed, ImdsUnavailable) as error:
            print(f"{_TEXTS[kind][0]}: {error}", file=sys.stderr)
            return 1
        if addresses:
            print(f"{', '.join(addresses)} of {arguments.pod}: {'registered' if kind == CLAIMED else 'released'}")
        else:
            print(
                f"{arguments.pod} has no floating address on {arguments.network}: there is nothing to {_TEXTS[kind][0]}"
            )
        return 0

    return run


def _carry_out(kind: str, arguments: argparse.Namespace, cluster: str, network: Network) -> tuple[str, ...]:
    deadline = time.monotonic() + arguments.timeout
    if arguments.address:
        addresses = claimable(arguments.address, network)
    else:
        addresses = floating(own_addresses(arguments.network_status, network.name, deadline), network)
    if not addresses:
        return ()
    generation = int(time.time()) if arguments.generation is None else arguments.generation
    holding = Holding(os.environ.get("POD_UID", ""), arguments.pod, generation, network.name, addresses)
    wish, imds = Wish(Telling(kind, holding), deadline), Imds(tuple(arguments.imds or ENDPOINTS))
    if not arguments.only_wait:
        bus, node = bus_of(cluster, imds, os.environ, time.sleep)
        send(wish, bus, cluster, node)
    await_registration(wish, network, imds)
    return addresses


def _address(text: str) -> str:
    return str(ip_address(text))


def _own_name() -> str:
    namespace, name = os.environ.get("POD_NAMESPACE"), os.environ.get("POD_NAME")
    return f"{namespace}/{name}" if namespace and name else ""
