"""Instance metadata over HTTP, version 2 (session tokens required).

Sources: EC2 User Guide, "Access instance metadata for an EC2 instance" (responses and error messages) and "Use the
Instance Metadata Service": a PUT to `/latest/api/token` with a time to live of 1 to 21,600 seconds gives a token; it
is refused behind a proxy (X-Forwarded-For) and on paths of another version; every GET must show a token. A path that
ends with a slash is the one without: values and lists alike (amazon-vpc-cni-k8s reads both ways).
"""

import http.server
import json
import secrets
import socket
import socketserver
import threading
import time
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from local.imds.metadata import Tree, metadata

MAX_TTL_SECONDS = 21_600
TOKEN, TOKEN_TTL = "X-aws-ec2-metadata-token", "X-aws-ec2-metadata-token-ttl-seconds"


class MetadataService(http.server.ThreadingHTTPServer):
    """The service of one instance at `address`, an IPv4 or IPv6 address and a port (0 takes a free one).

    `snapshot` is looked at for each request and read again when it has changed.
    """

    daemon_threads = True

    def __init__(self, address: tuple[str, int], snapshot: Path, instance_id: str) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.tokens = Tokens()
        self._snapshot, self._instance_id = snapshot, instance_id
        self._reading = threading.Lock()
        self._read: tuple[object, Tree] = (None, {})
        super().__init__(address, _Requests)

    def server_bind(self) -> None:
        """As HTTPServer's, without the host's full name: looking it up takes seconds where no DNS answers."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    @property
    def url(self) -> str:
        host, port = str(self.server_address[0]), self.server_address[1]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def found(self, path: str) -> str | None:
        """The text of a path, a list's with a slash behind each item that has items; None where there is nothing.

        Errors: OSError, ValueError and LookupError while the snapshot cannot be read.
        """
        node: Tree | str | None = {"latest": {"meta-data": self._tree()}}
        for step in filter(None, path.split("/")):
            node = node.get(step) if isinstance(node, dict) else None
        if isinstance(node, dict):
            lines = [name if isinstance(below, str) else f"{name}/" for name, below in sorted(node.items())]
            return "\n".join(lines) or None
        return node

    def _tree(self) -> Tree:
        status = self._snapshot.stat()
        version = (status.st_ino, status.st_mtime_ns, status.st_size)
        with self._reading:
            if self._read[0] != version:
                self._read = (version, metadata(json.loads(self._snapshot.read_text()), self._instance_id))
            return self._read[1]


class Tokens:
    """The session tokens of one instance, each until its time is over."""

    def __init__(self) -> None:
        self._ends: dict[str, float] = {}

    def new(self, ttl: int) -> str:
        token = secrets.token_urlsafe(42)
        self._ends[token] = time.monotonic() + ttl
        return token

    def valid(self, token: str | None) -> bool:
        return token is not None and time.monotonic() < self._ends.get(token, 0.0)


class _Requests(http.server.BaseHTTPRequestHandler):
    server: MetadataService
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "EC2ws", ""
    # One packet for each answer, at once.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.rstrip("/")
        if "X-Forwarded-For" in self.headers or path != "/latest/api/token":
            return self._answer(HTTPStatus.FORBIDDEN if path.endswith("/api/token") else HTTPStatus.NOT_FOUND)
        ttl = self.headers.get(TOKEN_TTL) or ""
        if not (ttl.isascii() and ttl.isdigit() and 1 <= int(ttl) <= MAX_TTL_SECONDS):
            return self._answer(HTTPStatus.BAD_REQUEST)
        return self._answer(HTTPStatus.OK, self.server.tokens.new(int(ttl)), {TOKEN_TTL: ttl})

    def do_GET(self) -> None:
        if not self.server.tokens.valid(self.headers.get(TOKEN)):
            return self._answer(HTTPStatus.UNAUTHORIZED)
        try:
            text = self.server.found(self.path)
        except (OSError, ValueError, LookupError) as problem:
            self.log_error("snapshot: %s", problem)
            return self._answer(HTTPStatus.SERVICE_UNAVAILABLE)
        return self._answer(HTTPStatus.NOT_FOUND if text is None else HTTPStatus.OK, text)

    def _answer(self, status: HTTPStatus, text: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        body = (f"{status.value} - {status.phrase}" if text is None else text).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Requests are no news."""
