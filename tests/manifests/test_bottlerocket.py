"""Settings for Bottlerocket."""

import tomllib

import pytest

from node.manifests.bottlerocket import bottlerocket_settings
from node.manifests.names import TAINT
from node.manifests.node_config import Kubelet


def test_max_pods_and_the_taint_are_settings_of_kubernetes() -> None:
    """A taint is written as its key, and "value:effect" (Bottlerocket, `kubernetes.node-taints`)."""
    assert tomllib.loads(bottlerocket_settings(Kubelet(max_pods=30, held_back=True))) == {
        "settings": {"kubernetes": {"max-pods": 30, "node-taints": {TAINT: "true:NoSchedule"}}}
    }


def test_nothing_is_said_where_nothing_is_wished() -> None:
    assert bottlerocket_settings(Kubelet()) == ""


def test_an_expression_is_refused() -> None:
    with pytest.raises(ValueError, match="must be a number"):
        bottlerocket_settings(Kubelet(max_pods="max_pods - 9"))
