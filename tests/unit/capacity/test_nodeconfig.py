"""The kubelet's limit as nodeadm's NodeConfig, and its expression against the VPC CNI's limit of every type."""

import re
from typing import Any, Final

import pytest
import yaml

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.max_pods import cni_max_pods, nodeadm_max_pods
from nodenet.capacity.nodeconfig import max_pods_expression, node_config, node_config_of_any_type
from nodenet.limits import InstanceLimits, as_the_cni_has_them, shipped_types

HEAD: Final = {"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig"}
CUSTOM: Final = CniSettings(custom_networking=True)


def computed(expression: str, limits: InstanceLimits) -> int:
    """As CEL computes it, of which Python has all but `c ? a : b`: that becomes `[b, a][c]`, from the inside out."""
    before = ""
    while before != expression:
        before = expression
        expression = re.sub(r"\(([^()?:]+) \? ([^()?:]+) : ([^()?:]+)\)", r"[\3, \2][\1]", _inner(expression))
    variables = {
        "default_enis": limits.cards[limits.default_card].maximum_interfaces,
        "ips_per_eni": limits.ipv4_per_interface,
        "max_pods": nodeadm_max_pods(limits),
    }
    value = eval(expression.replace("<<", "(").replace(">>", ")"), {"__builtins__": {}}, variables)
    assert isinstance(value, int)
    return value


def _inner(expression: str) -> str:
    """Parentheses without a question in them are set aside, so that what holds them is the innermost that asks."""
    return re.sub(r"\(([^()?:]*)\)", r"<<\1>>", expression)


def test_a_nodeconfig_says_a_number() -> None:
    """amazon-eks-ami, nodeadm: the e2e case custom-max-pods-expression, kubelet-config-max-pods."""
    text = node_config(29)
    assert yaml.safe_load(text) == HEAD | {"spec": {"kubelet": {"config": {"maxPods": 29}}}}
    assert text.splitlines()[-1] == "      maxPods: 29"


def test_a_nodeconfig_of_any_type_says_an_expression_that_yaml_leaves_alone() -> None:
    """The same case, custom-networking."""
    text = node_config_of_any_type(CUSTOM, at_most=110)
    assert text
    kubelet: dict[str, Any] = yaml.safe_load(text)["spec"]["kubelet"]
    assert kubelet == {"maxPodsExpression": max_pods_expression(CUSTOM, at_most=110)}
    assert yaml.safe_load(text) == HEAD | {"spec": {"kubelet": kubelet}}


@pytest.mark.parametrize(
    ("settings", "unmanaged", "expression"),
    [
        (CniSettings(), 0, "max_pods"),
        (CUSTOM, 0, "(default_enis - 1) * (ips_per_eni - 1) + 2"),
        (CniSettings(), 2, "(default_enis > 3 ? default_enis - 2 : 1) * (ips_per_eni - 1) + 2"),
        (CniSettings(max_eni=3), 0, "(default_enis < 3 ? default_enis : 3) * (ips_per_eni - 1) + 2"),
        (CniSettings(max_eni=3), 2, "1 * (ips_per_eni - 1) + 2"),
    ],
)
def test_the_expression_is_in_nodeadms_words(settings: CniSettings, unmanaged: int, expression: str) -> None:
    """default_enis, ips_per_eni, max_pods (amazon-eks-ami, nodeadm/internal/kubelet/eni_max_pods.go)."""
    assert max_pods_expression(settings, unmanaged=unmanaged) == expression


@pytest.mark.parametrize("at_most", [None, 110])
@pytest.mark.parametrize("unmanaged", [0, 1, 3])
@pytest.mark.parametrize("max_eni", [None, 1, 2, 5])
@pytest.mark.parametrize("custom_networking", [False, True])
def test_the_expression_computes_the_vpc_cnis_limit_of_every_type(
    custom_networking: bool, max_eni: int | None, unmanaged: int, at_most: int | None
) -> None:
    settings = CniSettings(custom_networking=custom_networking, max_eni=max_eni)
    expression = max_pods_expression(settings, unmanaged=unmanaged, at_most=at_most)
    assert expression
    # One type for each pair of interfaces and addresses: nothing else is a variable.
    known = (as_the_cni_has_them(name) for name in sorted(shipped_types()))
    kinds = {(of.cards[of.default_card].maximum_interfaces, of.ipv4_per_interface): of for of in known if of}
    assert len(kinds) > 25
    for of in kinds.values():
        pods = cni_max_pods(of, settings, unmanaged=unmanaged)
        assert computed(expression, of) == (pods if at_most is None else min(pods, at_most)), of.instance_type


@pytest.mark.parametrize("settings", [CniSettings(prefix_delegation=True), CniSettings(pod_eni=True)])
def test_where_types_differ_in_what_nodeadm_does_not_know_there_is_no_expression(settings: CniSettings) -> None:
    assert max_pods_expression(settings) is None
    assert node_config_of_any_type(settings) is None
