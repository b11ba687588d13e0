"""What Multus asks of a Kubernetes API server: pods, their status, NetworkAttachmentDefinitions, events."""

import json
import socket
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from local.vpc.namespaces import Netns

PORT: Final = 6443
STATUS: Final = "k8s.v1.cni.cncf.io/network-status"
NETWORKS: Final = "k8s.v1.cni.cncf.io/networks"

KUBECONFIG: Final = f"""\
apiVersion: v1
kind: Config
clusters: [{{name: local, cluster: {{server: "http://127.0.0.1:{PORT}"}}}}]
users: [{{name: multus, user: {{}}}}]
contexts: [{{name: local, context: {{cluster: local, user: multus}}}}]
current-context: local
"""

type Object = dict[str, Any]


class ApiServer:
    """Objects by their path. It listens on each machine's loopback, so that no route to it is needed."""

    def __init__(self) -> None:
        self.objects: dict[str, Object] = {}
        self._servers: list[ThreadingHTTPServer] = []

    def apply(self, manifest: Mapping[str, Any]) -> None:
        """Stores a Pod or a NetworkAttachmentDefinition."""
        group = "/api/v1" if manifest["apiVersion"] == "v1" else f"/apis/{manifest['apiVersion']}"
        metadata = manifest["metadata"]
        plural = {"Pod": "pods", "NetworkAttachmentDefinition": "network-attachment-definitions"}[manifest["kind"]]
        path = f"{group}/namespaces/{metadata['namespace']}/{plural}/{metadata['name']}"
        self.objects[path] = json.loads(json.dumps(manifest))

    def pod(self, name: str) -> Object:
        return self.objects[f"/api/v1/namespaces/default/pods/{name}"]

    def network_status(self, pod: str) -> list[Object]:
        """What Multus wrote of the pod's interfaces."""
        found: list[Object] = json.loads(self.pod(pod)["metadata"]["annotations"][STATUS])
        return found

    def listen(self, machine: Netns) -> None:
        objects = self.objects

        class Requests(_Requests):
            kept = objects

        server = ThreadingHTTPServer(("127.0.0.1", PORT), Requests, bind_and_activate=False)
        server.socket.close()
        server.socket = machine.inside(lambda: socket.create_server(("127.0.0.1", PORT)))
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self._servers.append(server)

    def stop(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


class _Requests(BaseHTTPRequestHandler):
    kept: dict[str, Object]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        found = self.kept.get(self._path)
        self._answer(200 if found else 404, found or {"kind": "Status", "status": "Failure", "reason": "NotFound"})

    def do_PUT(self) -> None:
        pod = self.kept[self._path.removesuffix("/status")]
        status = annotation(self._body(), STATUS)
        pod["metadata"].setdefault("annotations", {})[STATUS] = status
        self._answer(200, pod)

    def do_POST(self) -> None:
        self._body()
        self._answer(201, {"apiVersion": "v1", "kind": "Event", "metadata": {"name": "told"}})

    @property
    def _path(self) -> str:
        return self.path.partition("?")[0]

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def _answer(self, code: int, content: Object) -> None:
        body = json.dumps(content).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Requests are no news."""


def annotation(pod: bytes, key: str) -> str:
    """An annotation of a pod in protobuf, in which Multus's client writes: a map's entry is the key as field 1 and the
    value as field 2, each with its length as a varint (Protocol Buffers, "Encoding": maps)."""
    start = pod.index(key.encode() + b"\x12") + len(key) + 1
    length = shift = 0
    while True:
        byte = pod[start]
        start += 1
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return pod[start : start + length].decode()
