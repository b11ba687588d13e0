"""A real Kubernetes control plane on loopback: etcd, API server, controllers, scheduler, and kwok for the kubelets.

Source of the flags: the reference page of each program in the Kubernetes documentation; kwok.sigs.k8s.io, "Stages".
"""

from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from lightkube import Client, KubeConfig
from lightkube.core.exceptions import ApiError
from lightkube.resources.core_v1 import ServiceAccount

from local.kubernetes.outside.asking import Access
from tests.e2e.kubernetes import configuration
from tests.e2e.kubernetes.credentials import ADMINISTRATORS, Authority, signing_key
from tests.e2e.kubernetes.processes import ADDRESS, Processes, free_port
from tests.e2e.kubernetes.programs import Programs

SERVICES: Final = "172.20.0.0/16"
"""What EKS takes where the VPC is in 10.0.0.0/8 (CreateCluster, serviceIpv4Cidr)."""


class ControlPlane:
    """Runs until `close()`. Its files are in `folder`, which must be there and have a short name.

    `reviewer` is a URL that tells who shows a token ("Webhook Token Authentication"); without it there are none but
    service accounts and who has a certificate. `tunnel` is a Unix socket of an HTTP proxy through which the API server
    reaches pods; without it, it tries by itself.

    Pods of nodes that another gives addresses to (`addresses=False`) run once they have `status.podIP`; else kwok makes
    one up for each.
    """

    def __init__(
        self,
        programs: Programs,
        folder: Path,
        *,
        reviewer: str = "",
        tunnel: Path | None = None,
        addresses: bool = True,
    ) -> None:
        self._programs = programs
        self._folder = folder
        self._processes = Processes(folder)
        self._authority = Authority(folder)
        self.endpoint = f"https://{ADDRESS}:{free_port()}"
        self.authority = self._authority.certificate.read_text()
        """The certificate that clients trust, as PEM."""
        self.kubeconfig = self._authority.kubeconfig(self.endpoint, "admin")
        try:
            self._start(reviewer, tunnel, addresses)
        except BaseException:
            self.close()
            raise

    @property
    def access(self) -> Access:
        """An administrator's, for who knows nothing of files."""
        pair = self._folder / "admin"
        return Access(
            self.endpoint,
            self.authority,
            pair.with_suffix(".crt").read_text(),
            pair.with_suffix(".key").read_text(),
        )

    def client(self) -> Client:
        """An administrator's, to be closed."""
        return Client(config=KubeConfig.from_file(self.kubeconfig), field_manager="tests")

    def memory(self) -> dict[str, int]:
        """Bytes of resident memory, by program."""
        return self._processes.memory()

    def close(self) -> None:
        self._processes.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self, reviewer: str, tunnel: Path | None, addresses: bool) -> None:
        etcd = self._start_etcd()
        accounts = signing_key(self._folder, "service-accounts")
        server = self._authority.issue("kube-apiserver", address=ADDRESS)
        flags = {
            "etcd-servers": etcd,
            "bind-address": ADDRESS,
            "secure-port": self.endpoint.rpartition(":")[2],
            "tls-cert-file": server.certificate,
            "tls-private-key-file": server.key,
            "client-ca-file": self._authority.certificate,
            "authorization-mode": "RBAC",
            # The VPC CNI and kube-proxy are.
            "allow-privileged": "true",
            "service-cluster-ip-range": SERVICES,
            "service-account-issuer": self.endpoint,
            "service-account-key-file": accounts.certificate,
            "service-account-signing-key-file": accounts.key,
            # The service "kubernetes" has no endpoints: they may not be of loopback, and nobody here asks for it.
            "endpoint-reconciler-type": "none",
            **configuration.reviewer(self._folder, reviewer),
            **configuration.tunnel(self._folder, tunnel),
        }
        self._run("kube-apiserver", flags)
        self._processes.wait(self._ready, "the API server ready")
        self._run(
            "kube-controller-manager",
            {
                "kubeconfig": self._kubeconfig("system:kube-controller-manager"),
                "leader-elect": "false",
                "secure-port": 0,
                "allocate-node-cidrs": "false",
                "service-account-private-key-file": accounts.key,
                "root-ca-file": self._authority.certificate,
                # A node whose kubelet is silent is noticed in seconds and not in the minute of a real cluster.
                "node-monitor-period": "1s",
                "node-monitor-grace-period": "16s",
                "kube-api-qps": 200,
                "kube-api-burst": 400,
            },
        )
        scheduler = self._kubeconfig("system:kube-scheduler")
        self._run("kube-scheduler", {**configuration.scheduler(self._folder, scheduler), "secure-port": 0})
        self._run(
            "kwok",
            {
                "kubeconfig": self._kubeconfig("kwok"),
                "manage-all-nodes": "true",
                "node-lease-duration-seconds": 12,
                "cidr": "10.128.0.0/9",
                **configuration.stages(self._folder, made_up_addresses=addresses),
            },
        )
        self._processes.wait(self._has_accounts, "the service account of the default namespace")

    def _start_etcd(self) -> str:
        clients, peers = (f"http://{ADDRESS}:{free_port()}" for _ in range(2))
        self._run(
            "etcd",
            {
                "data-dir": self._folder / "etcd",
                "listen-client-urls": clients,
                "advertise-client-urls": clients,
                "listen-peer-urls": peers,
                "initial-advertise-peer-urls": peers,
                "initial-cluster": f"default={peers}",
                # Nothing of it is to outlive the machine.
                "unsafe-no-fsync": "true",
            },
        )
        return clients

    def _kubeconfig(self, name: str) -> Path:
        return self._authority.kubeconfig(self.endpoint, name, [ADMINISTRATORS])

    def _run(self, name: str, flags: dict[str, object]) -> None:
        self._processes.start(name, self._programs[name], [f"--{flag}={value}" for flag, value in flags.items()])

    def _ready(self) -> bool:
        try:
            with urlopen(f"{self.endpoint}/readyz", context=self.access.context(), timeout=5) as answer:
                return bool(answer.status == 200)
        except HTTPError as not_yet:
            not_yet.close()
            return False
        except (URLError, ConnectionError, TimeoutError):
            return False

    def _has_accounts(self) -> bool:
        """The controllers run: no pod is taken without its namespace's account."""
        try:
            with self.client() as client:
                client.get(ServiceAccount, "default", namespace="default")
        except ApiError:
            return False
        return True
