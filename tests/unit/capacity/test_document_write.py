"""Writing a plan's document: YAML that reads back equal, and says no more than it must."""

from ipaddress import IPv4Network
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from nodenet.capacity.document import PlanDocument, read, write
from tests.unit.capacity.documents import small

names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12) | st.sampled_from(
    [
        "no",
        "~",
        "1.10",
        "012",
        "=",
        "2026-01-01",
        "a: b",
        "- x",
        "#",
        "null",
        "0x1F",
        "12:30:00",
        "5",
        "*a",
        "<<",
        " a ",
    ]
)


def test_a_document_is_written_in_the_models_order_without_defaults() -> None:
    document = PlanDocument.model_validate(
        {
            "nodeGroups": [
                {
                    "surge": 0,
                    "hostNetworkPods": 2,
                    "subnets": ["nodes-a"],
                    "pods": {"nodes": {"20": 3, "45": 1}},
                    "instanceTypes": {"m5.large": 4},
                    "name": "web",
                }
            ],
            "headroom": "20%",
            "subnets": [{"zone": "eu-west-1a", "name": "nodes-a", "cidr": "10.0.0.0/24", "occupied": ["10.0.0.9"]}],
            "cni": {"WARM_IP_TARGET": "2", "ENABLE_POD_ENI": "true", "WARM_ENI_TARGET": None},
            "vpc": ["10.0.0.0/16"],
        }
    )
    assert write(document) == (
        "vpc: [10.0.0.0/16]\n"
        "cni: {WARM_IP_TARGET: 2, ENABLE_POD_ENI: true, WARM_ENI_TARGET: null}\n"
        "subnets:\n"
        "- name: nodes-a\n"
        "  zone: eu-west-1a\n"
        "  cidr: 10.0.0.0/24\n"
        "  occupied: [10.0.0.9]\n"
        "nodeGroups:\n"
        "- name: web\n"
        "  instanceTypes: {m5.large: 4}\n"
        "  pods:\n"
        "    nodes: {20: 3, 45: 1}\n"
        "  subnets: [nodes-a]\n"
    )


@settings(deadline=None)
@given(
    st.lists(names, min_size=3, max_size=3, unique=True),
    st.sampled_from(["0%", "12.5%", "33.33%", "99.99%"]),
    st.dictionaries(
        st.sampled_from(["CLUSTER_NAME", "POD_MTU", "ADDITIONAL_ENI_TAGS"]),
        st.none() | st.booleans() | st.integers(-9, 9999) | names | st.sampled_from(["true", "True", "01", "+1", ""]),
    ),
    st.integers(16, 28),
    st.none() | st.booleans(),
    st.sampled_from([0, 3, "33%", "all"]),
)
def test_what_is_written_reads_back_equal(
    three: list[str], headroom: str, cni: dict[str, Any], length: int, tag: bool | None, surge: Any
) -> None:
    """Names that YAML would take for something else, and sizes, shares and settings in every form."""
    node, pods, group = three
    document = PlanDocument.model_validate(
        {
            "headroom": headroom,
            "cni": cni,
            "subnets": [
                {"name": node, "zone": group, "cidr": str(IPv4Network(f"10.0.0.0/{length}")), "cni": tag},
                {"name": pods, "zone": group, "size": f"/{length}", "used": 3},
            ],
            "eniConfigs": {group: [pods]},
            "nodeGroups": [
                {
                    "name": group,
                    "instanceType": "m5.large",
                    "nodes": 2,
                    "pods": {"from": 1, "to": 2},
                    "subnets": [node],
                    "surge": surge,
                }
            ],
        }
    )
    assert read(write(document)) == document


def test_every_part_reads_back_equal() -> None:
    document = small() | {"migration": {"cni": {"WARM_IP_TARGET": 1}, "eniConfigs": {"a": "pods-a"}}}
    document["networks"][0] |= {"addresses": {"slice": "/28"}, "networkCard": 0, "interfaces": 2}
    document["subnets"][0] |= {"reservations": [{"cidr": "10.0.0.64/28", "type": "prefix"}], "occupied": []}
    made = PlanDocument.model_validate(document)
    assert read(write(made)) == made
