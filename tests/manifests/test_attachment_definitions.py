"""By which pods name a network."""

import json

import jsonschema
import pytest

from node.agent.configuration import parse
from node.agent.imds import Interface
from node.agent.matching import match
from node.manifests.attachments import attachment_definitions, resource_definition
from node.manifests.networks import networks_json
from nodenet.configuration.resolved import ResolvedConfiguration
from tests.manifests.networks import group, network
from tests.manifests.objects import validate

CONFIGURATION = ResolvedConfiguration(
    "prod", (group(network("n6"), network("n3"), role="upf"), group(network("n3"), role="smf"))
)


def test_there_is_one_for_each_network_whatever_groups_and_zones_have_it() -> None:
    made = attachment_definitions(CONFIGURATION, namespace="core")
    assert [each["metadata"]["name"] for each in made] == ["n3", "n6"]
    assert {each["metadata"]["namespace"] for each in made} == {"core"}


def test_of_several_interfaces_on_a_node_there_is_one_for_each_as_the_agent_names_them() -> None:
    n6 = network("n6", interfaces=2)
    read = parse(json.loads(networks_json("prod", group(n6))))
    seen = [
        Interface(f"eni-{number}", f"02:00:00:00:00:0{number}", number, 0, "subnet-a", n6.security_groups)
        for number in (1, 2)
    ]
    wired, missing = match(read.networks, seen)
    assert not missing
    made = attachment_definitions(ResolvedConfiguration("prod", (group(n6),)), namespace="core")
    assert [each["metadata"]["name"] for each in made] == [each.name for each in wired]


def test_none_has_a_config_so_that_multus_takes_the_nodes_own_file() -> None:
    """multus-cni, docs/how-to-use.md, "NetworkAttachmentDefinition with CNI config file"."""
    assert all("config" not in each["spec"] for each in attachment_definitions(CONFIGURATION, namespace="core"))


def test_each_is_what_the_resource_definition_says() -> None:
    definition = resource_definition()["spec"]
    (version,) = definition["versions"]
    schema = version["schema"]["openAPIV3Schema"]
    for each in attachment_definitions(CONFIGURATION, namespace="core"):
        jsonschema.validate(each, schema)
        assert each["apiVersion"] == f"{definition['group']}/{version['name']}"
        assert each["kind"] == definition["names"]["kind"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"spec": {"config": {}}}, schema)


def test_the_resource_definition_is_kubernetes_own() -> None:
    definition = resource_definition()
    assert definition["metadata"]["name"] == f"{definition['spec']['names']['plural']}.{definition['spec']['group']}"
    validate(definition)
