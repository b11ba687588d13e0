"""Asks EC2 and Kubernetes, at once where the order does not matter, and says every missing permission together."""

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from nodenet.capacity.running.ports import CloudPort, KubernetesPort
from nodenet.capacity.running.seen import Cloud, Cluster, Seen
from nodenet.errors import AccessDenied, PermissionsMissing

_RESERVATIONS: Final = "ec2:GetSubnetCidrReservations"
_AT_ONCE: Final = 8

type Wanted = Callable[[Seen], Collection[str]]


def read(cluster: Cluster, cloud: CloudPort, kubernetes: KubernetesPort, wanted: Wanted) -> Seen:
    """All that there is to see; reservations only of the subnets that `wanted` picks from the rest.

    PermissionsMissing names all that were denied; other exceptions of the ports as they come.
    """
    vpc = cluster.vpc_id
    with _at_once() as ask:
        addon = ask("eks:DescribeAddon", cloud.addon, cluster.name)
        blocks = ask("ec2:DescribeVpcs", cloud.vpc_blocks, vpc)
        subnets = ask("ec2:DescribeSubnets", cloud.subnets, vpc)
        interfaces = ask("ec2:DescribeNetworkInterfaces", cloud.interfaces, vpc)
        instances = ask("ec2:DescribeInstances", cloud.instances, vpc)
        daemon_set = ask("kubernetes: get daemonsets.apps kube-system/aws-node", kubernetes.vpc_cni)
        nodes = ask("kubernetes: list nodes", kubernetes.nodes)
        pods = ask("kubernetes: list pods", kubernetes.pods)
        eni_configs = ask("kubernetes: list eniconfigs.crd.k8s.amazonaws.com", kubernetes.eni_configs)
        # A subnet of the control plane's tells at once whether this permission is there too.
        sample = {each: ask(_RESERVATIONS, cloud.reservations, each) for each in cluster.subnet_ids[:1]}
    # What is in no known subnet came while the others were asked, or is of IPv6 alone.
    known = {each.id: each for each in subnets()}
    seen = Seen(
        cluster,
        Cloud(
            tuple(blocks()),
            known,
            tuple(each for each in interfaces() if each.subnet_id in known),
            {each.id: each for each in instances() if each.subnet_id in known},
        ),
        addon(),
        daemon_set(),
        nodes(),
        pods(),
        eni_configs(),
    )
    with _at_once() as ask:
        rest = {each: ask(_RESERVATIONS, cloud.reservations, each) for each in sorted({*wanted(seen)} - {*sample})}
    reservations = {each: tuple(found()) for each, found in (sample | rest).items()}
    return replace(seen, cloud=replace(seen.cloud, reservations=reservations))


class _Asking:
    """Calls under way, each with the permission that it needs."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._asked: list[tuple[str, Future[Any]]] = []

    def __call__[**P, T](
        self, permission: str, call: Callable[P, T], *args: P.args, **more: P.kwargs
    ) -> Callable[[], T]:
        future = self._pool.submit(call, *args, **more)
        self._asked.append((permission, future))
        return future.result

    def settle(self) -> None:
        """Waits for all. Denials before other failures: they stay, whatever becomes of those."""
        denied: dict[str, str] = {}
        failed: list[BaseException] = []
        for permission, future in self._asked:
            error = future.exception()
            if isinstance(error, AccessDenied):
                denied.setdefault(permission, str(error))
            elif error:
                failed.append(error)
        if denied:
            raise PermissionsMissing(denied)
        if failed:
            raise failed[0]


@contextmanager
def _at_once() -> Iterator[_Asking]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        asking = _Asking(pool)
        yield asking
        asking.settle()
