"""A door in a container network to a server that listens on this machine's loopback address only."""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def door(address: str, port: int) -> Iterator[int]:
    """Passes connections to `address` on to `port` of the loopback address; gives the port to connect to.

    OSError if `address` is none of this machine's.
    """

    class Passage(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection(("127.0.0.1", port)) as inner:
                back = threading.Thread(target=_pass_on, args=(inner, self.request), daemon=True)
                back.start()
                _pass_on(self.request, inner)
                back.join()

    with socketserver.ThreadingTCPServer((address, 0), Passage) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    # A side that closes early ends its passage; the client sees what it would see without the door.
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
