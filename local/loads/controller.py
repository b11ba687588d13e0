"""A stand-in for the AWS Load Balancer Controller: in every cluster with controllers it keeps TargetGroupBindings.

Installing the controller is what a cluster's owner does; here it is there, and waits for the CustomResourceDefinition
targetgroupbindings.elbv2.k8s.aws.
"""

from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends

from local.kubernetes.controllers import running
from local.kubernetes.controllers.cluster import Cluster
from local.kubernetes.controllers.running import Running
from local.kubernetes.resources import BUILT_IN, Resource
from local.kubernetes.things import Thing
from local.loads import health
from local.loads.targets import KIND, NEEDED, Bindings


def install() -> None:
    """From now on every cluster that gets controllers gets this one."""
    if _start not in running.on_started:
        running.on_started.append(_start)


def _start(cluster: Running) -> None:
    _, _, _, region, account, _ = cluster.cluster.arn.split(":")
    own = Cluster(f"loads-of-{cluster.cluster.name}", cluster.store)
    bindings = Bindings(own, cluster.cluster.name, ec2_backends[account][region], elbv2_backends[account][region])

    def notice(event: str, resource: Resource, thing: Thing) -> None:
        if resource.kind in NEEDED or (resource.kind == KIND and resource.custom):
            own.engine.notice(event, resource.kind, thing)

    def stop() -> None:
        cluster.store.watchers.remove(notice)
        health.probes.remove(bindings.probe)
        own.engine.close()

    cluster.store.watchers.append(notice)
    cluster.on_stopped.append(stop)
    health.probes.append(bindings.probe)
    for resource in BUILT_IN.values():
        for thing in cluster.store.all(resource) if resource.kind in NEEDED else ():
            own.engine.notice("ADDED", resource.kind, thing)
    own.engine.start([bindings])
