"""What EKS answers about its add-on, as the adapter reads it."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from nodenet.aws.addons import Addons
from nodenet.errors import HeldError

VERSION = {"addonName": "vpc-cni", "addonVersion": "v1.23.1-eksbuild.1"}
ENV = {"additionalProperties": False, "properties": {"WARM_IP_TARGET": {"type": "string"}}, "type": "object"}
REFERRING = {
    "$ref": "#/definitions/VpcCni",
    "$schema": "http://json-schema.org/draft-06/schema#",
    "definitions": {
        "Env": ENV,
        "VpcCni": {"additionalProperties": False, "properties": {"env": {"$ref": "#/definitions/Env"}}},
    },
}
"""The form of EKS's own ("Example 1" of describe-addon-configuration, AWS CLI Command Reference)."""


@pytest.fixture(name="eks")
def stubbed() -> Iterator[Stubber]:
    client: Any = boto3.client("eks", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def addons_of(eks: Stubber) -> Addons:
    client: Any = eks.client
    return Addons(client)


@pytest.mark.parametrize(
    ("schema", "variables"),
    [
        (REFERRING, {"WARM_IP_TARGET"}),
        ({"properties": {"env": ENV}}, {"WARM_IP_TARGET"}),
        ({"properties": {"env": {"type": "object", "properties": ENV["properties"]}}}, None),
        ({"type": "object"}, None),
    ],
    ids=["referring", "plain", "open", "silent"],
)
def test_the_variables_that_a_version_takes_are_those_of_its_schema(
    eks: Stubber, schema: Any, variables: set[str] | None
) -> None:
    eks.add_response("describe_addon_configuration", {**VERSION, "configurationSchema": json.dumps(schema)}, VERSION)
    assert addons_of(eks).variables("v1.23.1-eksbuild.1") == variables


def test_an_update_is_asked_for_with_version_and_role_over_what_the_cluster_has(eks: Stubber) -> None:
    about = {"clusterName": "prod", "addonName": "vpc-cni"}
    shown = {
        "addonVersion": "v1.23.1-eksbuild.1",
        "status": "UPDATE_FAILED",
        "serviceAccountRoleArn": "arn:aws:iam::111122223333:role/cni",
        "configurationValues": "{}",
        "health": {"issues": [{"code": "ConfigurationConflict", "message": "conflict"}]},
    }
    eks.add_response("describe_addon", {"addon": shown}, about)
    expected = {
        **about,
        "addonVersion": "v1.23.1-eksbuild.1",
        "serviceAccountRoleArn": "arn:aws:iam::111122223333:role/cni",
        "configurationValues": "{}",
        "resolveConflicts": "OVERWRITE",
        "clientRequestToken": "t",
    }
    eks.add_response("update_addon", {"update": {"id": "u-1"}}, expected)
    addons = addons_of(eks)
    addon = addons.vpc_cni("prod")
    assert addon
    assert (addon.busy, addon.issues) == (False, ("ConfigurationConflict: conflict",))
    assert addons.update("prod", addon, "t") == "u-1"


def test_what_is_not_there_is_no_failure_but_what_is_refused_is(eks: Stubber) -> None:
    addons = addons_of(eks)
    for operation in ("describe_addon", "describe_update", "delete_addon", "describe_cluster"):
        eks.add_client_error(operation, "ResourceNotFoundException", http_status_code=404)
    assert addons.vpc_cni("prod") is None
    assert addons.outcome("prod", "u-1") is None
    addons.release("prod")
    assert not addons.cluster_is_there("prod")
    eks.add_client_error("delete_addon", "InvalidRequestException", "no", http_status_code=400)
    with pytest.raises(HeldError, match="InvalidRequestException: no"):
        addons.release("prod")
