"""HTTPS for one cluster's API, on a port of the loopback address and threads of its own."""

import json
import logging
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from local.kubernetes.api import Api

log = logging.getLogger("local.kubernetes")

ADDRESS = "127.0.0.1"


class Server:
    """Answers until `close()`."""

    def __init__(self, api: Api, context: ssl.SSLContext) -> None:
        self._server = _Listener((ADDRESS, 0), type("Handler", (_Handler,), {"api": api}))
        # Hands are shaken on the connection's own thread: one that never does must not keep the others waiting.
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.endpoint = f"https://{ADDRESS}:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away, or does not trust the certificate, is no fault of the server's."""
        log.debug("a connection of %s ended early", client_address, exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    api: Api
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 75

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the standard library's names

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        authorization = self.headers.get("Authorization", "")
        query = dict(parse_qsl(parts.query))
        try:
            code, answer = self.api.answer(self.command, parts.path, query, authorization, body)
        except Exception:
            # A mistake of the stand-in must look like one of Kubernetes', and be seen.
            log.exception("%s %s failed", self.command, self.path)
            code, answer = 500, {"kind": "Status", "apiVersion": "v1", "code": 500, "reason": "InternalError"}
        data = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if code == 429:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        pass
