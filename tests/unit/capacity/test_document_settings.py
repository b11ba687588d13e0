"""What aws-node would do with the variables of a plan's document."""

from typing import Any

import pytest
import yaml

from nodenet.capacity.document import notes, read
from nodenet.capacity.document.variables import IDLE, KNOWN, settings, wrong
from tests.unit.capacity.documents import right, told, with_group


@pytest.mark.parametrize(
    ("name", "value", "mistake"),
    [
        ("WARM_IP_TARGET", "two", '"two" is no whole number: aws-node would not read it'),
        ("WARM_ENI_TARGET", "1.5", '"1.5" is no whole number: aws-node would not read it'),
        ("MINIMUM_IP_TARGET", -1, "a negative number counts as not set: leave it out"),
        ("ENABLE_POD_ENI", "maybe", '"maybe" is neither true nor false: aws-node would not read it'),
        ("WARM_IP_TRAGET", 1, "no variable of aws-node's; did you mean "),
        ("ENABLE_IPv6", True, "nothing to plan: in IPv6 mode a node has one /80 prefix"),
        ("ENABLE_IPv4", False, "nothing to plan: in IPv6 mode a node has one /80 prefix"),
        ("ENABLE_IMDS_ONLY_MODE", True, "nothing to plan: the VPC CNI then takes what is attached already"),
    ],
)
def test_variables_that_aws_node_does_not_have_or_could_not_read_are_mistakes(
    name: str, value: Any, mistake: str
) -> None:
    """strconv.Atoi and strconv.ParseBool (pkg/ipamd/ipamd.go); README, "CNI Configuration Variables"."""
    (said,) = told(with_group({name: value}))
    assert said.startswith(f"cni.{name}: {mistake}")


@pytest.mark.parametrize("name", sorted(IDLE))
def test_variables_that_decide_nothing_about_addresses_may_say_anything(name: str) -> None:
    assert wrong(name, "anything") is None
    assert settings({name: "anything"}) == settings()


def test_every_variable_that_decides_is_read_by_the_settings() -> None:
    changed = {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true", "ENABLE_SUBNET_DISCOVERY": "false"}
    deciding = set(KNOWN) - IDLE - {"ENABLE_IPv6", "ENABLE_IPv4", "ENABLE_IMDS_ONLY_MODE"}
    for name in deciding - {"DISABLE_NETWORK_RESOURCE_PROVISIONING"}:
        value = changed.get(name, "7" if wrong(name, "7") is None else "true")
        assert settings({name: value}) != settings(), name


def test_null_takes_away_what_aws_ships() -> None:
    assert settings().warm_prefix_target == 1
    assert settings({"WARM_PREFIX_TARGET": None}).warm_prefix_target == 0


@pytest.mark.parametrize("others", [{"WARM_PREFIX_TARGET": 0}, {"WARM_PREFIX_TARGET": None}])
def test_prefixes_without_any_target_keep_aws_node_from_starting(others: dict[str, Any]) -> None:
    """validateEnvVars, cmd/aws-vpc-cni/main.go."""
    prefixes = {"ENABLE_PREFIX_DELEGATION": True, **others}
    (mistake,) = told(with_group(prefixes))
    assert mistake.startswith("cni.ENABLE_PREFIX_DELEGATION: needs a WARM_PREFIX_TARGET")
    assert right(with_group({**prefixes, "MINIMUM_IP_TARGET": 16}))


@pytest.mark.parametrize(
    ("cni", "note"),
    [
        ({"WARM_ENI_TARGET": 1, "WARM_IP_TARGET": 2}, "cni.WARM_ENI_TARGET: does nothing beside WARM_IP_TARGET"),
        ({"WARM_PREFIX_TARGET": 2}, "cni.WARM_PREFIX_TARGET: does nothing without ENABLE_PREFIX_DELEGATION"),
        (
            {"WARM_ENI_TARGET": 1, "ENABLE_PREFIX_DELEGATION": True},
            "cni.WARM_ENI_TARGET: WARM_PREFIX_TARGET overrides it on types that take prefixes",
        ),
        (
            {"MINIMUM_IP_TARGET": 20},
            "cni.MINIMUM_IP_TARGET: without a WARM_IP_TARGET a node never gets more than these: further pods wait",
        ),
    ],
)
def test_settings_that_others_override_are_noted(cni: dict[str, Any], note: str) -> None:
    """datastoreTargetState and isDatastorePoolTooLow, pkg/ipamd/ipamd.go."""
    (said,) = notes(read(yaml.safe_dump(with_group(cni))))
    assert said.split(": ", 1)[1] == note
