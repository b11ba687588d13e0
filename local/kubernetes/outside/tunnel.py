"""The way of an API server to the cluster's pods: an HTTP proxy at a Unix socket, behind which no packets flow but the
pods' stand-ins answer (apiserver, pkg/server/egressselector: HTTPConnect)."""

import logging
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer

from local.kubernetes.things import Thing

log = logging.getLogger("local.kubernetes")

type Answer = Callable[[Thing, int, str], tuple[int, bytes]]


class Tunnel:
    """Listens at `socket` until `close()`. `pod_at` finds who has an address; `answer` is asked with the pod, port and
    path, and raises OSError where nobody can be reached."""

    def __init__(self, socket: Path, pod_at: Callable[[str], Thing | None], answer: Answer) -> None:
        self._socket = socket
        socket.unlink(missing_ok=True)
        handler = type("Handler", (_Handler,), {"pod_at": staticmethod(pod_at), "answer": staticmethod(answer)})
        self._server = _Listener(str(socket), handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._socket.unlink(missing_ok=True)


class _Listener(ThreadingUnixStreamServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        log.debug("a connection through the tunnel ended early", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    pod_at: Callable[[str], Thing | None]
    answer: Answer
    protocol_version = "HTTP/1.1"
    timeout = 75

    def do_CONNECT(self) -> None:
        """What comes after it on the connection is for the pod."""
        self.address, _, port = self.path.rpartition(":")
        self.port = int(port)
        try:
            self._asked("/")
        except OSError as unreachable:
            self._say(504, str(unreachable).encode())
            return
        self.send_response(200)
        self.end_headers()

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            self._say(*self._asked(self.path))
        except OSError:
            self.close_connection = True

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815 - the standard library's names

    def _asked(self, path: str) -> tuple[int, bytes]:
        pod = self.pod_at(self.address)
        if pod is None:
            raise OSError(f"dial tcp {self.address}:{self.port}: connect: no route to host")
        return self.answer(pod, self.port, path)

    def _say(self, code: int, body: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return "tunnel"  # a Unix socket's client has no address

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        pass
