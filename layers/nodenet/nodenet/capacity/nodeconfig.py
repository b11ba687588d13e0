"""The kubelet's limit as nodeadm takes it on AL2023: a NodeConfig of node.eks.aws/v1alpha1.

Field by field: amazon-eks-ami, nodeadm/crds/node.eks.aws_nodeconfigs.yaml. In user data it is a MIME part of type
application/node.eks.aws. A managed node group without an AMI of its own gets EKS's maxPods behind it, which prevails:
there it belongs in /etc/eks/nodeadm.d/ ("Overriding configuration with drop-in files").
"""

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.max_pods import HOST_NETWORK_PODS


def node_config(max_pods: int) -> str:
    """YAML that sets spec.kubelet.config.maxPods, for nodes of one instance type."""
    return _HEAD + f"    config:\n      maxPods: {max_pods}\n"


def node_config_of_any_type(settings: CniSettings, *, unmanaged: int = 0, at_most: int | None = None) -> str | None:
    """YAML that sets spec.kubelet.maxPodsExpression to `max_pods_expression`, for nodes of several types; None where
    no expression says it. AMIs from v20251007 on know the field. Unlike maxPods it has nodeadm reserve memory for as
    many pods as there will be; a maxPods in any NodeConfig prevails over it.
    """
    expression = max_pods_expression(settings, unmanaged=unmanaged, at_most=at_most)
    return None if expression is None else _HEAD + f'    maxPodsExpression: "{expression}"\n'


def max_pods_expression(settings: CniSettings, *, unmanaged: int = 0, at_most: int | None = None) -> str | None:
    """The VPC CNI's limit (`cni_max_pods`) of whatever type the node is, as a CEL expression over nodeadm's variables:
    default_enis of the default network card, ips_per_eni, and max_pods, its own figure ("Defining a Max Pods
    Expression", amazon-eks-ami). `at_most`: a cap such as EKS's 110, since the type's vCPUs are no variable.

    None with prefixes, which only Nitro types take, and with ENABLE_POD_ENI, as not every type takes a trunk: nodeadm
    knows neither of a type.
    """
    if settings.prefix_delegation or settings.pod_eni:
        return None
    enis = _enis(settings.max_eni, unmanaged)
    if settings.custom_networking:
        enis = f"({enis} - 1)"
    pods = "max_pods" if enis == "default_enis" else f"{enis} * (ips_per_eni - 1) + {HOST_NETWORK_PODS}"
    return pods if at_most is None else f"({pods} < {at_most} ? {pods} : {at_most})"


def _enis(most: int | None, unmanaged: int) -> str:
    """What is the smaller of the type's limit and MAX_ENI, less the unmanaged, and at least the primary."""
    if most is not None and most <= unmanaged + 1:
        return "1"
    left = f"default_enis - {unmanaged}" if unmanaged else "default_enis"
    if most is not None:
        left = f"(default_enis < {most} ? {left} : {most - unmanaged})"
    return f"(default_enis > {unmanaged + 1} ? {left} : 1)" if unmanaged else left


_HEAD = """\
apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  kubelet:
"""
