"""What a canary's container runs, run here: against sockets, an API server's certificate, and nobody."""

import ast
import datetime
import json
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from nodenet.migration.canary import probing

SCRIPT = Path(probing.__file__).read_text()


def start(path: Path, *checks: dict[str, Any], **config: Any) -> subprocess.Popen[str]:
    """As the container does."""
    given = {"checks": checks, "delay": 0, "patience": 0, "strict": True, "serve": 0, "message": str(path), **config}
    environment = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(config.get("api", 1))}
    command = [sys.executable, "-I", "-c", SCRIPT, json.dumps(given)]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def ended(path: Path, *checks: dict[str, Any], **config: Any) -> tuple[int, dict[str, str]]:
    process = start(path, *checks, **config)
    _, errors = process.communicate(timeout=30)
    assert not errors
    return process.returncode, json.loads(path.read_text())["results"]


def tcp(port: int, name: str = "tcp") -> dict[str, Any]:
    return {"name": name, "kind": "tcp", "host": "127.0.0.1", "port": port}


@pytest.fixture
def message(tmp_path: Path) -> Path:
    """Where the termination message is written."""
    return tmp_path / "message"


@pytest.fixture
def closed() -> Iterator[int]:
    """A port on which nobody listens: bound, so that nobody else does."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.fixture
def open_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_connection_that_is_taken_passes(message: Path, open_port: int) -> None:
    assert ended(message, tcp(open_port)) == (0, {"tcp": ""})


def test_one_that_is_not_says_why_and_ends_with_1(message: Path, closed: int, open_port: int) -> None:
    code, results = ended(message, tcp(open_port, "a"), tcp(closed, "b"))
    assert (code, results["a"]) == (1, "")
    assert "refused" in results["b"]


def test_what_is_only_asked_for_ends_with_0_whatever_it_finds(message: Path, closed: int) -> None:
    code, results = ended(message, tcp(closed), strict=False)
    assert code == 0
    assert results["tcp"]


def test_a_check_is_tried_again_until_it_passes(message: Path) -> None:
    late = socket.socket()
    late.bind(("127.0.0.1", 0))
    process = start(message, tcp(late.getsockname()[1]), patience=20)
    time.sleep(1)
    assert (process.poll(), message.exists()) == (None, False)
    late.listen()
    process.communicate(timeout=20)
    late.close()
    assert (process.returncode, json.loads(message.read_text())) == (0, {"results": {"tcp": ""}})


def test_names_are_resolved_or_not(message: Path) -> None:
    known = {"name": "known", "kind": "dns", "host": "localhost"}
    unknown = {"name": "unknown", "kind": "dns", "host": "nowhere.invalid"}  # RFC 6761: never resolves
    malformed = {"name": "malformed", "kind": "dns", "host": "a" * 64 + ".invalid"}
    code, results = ended(message, known, unknown, malformed)
    assert (code, results["known"]) == (1, "")
    assert all(results[each] for each in ("unknown", "malformed"))


def test_all_reasons_together_fit_into_a_termination_message(message: Path, closed: int) -> None:
    """4096 bytes (Container v1 core, terminationMessagePath)."""
    ended(message, *(tcp(closed, str(number)) for number in range(20)), strict=False)
    assert len(message.read_bytes()) <= 4096


def test_after_its_checks_it_serves_until_it_is_stopped(message: Path, open_port: int, closed: int) -> None:
    with socket.socket() as probe:
        probe.bind(("", 0))
        port = probe.getsockname()[1]
    process = start(message, tcp(open_port), serve=port)
    answer = answered(f"http://127.0.0.1:{port}/any/path")
    assert answer == {"name": socket.gethostname(), "results": {"tcp": ""}}
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    process.communicate()


def test_it_does_not_serve_where_a_check_failed(message: Path, closed: int) -> None:
    assert ended(message, tcp(closed), serve=1)[0] == 1


@pytest.mark.parametrize("status", [200, 401, 403])
def test_the_api_server_answers_with_a_certificate_of_the_clusters_authority(
    message: Path, tmp_path: Path, status: int
) -> None:
    authority = tmp_path / "ca.crt"
    with api_server(authority, status) as port:
        assert ended(message, readyz(authority), api=port) == (0, {"readyz": ""})


def test_one_that_is_not_ready_does_not_pass(message: Path, tmp_path: Path) -> None:
    authority = tmp_path / "ca.crt"
    with api_server(authority, 500) as port:
        assert ended(message, readyz(authority), api=port) == (1, {"readyz": "ValueError: /readyz answers 500"})


def test_nor_does_somebody_elses_certificate(message: Path, tmp_path: Path) -> None:
    authority, other = tmp_path / "ca.crt", tmp_path / "other.crt"
    with api_server(authority, 200) as port, api_server(other, 200):
        code, results = ended(message, readyz(other), api=port)
    assert code == 1
    assert "CERTIFICATE_VERIFY_FAILED" in results["readyz"]


def test_python_3_8_reads_it() -> None:
    """Images come from mirrors of all ages."""
    assert ast.parse(SCRIPT, feature_version=(3, 8))


def test_kubernetes_expands_nothing_in_it() -> None:
    """`$(NAME)` in a container's command is replaced (Container v1 core, command)."""
    assert "$" not in SCRIPT


def readyz(authority: Path) -> dict[str, Any]:
    return {"name": "readyz", "kind": "readyz", "authority": str(authority)}


def answered(url: str) -> Any:
    end = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return json.load(answer)
        except OSError:
            assert time.monotonic() < end
            time.sleep(0.05)


@contextmanager
def api_server(authority: Path, status: int) -> Iterator[int]:
    """Serves TLS with a certificate for 127.0.0.1, which it writes to `authority`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "kubernetes")])
    now = datetime.datetime.now(datetime.UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    authority.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = authority.with_suffix(".key")
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )

    class Ready(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/readyz" else 404)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, private)
    server = HTTPServer(("127.0.0.1", 0), Ready)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
