"""The Runtime API for one execution environment (Lambda developer guide, "Using the Lambda runtime API")."""

import logging
import queue
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

log = logging.getLogger("local.lambdas")


@dataclass(frozen=True)
class Invocation:
    """What GET /runtime/invocation/next hands to the runtime client."""

    request_id: str
    payload: bytes
    deadline: float
    function_arn: str


@dataclass(frozen=True)
class Report:
    """What came of it: the handler's answer, its error, an error of the initialisation, or the end of the process."""

    kind: Literal["ready", "response", "error", "init-error", "exit"]
    body: bytes = b""
    request_id: str = ""


class Listener:
    """Serves one runtime client. `give` hands it an invocation, `reports` is where its answers arrive."""

    def __init__(self) -> None:
        self.reports: queue.Queue[Report] = queue.Queue()
        self._invocations: queue.Queue[Invocation | None] = queue.Queue()
        self._server = _Server(("127.0.0.1", 0), _handler(self._invocations, self.reports))
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 5}, name="runtime-api", daemon=True
        ).start()

    def give(self, invocation: Invocation) -> None:
        self._invocations.put(invocation)

    def close(self) -> None:
        self._invocations.put(None)
        # shutdown() waits for the poll; the caller has better things to do.
        threading.Thread(target=self._stop, daemon=True).start()

    def _stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # The thread of a runtime client that was killed ends when its invocation queue is closed.
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A runtime client that is killed breaks its connection: that is no fault of the listener's."""
        log.debug("a runtime client's connection ended", exc_info=True)


def _handler(invocations: queue.Queue[Invocation | None], reports: queue.Queue[Report]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # A reply in one segment: otherwise Nagle and delayed acknowledgement cost 40 ms for each invocation.
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            if not self.path.endswith("/runtime/invocation/next"):
                self._answer(404, b"")
                return
            reports.put(Report("ready"))
            if (invocation := invocations.get()) is None:
                self.close_connection = True
                return
            self._answer(
                200,
                invocation.payload,
                {
                    "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
                    "Lambda-Runtime-Deadline-Ms": str(int(invocation.deadline * 1000)),
                    "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
                },
            )

        def do_POST(self) -> None:
            body = self._body()
            parts = self.path.split("/")
            if parts[-2:] == ["init", "error"]:
                reports.put(Report("init-error", body))
            elif parts[-1] == "error":
                reports.put(Report("error", body, parts[-2]))
            else:
                reports.put(Report("response", body, parts[-2]))
            self._answer(202, b'{"status":"OK"}')

        def _body(self) -> bytes:
            if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            chunks = []
            while size := int(self.rfile.readline().partition(b";")[0], 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(chunks)

        def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
            """No access log."""

    return Handler
