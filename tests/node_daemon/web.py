"""A small web server whose answers a test writes: the endpoints that are not the region's own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

type Answer = tuple[int, str | bytes]


class Web:
    """`answer` gets path, headers and body of each request; `asked` keeps them."""

    def __init__(self, answer: Callable[[str, dict[str, str], bytes], Answer]) -> None:
        self.answer = answer
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.url = ""


class _Handler(BaseHTTPRequestHandler):
    web: Web

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = (self.path, dict(self.headers), body)
        self.web.asked.append(request)
        status, text = self.web.answer(*request)
        data = text.encode() if isinstance(text, str) else text
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_GET  # noqa: N815 - the standard library's name

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        pass


@contextmanager
def web(answer: Callable[[str, dict[str, str], bytes], Answer]) -> Iterator[Web]:
    """The server while it runs; `url` ends without a slash."""
    made = Web(answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (_Handler,), {"web": made}))
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
