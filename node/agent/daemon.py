"""The command `daemon`: what a node's networks need from Kubernetes, in one process for as long as the node lives.

It takes the taint off once all is there, claims the floating addresses of this node's pods, and sets up interfaces that
come late, as `up --follow` does.
"""

from __future__ import annotations

import argparse
import fcntl
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from . import check, configuration, options, readiness, turn, up
from .claimer import Claimer, Sender
from .claims import Ledger
from .claims_file import DEFAULT_PATH, ClaimsFile
from .configuration import ConfigurationFault
from .connection import bus_of
from .imds import Imds
from .kubernetes import Kubernetes
from .places import Places
from .pods import floating_ranges
from .registration import registered

_log = logging.getLogger(__name__)
_ENDING = (signal.SIGTERM, signal.SIGINT)
_FAREWELL_SECONDS = 0.3
_AFTER_UP_SECONDS = 5.0


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command; its exit status is 0 after SIGTERM, 1 when a part of it broke."""
    text = "readiness of the node, claims of its pods, late interfaces: what the DaemonSet runs"
    parser = commands.add_parser("daemon", help=text, description=text)
    options.add(parser)
    parser.add_argument("--node", default=os.environ.get("NODE_NAME"), help="this Node's name ($NODE_NAME)")
    runtime = "the container runtime's CNI folder (%(default)s)"
    parser.add_argument("--runtime-dir", type=Path, default=Places().runtime_cni, help=runtime)
    parser.add_argument("--plugins-dir", type=Path, default=readiness.PLUGINS, help="CNI plugins (%(default)s)")
    parser.add_argument("--state", type=Path, default=DEFAULT_PATH, help="what was claimed (%(default)s)")
    parser.add_argument("--api", metavar="URL", help="the API server, for tests: without credentials")
    parser.set_defaults(run=run, timeout=120.0, dry_run=False, follow=True, json=False)


def run(arguments: argparse.Namespace) -> int:
    """Until SIGTERM or SIGINT; ConfigurationFault."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(message)s")
    known = configuration.load(arguments.config)
    api = _api(arguments)
    stop = threading.Event()

    def missing() -> list[str]:
        places = replace(options.places(arguments), runtime_cni=arguments.runtime_dir)
        return [*check.faults(arguments), *readiness.faults(known.networks, places, arguments.plugins_dir)]

    parts: list[Callable[[], None]] = [
        lambda: _keep_up(arguments, stop),
        lambda: readiness.keep_untainted(api, arguments.node, missing, stop.wait),
    ]
    floating = floating_ranges(known.networks)
    if floating:
        imds, ledger = Imds(options.endpoints(arguments)), Ledger(ClaimsFile(arguments.state, arguments.node))
        claimer = Claimer(ledger, floating, lambda: registered(known.networks, imds), stop)

        def connect() -> tuple[Sender, str, str]:
            bus, instance = bus_of(known.cluster, imds, os.environ, stop.wait)
            return bus, known.cluster, instance

        parts += [lambda: claimer.watch(api, arguments.node), lambda: claimer.tell(connect)]
    return _together(parts, stop)


def _api(arguments: argparse.Namespace) -> Kubernetes:
    try:
        if arguments.node:
            return Kubernetes(arguments.api) if arguments.api else Kubernetes.of_pod(os.environ)
        raise ConfigurationFault(["NODE_NAME is not in the environment, and --node is not given"])
    except KeyError as error:
        raise ConfigurationFault([f"{error} is not in the environment: the daemon runs in a pod"])


def _keep_up(arguments: argparse.Namespace, stop: threading.Event) -> None:
    """`up` says itself what is missing, and returns when that has lasted. Until the process ends, nobody else sets the
    networks up: the ConfigMap is what is rolled out, and the user data, which the unit goes by, may be older."""
    mine = turn.lock(options.places(arguments).cni)
    try:
        fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _log.info("another agent is at work on this node: the unit for a moment, or a DaemonSet that finds it too")
        fcntl.flock(mine, fcntl.LOCK_EX)
    while not stop.is_set():
        up.up(arguments, kept=True)
        stop.wait(_AFTER_UP_SECONDS)


def _together(parts: Sequence[Callable[[], None]], stop: threading.Event) -> int:
    """Runs the parts side by side until a signal; a part that breaks ends all, so that the kubelet starts anew.

    The signals are blocked before there are threads, and waited for: a handler might run while a lock is held that it
    needs. What a thread waits for in the kernel is not waited for: all that must last is written down beforehand.
    """
    broken: list[BaseException] = []

    def guarded(part: Callable[[], None]) -> None:
        try:
            part()
        except BaseException as error:  # noqa: BLE001 - whatever it is, a daemon without this part is none
            _log.exception("a part of the daemon broke")
            broken.append(error)
            os.kill(os.getpid(), signal.SIGTERM)

    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    threads = [threading.Thread(target=guarded, args=(part,), daemon=True) for part in parts]
    for thread in threads:
        thread.start()
    signal.sigwait(_ENDING)
    stop.set()
    deadline = time.monotonic() + _FAREWELL_SECONDS
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return 1 if broken else 0
