"""How many pods a node takes beside its extra interfaces."""

from dataclasses import replace

import pytest

from node.manifests.max_pods import max_pods, max_pods_expression
from nodenet.limits import InstanceLimits, shipped
from tests.manifests.networks import group, network
from tests.unit.capacity.test_nodeconfig import computed

NONE = group()
ONE = group(network("n3"))
TWO = group(network("n3"), network("n6"))


def limits(instance_type: str) -> InstanceLimits:
    found = shipped(instance_type)
    assert found
    return found


# EKS Best Practices, "Custom Networking" and "Prefix Mode for Linux": m5.large holds 3 interfaces of 10 addresses.
@pytest.mark.parametrize(
    ("instance_type", "prefixes", "custom_networking", "pods"),
    [
        ("m5.large", False, False, 29),
        ("m5.large", False, True, 20),
        ("m5.large", True, True, 110),
        ("m5.4xlarge", False, False, 110),
        ("m5.8xlarge", True, False, 250),
        # Without prefixes too: amazon-eks-ami's max-pods-calculator.sh caps whatever it has computed. Plainly: 737.
        ("m5.24xlarge", False, False, 250),
        # Not Nitro: no prefixes.
        ("m4.large", True, False, 20),
    ],
)
def test_without_extra_networks_it_is_what_aws_documents(
    instance_type: str, prefixes: bool, custom_networking: bool, pods: int
) -> None:
    assert max_pods(limits(instance_type), NONE, prefixes=prefixes, custom_networking=custom_networking) == pods


def test_each_extra_interface_takes_one_interfaces_pods() -> None:
    """(3 - 1) x (10 - 1) + 2: ipamd takes unmanaged interfaces off its own limit (amazon-vpc-cni-k8s, pkg/ipamd)."""
    assert max_pods(limits("m5.large"), ONE) == 20
    assert max_pods(limits("m5.large"), TWO) == 11
    assert max_pods(limits("m5.xlarge"), group(network("n6", interfaces=2))) == 30
    assert max_pods(limits("m5.large"), ONE, custom_networking=True) == 11


def test_interfaces_on_other_network_cards_take_no_pods() -> None:
    """The VPC CNI's formula counts the default card only (nodeadm, eni_max_pods.go: DefaultMaxENIs)."""
    p4d = limits("p4d.24xlarge")
    all_of_a_card = p4d.cards[1].maximum_interfaces
    assert max_pods(p4d, group(network("n3", network_card=1, interfaces=all_of_a_card))) == max_pods(p4d, NONE)
    with pytest.raises(ValueError, match="none is left for pods"):
        max_pods(p4d, group(network("n3", network_card=0, interfaces=all_of_a_card)))


@pytest.mark.parametrize("custom_networking", [False, True])
def test_where_no_interface_is_left_for_pods_it_says_so(custom_networking: bool) -> None:
    crowded = group(network("n3"), network("n4"), *([] if custom_networking else [network("n6")]))
    with pytest.raises(ValueError, match=r"m5\.large holds 3 interfaces.*none is left for pods"):
        max_pods(limits("m5.large"), crowded, custom_networking=custom_networking)


@pytest.mark.parametrize("custom_networking", [False, True])
@pytest.mark.parametrize("instance_type", ["m5.large", "c5.2xlarge", "r5.4xlarge"])
def test_the_expression_computes_the_same_for_whatever_type_the_node_is(
    instance_type: str, custom_networking: bool
) -> None:
    of = limits(instance_type)
    expression = max_pods_expression(ONE, custom_networking=custom_networking)
    assert min(computed(expression, of), 110) == max_pods(of, ONE, custom_networking=custom_networking)


def test_the_cap_is_of_more_than_30_vcpus_as_in_ekss_script() -> None:
    """max-pods-calculator.sh, amazon-eks-ami: `"$CPU_COUNT" -gt 30`. No type has just thirty but for a made one."""
    thirty = replace(limits("m5.8xlarge"), vcpus=30)
    assert max_pods(thirty, NONE, prefixes=True) == 110
    assert max_pods(replace(thirty, vcpus=31), NONE, prefixes=True) == 250
    assert max_pods(replace(thirty, vcpus=None), NONE, prefixes=True) == 110
