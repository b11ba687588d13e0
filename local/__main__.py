"""`python -m local`: the local region in the foreground."""

import argparse
import os
import sys

from local.plane.server import serve
from local.plane.settings import client_environment


def main() -> None:
    """Starts the region, prints what a client needs, and runs until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m local", description="An AWS region on the loopback address.")
    parser.add_argument("--port", type=_port, default=4566, help="port to listen on; 0 takes a free one (default 4566)")
    parser.add_argument("--speed", type=_speed, default=1.0, help="simulated seconds in a real one (default 1)")
    options = parser.parse_args()
    try:
        serve(options.port, options.speed, _announce)
    except OSError as problem:
        reason = os.strerror(problem.errno) if problem.errno else str(problem)
        sys.exit(f"cannot listen on port {options.port}: {reason}; --port 0 takes a free one")


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port from 0 to 65535")
    return int(text)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return speed


def _announce(port: int) -> None:
    endpoint = f"http://127.0.0.1:{port}"
    lines = [f"export {name}={value}" for name, value in client_environment(endpoint).items()]
    lines.append(f"# ready; control interface at {endpoint}/_region/, Ctrl-C ends it")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
