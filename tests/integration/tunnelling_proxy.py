"""A proxy of a company: HTTPS goes by tunnels that it opens, or does not."""

import socket
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any


class Proxy(BaseHTTPRequestHandler):
    """An HTTP proxy that opens tunnels to the API server, whatever host is asked for."""

    port: int
    asked: list[str]
    refuses = False

    def do_CONNECT(self) -> None:
        self.asked.append(self.path)
        if self.refuses:
            self.send_error(403, "Not by me")
            return
        with socket.create_connection(("127.0.0.1", self.port)) as server:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=pump, args=(server, self.connection), daemon=True)
            back.start()
            pump(self.connection, server)
            back.join()
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        pass


def pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass
