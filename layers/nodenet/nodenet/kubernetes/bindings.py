"""Which load balancers' target groups have pods, by the AWS Load Balancer Controller's TargetGroupBindings."""

from nodenet.kubernetes import kinds
from nodenet.kubernetes.access import needs
from nodenet.kubernetes.connection import Connection
from nodenet.kubernetes.listing import listed
from nodenet.kubernetes.rehearsal import rehearse
from nodenet.migration.objects import TargetGroupBinding

type Selectors = dict[tuple[str, str], dict[str, str]]


class Bindings:
    def __init__(self, connection: Connection) -> None:
        rehearse([kinds.TargetGroupBinding, kinds.Service])
        self._connection = connection

    @needs("list", on="targetgroupbindings", group="elbv2.k8s.aws")
    def bindings(self) -> list[TargetGroupBinding]:
        """Empty where the cluster does not know the kind."""
        return listed(self._connection, kinds.TargetGroupBinding, _binding, missing_ok=True)

    @needs("list", on="services")
    def selectors(self) -> Selectors:
        """The labels by which each service chooses its pods, by its namespace and name; services without choose none
        themselves ("Service" in the Kubernetes documentation, Services without selectors) and are left out."""
        every = listed(self._connection, kinds.Service, lambda item: (item.metadata, item.spec.selector))
        return {(about.namespace, about.name): selector for about, selector in every if selector}


def _binding(item: kinds.TargetGroupBinding) -> TargetGroupBinding:
    spec = item.spec
    return TargetGroupBinding(
        item.metadata.namespace, item.metadata.name, spec.arn, spec.target_type, spec.service.name
    )
