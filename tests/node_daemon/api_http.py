"""The API server's HTTP(S): answers in one piece, and watches in chunks that are no lines."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.node_daemon.api_server import ApiServer, Asked, selected


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    api: ApiServer

    def do_GET(self) -> None:
        self._begin()
        if self._refused():
            return
        collection, _, name = self.path_.rpartition("/")
        if self.path_ in self.api.objects:
            self._watch() if "watch" in self.query else self._list()
        elif found := self.api.objects.get(collection, {}).get(name):
            self._answer(200, found)
        else:
            self._status(404, "NotFound", f"{name} not found")

    def do_POST(self) -> None:
        self._begin()
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self._refused():
            return
        about = body["metadata"]
        about.setdefault("name", f"{about.get('generateName', '')}{len(self.api.objects[self.path_])}")
        self._answer(201, self.api.put(self.path_, body))

    def do_PATCH(self) -> None:
        self._begin()
        operations = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self._refused():
            return
        assert self.headers["Content-Type"] == "application/json-patch+json"
        self.api.before_patch()
        collection, _, name = self.path_.rpartition("/")
        patched = self.api.apply(collection, name, operations)
        if patched:
            self._answer(200, patched)
        else:
            self._status(422, "Invalid", "the server rejected our request due to an error in our request")

    def _begin(self) -> None:
        parts = urlsplit(self.path)
        self.path_, self.query = parts.path, dict(parse_qsl(parts.query))
        self.record = Asked(self.command, self.path_, self.query, dict(self.headers))
        with self.api.changed:
            self.api.asked.append(self.record)
            self.api.changed.notify_all()

    def _refused(self) -> bool:
        if self.api.token and self.headers.get("Authorization") != f"Bearer {self.api.token}":
            self._status(401, "Unauthorized", "Unauthorized")
            return True
        if self.api.refuse_next:
            status, headers = self.api.refuse_next.pop(0)
            self._status(status, "TooManyRequests" if status == 429 else "Expired", "not now", headers)
            return True
        return False

    def _list(self) -> None:
        with self.api.changed:
            found = [one for one in self.api.objects[self.path_].values() if self._selected(one)]
            start = int(self.query.get("continue") or 0)
            end = start + min(self.api.page, int(self.query["limit"]))
            more = {"continue": str(end)} if end < len(found) else {}
            about = {"resourceVersion": str(self.api.version), **more}
            answer = {"kind": "List", "metadata": about, "items": deepcopy(found[start:end])}
        self._answer(200, answer)

    def _watch(self) -> None:
        version = int(self.query["resourceVersion"])
        if version < self.api.forgotten:
            # The API server may say so in the stream as well as by the status of the answer: here in the stream.
            self._stream()
            gone = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version"}
            self._line({"type": "ERROR", "object": gone})
            self.wfile.write(b"0\r\n\r\n")
            return
        self._stream()
        api = self.api
        with api.changed:
            cut = api._cut
            api.watchers += 1
            api.changed.notify_all()
        try:
            while True:
                with api.changed:
                    while not (news := api.since(version, self.path_)) and api._cut == cut:
                        api.changed.wait(30)
                    ended = api._cut != cut
                for at, kind, thing in news:
                    version = at
                    if self._selected(thing):
                        self._line({"type": kind, "object": thing}, half=ended and api._half)
                if ended:
                    self.close_connection = True
                    return
        except OSError:
            pass
        finally:
            with api.changed:
                api.watchers -= 1
                api.changed.notify_all()

    def _selected(self, thing: dict[str, Any]) -> bool:
        return selected(thing, self.query.get("fieldSelector", ""))

    def _stream(self) -> None:
        self.record.status = 200
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _line(self, event: dict[str, Any], half: bool = False) -> None:
        data = json.dumps(event).encode() + b"\n"
        # Several chunks, cut anywhere: a chunk is not a line.
        pieces = [data[:7], data[7:20]] if half else [data[:7], data[7:]]
        for piece in pieces:
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        self.wfile.flush()

    def _answer(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        data = json.dumps(body).encode()
        self.record.status = status
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _status(self, status: int, reason: str, message: str, headers: dict[str, str] | None = None) -> None:
        self._answer(status, {"kind": "Status", "code": status, "reason": reason, "message": message}, headers)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        pass


@contextmanager
def served(api: ApiServer, host: str = "127.0.0.1", context: ssl.SSLContext | None = None) -> Iterator[tuple[str, int]]:
    """The API server's host and port while it runs."""
    family = {"address_family": 10} if ":" in host else {}
    server_class = type("Server", (ThreadingHTTPServer,), {"daemon_threads": True, "block_on_close": False, **family})
    server = server_class((host, 0), type("Bound", (Handler,), {"api": api}))
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield host, server.server_address[1]
    finally:
        api.cut()
        server.shutdown()
        server.server_close()
        thread.join()
