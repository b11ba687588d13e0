"""What lies between here and an API server: proxies, certificates, names, servers that do not answer."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from nodenet.aws.eks_token import regional_sts, token
from nodenet.cluster_reading import read_cluster
from nodenet.errors import HeldError, NodenetError, Throttled
from nodenet.kubernetes.cluster_reading import ClusterReading
from nodenet.kubernetes.connection import with_token
from nodenet.kubernetes.kubeconfig import with_kubeconfig
from tests.integration.cluster_reader import as_a_role, built_cluster, populate, reader_of_cluster  # noqa: F401
from tests.integration.running_cluster import CLUSTER, RunningCluster
from tests.integration.tunnelling_proxy import Proxy


@pytest.fixture
def proxy(reader: RunningCluster) -> Iterator[tuple[str, type[Proxy]]]:
    """Its address, and what it is asked."""
    handler = type("Handler", (Proxy,), {"port": int(reader.endpoint.rpartition(":")[2]), "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", handler
    server.shutdown()
    server.server_close()


@pytest.fixture
def kubeconfig(reader: RunningCluster, tmp_path: Path) -> Any:
    """Writes a kubeconfig for the cluster, with changes to its cluster and user."""

    def write(user: dict[str, Any] | None = None, **cluster: Any) -> Path:
        (tmp_path / "ca.crt").write_text(reader.authority)
        user = user or {"token": token(CLUSTER, regional_sts("eu-west-1"))}
        there = {"server": reader.endpoint, "certificate-authority": "ca.crt", **cluster}
        text = yaml.safe_dump(
            {
                "current-context": "prod",
                "contexts": [{"name": "prod", "context": {"cluster": "prod", "user": "me"}}],
                "clusters": [{"name": "prod", "cluster": {key: value for key, value in there.items() if value}}],
                "users": [{"name": "me", "user": user}],
            }
        )
        (tmp_path / "config").write_text(text)
        return tmp_path / "config"

    return write


@pytest.mark.parametrize(("no_proxy", "goes_by_it"), [("", True), ("127.0.0.1", False)])
def test_the_environments_proxy_is_used(
    reader: RunningCluster,
    proxy: tuple[str, type[Proxy]],
    monkeypatch: pytest.MonkeyPatch,
    no_proxy: str,
    goes_by_it: bool,
) -> None:
    populate(reader)
    address, handler = proxy
    monkeypatch.setenv("HTTPS_PROXY", address)
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert read_cluster(CLUSTER).calls["kubernetes:list nodes"] == 1
    assert bool(handler.asked) is goes_by_it


def test_a_kubeconfigs_proxy_and_server_name_are_used(
    kubeconfig: Any, proxy: tuple[str, type[Proxy]], reader: RunningCluster
) -> None:
    """By a tunnel the server has another address than its certificate says."""
    address, handler = proxy
    port = reader.endpoint.rpartition(":")[2]
    path = kubeconfig(server=f"https://tunnel.invalid:{port}", **{"proxy-url": address, "tls-server-name": "127.0.0.1"})
    with with_kubeconfig(path) as connection:
        assert list(ClusterReading(connection).nodes()) == []
    assert handler.asked == [f"tunnel.invalid:{port}"]
    path = kubeconfig(server=f"https://tunnel.invalid:{port}", **{"proxy-url": address})
    with with_kubeconfig(path) as connection, pytest.raises(HeldError, match="does not prove to be the cluster's"):
        ClusterReading(connection).nodes()


def test_a_proxy_that_refuses_is_told(
    reader: RunningCluster, proxy: tuple[str, type[Proxy]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, handler = proxy
    handler.refuses = True
    monkeypatch.setenv("HTTPS_PROXY", address)
    monkeypatch.setenv("NO_PROXY", "")
    with pytest.raises(HeldError, match=r"the proxy on the way to 127\.0\.0\.1 refuses: 403 Not by me; NO_PROXY"):
        read_cluster(CLUSTER)


def test_a_proxy_that_cannot_be_used_is_told_without_its_password(kubeconfig: Any) -> None:
    with pytest.raises(HeldError, match="the proxy socks5://there:1 cannot be used") as caught:
        with_kubeconfig(kubeconfig(**{"proxy-url": "socks5://me:secret@there:1"}))
    assert "secret" not in str(caught.value)


def test_a_server_of_another_authority_is_not_given_the_token(reader: RunningCluster) -> None:
    made = reader.region.client("eks").create_cluster(
        name="other", roleArn="arn:aws:iam::111122223333:role/c", resourcesVpcConfig={"subnetIds": []}
    )["cluster"]
    reader.region.control.clear_calls()
    with (
        with_token(reader.endpoint, made["certificateAuthority"]["data"], "k8s-aws-v1.secret") as connection,
        pytest.raises(
            HeldError, match=r"127\.0\.0\.1 does not prove to be the cluster's API server: unable to get local issuer"
        ),
    ):
        ClusterReading(connection).nodes()
    assert not reader.region.control.calls("kubernetes")


def test_verification_cannot_be_switched_off(kubeconfig: Any) -> None:
    with pytest.raises(HeldError, match="has insecure-skip-tls-verify for prod"):
        with_kubeconfig(kubeconfig(**{"insecure-skip-tls-verify": True, "certificate-authority": None}))


@pytest.mark.parametrize(
    ("server", "kind", "says"),
    [
        ("https://prod.invalid", Throttled, "the name of the cluster's API server, prod.invalid, is not known here"),
        ("https://127.0.0.1:9", Throttled, "127.0.0.1 cannot be reached: .* a private endpoint"),
    ],
)
def test_a_server_that_is_not_reached_is_told(
    kubeconfig: Any, monkeypatch: pytest.MonkeyPatch, server: str, kind: type[NodenetError], says: str
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with with_kubeconfig(kubeconfig(server=server)) as connection, pytest.raises(kind, match=says):
        ClusterReading(connection).nodes()


def test_what_is_no_api_server_is_told(kubeconfig: Any) -> None:
    """A sign-in page, say."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "6")
            self.end_headers()
            self.wfile.write(b"<html>")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    path = kubeconfig(server=f"http://127.0.0.1:{server.server_address[1]}")
    with with_kubeconfig(path) as connection, pytest.raises(HeldError, match="no API server of Kubernetes"):
        ClusterReading(connection).nodes()
    server.shutdown()
    server.server_close()


