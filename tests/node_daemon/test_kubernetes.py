"""The Kubernetes client against an API server over real sockets."""

import datetime
import ipaddress
import socket
import ssl
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from node.agent.kubernetes import Kubernetes, Refused, Unreachable
from tests.node_daemon.api_http import served
from tests.node_daemon.api_server import NODES, ApiServer


def test_an_object_is_got_by_its_path(api: Kubernetes, server: ApiServer) -> None:
    server.put(NODES, {"metadata": {"name": "n1"}})
    assert api.get(f"{NODES}/n1")["metadata"]["name"] == "n1"


def test_a_refusal_says_the_status_and_the_servers_words(api: Kubernetes) -> None:
    with pytest.raises(Refused, match="404 NotFound: n1 not found") as caught:
        api.get(f"{NODES}/n1")
    assert caught.value.status == 404


def test_a_server_that_is_away_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        Kubernetes("http://127.0.0.1:9").get(NODES)


def test_a_server_that_is_silent_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("node.agent.kubernetes._TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(Unreachable, match="timed out"):
        Kubernetes(f"http://127.0.0.1:{listener.getsockname()[1]}").get(NODES)


def test_a_quiet_watch_is_no_fault_and_a_dead_one_is_found_out_by_tcp(server: ApiServer, api: Kubernetes) -> None:
    """tcp(7): keepalive probes after 30 s, then each 10 s, three of them; HTTP has no sign of life of its own."""
    connection = api._connection(630)
    try:
        assert connection.sock.gettimeout() == 630
        probes = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        assert [connection.sock.getsockopt(socket.IPPROTO_TCP, each) for each in probes] == [30, 10, 3]
        assert connection.sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    finally:
        connection.close()


@pytest.fixture
def account(tmp_path: Path) -> Path:
    """A service account's folder with a certificate for the loopback addresses (its key beside it), and a token."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kube-apiserver")])
    now = datetime.datetime.now(datetime.UTC)
    addresses = [x509.IPAddress(ipaddress.ip_address(each)) for each in ("127.0.0.1", "::1")]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(addresses), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "ca.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "key").write_bytes(key.private_bytes(*plain))
    (tmp_path / "token").write_text("first\n")
    return tmp_path


def tls(account: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(account / "ca.crt", account / "key")
    return context


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_pod_reaches_the_server_with_its_service_account(account: Path, host: str) -> None:
    """Kubernetes documentation, "Accessing the Kubernetes API from a Pod"; the host may be an IPv6 literal."""
    server = ApiServer()
    server.put(NODES, {"metadata": {"name": "n1"}})
    server.token = "first"
    with served(server, host, tls(account)) as (_, port):
        environment = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": str(port)}
        api = Kubernetes.of_pod(environment, account)
        assert api.get(f"{NODES}/n1")
        server.token = "second"
        with pytest.raises(Refused, match="401"):
            api.get(f"{NODES}/n1")
        (account / "token").write_text("second")
        assert api.get(f"{NODES}/n1")


def test_a_server_with_a_foreign_certificate_gets_no_token(account: Path, tmp_path_factory: Any) -> None:
    server = ApiServer()
    with ExitStack() as stack:
        _, port = stack.enter_context(served(server, "127.0.0.1", tls(account)))
        (account / "ca.crt").unlink()
        other = Kubernetes(f"https://127.0.0.1:{port}", None, account / "token")
        with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
            other.get(NODES)
    assert not server.asked
