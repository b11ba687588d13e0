"""The VPC CNI of one cluster, as its kubelets and its aws-node pods have to do with it."""

import hashlib
from collections.abc import Callable
from typing import Any

from local.nodes.daemons import Daemons
from local.nodes.objects import Objects
from local.nodes.worker import Worker
from local.world import world

type Thing = dict[str, Any]

NAMESPACE, APP = "kube-system", "aws-node"
READY = "local.kubernetes/ready"
"""The annotation by which a kubelet here is told what a container's readiness probe says."""
SANDBOX = (
    "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "
    '"{sandbox}": plugin type="aws-cni" name="aws-cni" failed (add): add cmd: {why}'
)
"""As containerd and the kubelet put it (aws/amazon-vpc-cni-k8s #3494); `why` is cmd/routed-eni-cni-plugin/cni.go's."""
NO_ADDRESS = "failed to assign an IP address to container"
NO_DAEMON = (
    "Error received from AddNetwork gRPC call: rpc error: code = Unavailable desc = connection error: desc = "
    '"transport: Error while dialing: dial tcp 127.0.0.1:50051: connect: connection refused"'
)
QUIET = 60.0
"""Seconds between two Events about one pod; client-go's recorder lets still fewer through when they come often."""


class VpcCni:
    """Addresses for the kubelets (`changed`, `give`, `take_back`). `ready` is called with a node whose daemon serves,
    `tell` makes Events. Everything but `give`, `take_back` and `pod_made` runs on the worker's thread."""

    def __init__(
        self,
        objects: Objects,
        worker: Worker,
        instance_of: Callable[[str], Any],
        ready: Callable[[str], None],
        tell: Callable[..., None],
    ) -> None:
        self.changed: list[Callable[[str], None]] = []
        self._objects = objects
        self._worker = worker
        self._ready = ready
        self._tell = tell
        self._daemons = Daemons(self, worker, instance_of, self._served, self._grown)
        self._configured: set[str] = set()
        self._seen: dict[str, Any] = {}
        self._quiet: dict[str, float] = {}

    def give(self, node_name: str, pod: Thing) -> str | None:
        """The pod's address, None where there is none or nobody to ask."""
        uid, daemon = pod["metadata"]["uid"], self._daemons.find(node_name)
        served = daemon is not None and daemon.up
        address = daemon.pool.assign(uid) if daemon and served else None
        self._worker.do(lambda: self._daemons.wake(node_name))
        # Before the daemon has first served, the kubelet knows of no plug-in that it could call.
        if address is None and node_name in self._configured:
            self._complain(pod, NO_ADDRESS if served else NO_DAEMON)
        return str(address) if address else None

    def take_back(self, pod: Thing) -> None:
        node_name, uid = pod["spec"].get("nodeName", ""), pod["metadata"]["uid"]
        self._daemons.release(node_name, uid)
        self._quiet.pop(uid, None)
        self._worker.do(lambda: self._daemons.wake(node_name))

    def pod_made(self, pod: Thing) -> None:
        """An aws-node pod is not ready before its daemon answers: what its readiness probe asks."""
        self._set_ready(pod, ready=False)

    def pod_changed(self, pod: Thing, *, gone: bool) -> None:
        """An aws-node pod has started, or ends."""
        going = gone or bool(pod["metadata"].get("deletionTimestamp"))
        running = pod.get("status", {}).get("phase") == "Running"
        if running and not going and not self._daemons.runs(pod):
            self._daemons.begin(pod)
        elif going and self._daemons.runs(pod):
            node = pod["spec"]["nodeName"]
            if daemon := self._daemons.find(node):
                daemon.terminating = True
            if gone:
                self._daemons.end(node)

    def node_changed(self, node: Thing) -> None:
        """Its labels, annotations or taints may say something else now."""
        about, name = node["metadata"], node["metadata"]["name"]
        says = about.get("labels"), about.get("annotations"), node["spec"].get("taints")
        if self._seen.get(name) != says:
            self._seen[name] = says
            self._daemons.wake(name)

    def eni_config_changed(self) -> None:
        for name in self._daemons.nodes():
            self._daemons.wake(name)

    def powered(self, node: str, on: bool) -> None:
        """A node's machine has been switched off, and its daemon with it, or on."""
        if not on:
            self._daemons.end(node)
            return
        for pod in self._objects.all("Pod", NAMESPACE):
            if pod["spec"].get("nodeName") == node and (pod["metadata"].get("labels") or {}).get("k8s-app") == APP:
                self.pod_changed(pod, gone=False)

    def forget(self, node: str) -> None:
        """The node is gone."""
        self._daemons.forget(node)
        self._configured.discard(node)
        self._seen.pop(node, None)

    def node(self, name: str) -> Thing | None:
        return self._objects.find("Node", name)

    def eni_config(self, name: str) -> Thing | None:
        return self._objects.find("ENIConfig", name)

    def _served(self, node: str, pod: Thing) -> None:
        self._configured.add(node)
        self._ready(node)
        self._set_ready(pod, ready=True)

    def _grown(self, node: str) -> None:
        for told in self.changed:
            told(node)

    def _complain(self, pod: Thing, why: str) -> None:
        uid, now = pod["metadata"]["uid"], world.clock.now()
        if now < self._quiet.get(uid, 0):
            return
        self._quiet[uid] = now + QUIET
        message = SANDBOX.format(sandbox=hashlib.sha256(uid.encode()).hexdigest(), why=why)
        self._tell(pod, "Warning", "FailedCreatePodSandBox", message, "kubelet", pod["spec"]["nodeName"])

    def _set_ready(self, pod: Thing, *, ready: bool) -> None:
        def note(pod: Thing) -> None:
            notes = {k: v for k, v in (pod["metadata"].get("annotations") or {}).items() if k != READY}
            pod["metadata"]["annotations"] = notes | ({} if ready else {READY: "never"})

        self._objects.change("Pod", pod["metadata"]["name"], note, namespace=NAMESPACE)