def test_a_program_that_makes_tokens_is_called(kubeconfig: Any, tmp_path: Path) -> None:
    """As `aws eks update-kubeconfig` writes it."""
    made = {"status": {"token": token(CLUSTER, regional_sts("eu-west-1"))}}
    (tmp_path / "answer.json").write_text(str(made).replace("'", '"'))
    exec_ = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "cat",
        "args": [str(tmp_path / "answer.json")],
    }
    with with_kubeconfig(kubeconfig({"exec": exec_})) as connection:
        assert list(ClusterReading(connection).nodes()) == []
    with (
        with_kubeconfig(kubeconfig({"exec": {**exec_, "command": "no-such-program"}})) as connection,
        pytest.raises(HeldError, match="no-such-program"),
    ):
        ClusterReading(connection).nodes()
    with (
        with_kubeconfig(kubeconfig({"exec": {**exec_, "command": "false"}})) as connection,
        pytest.raises(HeldError, match="Exec false returned 1"),
    ):
        ClusterReading(connection).nodes()


@pytest.mark.parametrize("text", ["", "- a", "clusters: 5", "a: [", "{}", "clusters: []\ncontexts: []\nusers: []"])
def test_what_is_no_kubeconfig_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "config").write_text(text)
    with pytest.raises(HeldError, match=r"config|context"):
        with_kubeconfig(tmp_path / "config")
    with pytest.raises(HeldError, match="nowhere"):
        with_kubeconfig(tmp_path / "nowhere")


def test_a_thousand_pods_a_node_are_read(reader: RunningCluster) -> None:
    """Kubernetes writes the quantity 1000 as 1k."""
    reader.put("/api/v1/nodes", {"metadata": {"name": "n"}, "status": {"capacity": {"pods": "1k"}}})
    authority = reader.region.client("eks").describe_cluster(name=CLUSTER)["cluster"]["certificateAuthority"]["data"]
    with with_token(reader.endpoint, authority, token(CLUSTER, regional_sts("eu-west-1"))) as connection:
        assert [each.max_pods for each in ClusterReading(connection).nodes()] == [1000]
