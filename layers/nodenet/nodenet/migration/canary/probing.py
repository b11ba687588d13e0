"""What runs in the container of a canary or a probe: the standard library of Python 3.8 or later, and nothing else.

    python3 -c <this text> '{"checks": [...], "delay": 0, "patience": 30, "strict": true, "serve": 8080}'

After `delay` seconds each check, which has a `name` and a `kind`, is tried until it passes or `patience` seconds are
over. Kinds: `dns` (`host` resolves), `tcp` (`host` and
`port` take a connection), `readyz` (the API server answers by TLS, its certificate signed by `authority`, a file). The
termination message is `{"results": {name: "" or why not}}`. `strict`: ends with 1 where a check did not pass. `serve`:
then answers every GET on this port with its name and the results, until it is stopped; 0 ends with 0.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException, HTTPSConnection
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any

MESSAGE = "/dev/termination-log"
TIMEOUT = 3.0
PAUSE = 1.0
LONGEST = 150  # of a reason: kubelets take 4096 bytes of a termination message


def main(config: dict[str, Any]) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # the first process of a container has no default
    time.sleep(config["delay"])
    until = time.monotonic() + config["patience"]
    with ThreadPoolExecutor(len(config["checks"]) or 1) as pool:
        found = list(pool.map(lambda check: tried(check, until), config["checks"]))
    results = {check["name"]: why for check, why in zip(config["checks"], found)}  # noqa: B905 - not before 3.10
    with open(config.get("message", MESSAGE), "w") as file:  # noqa: PTH123
        json.dump({"results": results}, file)
    if config["strict"] and any(found):
        sys.exit(1)
    if config["serve"]:
        serve(config["serve"], {"name": socket.gethostname(), "results": results})


def tried(check: dict[str, Any], until: float) -> str:
    """Empty where it passes, else why it did not the last time."""
    while True:
        try:
            KINDS[check["kind"]](check)
            return ""
        except (OSError, HTTPException, ValueError) as error:
            why = "{}: {}".format(type(error).__name__, error)[:LONGEST]  # noqa: UP032
        if time.monotonic() > until:
            return why
        time.sleep(PAUSE)


def resolve(check: dict[str, Any]) -> None:
    socket.getaddrinfo(check["host"], None)


def connect(check: dict[str, Any]) -> None:
    socket.create_connection((check["host"], check["port"]), TIMEOUT).close()


def ask_api_server(check: dict[str, Any]) -> None:
    """By its address, which kubelets tell every container ("Service", Environment variables): names are another check.
    Whether it lets strangers see /readyz is up to its owner: 401 and 403 come from it too."""
    host = os.environ["KUBERNETES_SERVICE_HOST"]  # noqa: TID251 - this is no function of nodenet
    port = int(os.environ["KUBERNETES_SERVICE_PORT"])  # noqa: TID251
    trust = ssl.create_default_context(cafile=check["authority"])
    connection = HTTPSConnection(host, port, timeout=TIMEOUT, context=trust)
    try:
        connection.request("GET", "/readyz")
        status = connection.getresponse().status
    finally:
        connection.close()
    if status not in (200, 401, 403):
        raise ValueError("/readyz answers {}".format(status))  # noqa: UP032


KINDS = {"dns": resolve, "tcp": connect, "readyz": ask_api_server}


def serve(port: int, told: dict[str, Any]) -> None:
    body = json.dumps(told).encode()

    class Teller(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    # Not http.server's own: it asks the name service for its own name, and waits.
    ThreadingTCPServer.daemon_threads = True
    ThreadingTCPServer(("", port), Teller).serve_forever()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
