"""Labels of the nodes that a group's instances become."""

import pytest

from node.manifests.selectors import node_selector
from tests.manifests.networks import group


def test_managed_groups_and_node_pools_have_labels() -> None:
    assert node_selector(group(**{"eks:nodegroup-name": "upf", "team": "core"})) == {
        "eks.amazonaws.com/nodegroup": "upf"
    }
    assert node_selector(group(**{"karpenter.sh/nodepool": "smf"})) == {"karpenter.sh/nodepool": "smf"}


@pytest.mark.parametrize("select", [{"eks:nodegroup-name": "upf-*"}, {"eks:nodegroup-name": "upf-?"}, {"role": "upf"}])
def test_where_no_label_says_exactly_which_nodes_it_asks_for_one(select: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="give them one of their own"):
        node_selector(group(**select))
