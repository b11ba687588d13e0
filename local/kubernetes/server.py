"""HTTPS for one cluster's API, on a port of the loopback address and threads of its own."""

import logging
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from local.kubernetes.api import Api
from local.kubernetes.requests import JSON, Answer, Request
from local.kubernetes.statuses import Refused

log = logging.getLogger("local.kubernetes")

ADDRESS = "127.0.0.1"


class Server:
    """Answers until `close()`."""

    def __init__(self, api: Api, context: ssl.SSLContext) -> None:
        self.api = api
        self._server = _Listener((ADDRESS, 0), type("Handler", (_Handler,), {"api": api}))
        # Hands are shaken on the connection's own thread: one that never does must not keep the others waiting.
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.endpoint = f"https://{ADDRESS}:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self.api.closing.set()
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
    # Unbuffered, each header would be a packet of its own.
    wbufsize = -1

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the standard library's names

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        try:
            answer = self.api.answer(Request(self.command, unquote(parts.path), query, headers, body))
        except Exception as error:
            # A mistake of the stand-in must look like one of Kubernetes', and be seen.
            log.exception("%s %s failed", self.command, self.path)
            answer = Answer(500, Refused(500, "InternalError", f"Internal error occurred: {error}").status)
        if answer.stream is not None:
            self._stream(answer.stream)
            return
        data = answer.body
        self._begin(answer, {"Content-Length": str(len(data)), **answer.headers})
        self.wfile.write(data)

    def _stream(self, lines: Iterator[bytes]) -> None:
        self._begin(Answer(200, media_type=JSON), {"Transfer-Encoding": "chunked"})
        self.wfile.flush()
        for line in lines:
            self.wfile.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def _begin(self, answer: Answer, headers: dict[str, str]) -> None:
        self.send_response(answer.code)
        self.send_header("Content-Type", answer.media_type)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        pass
