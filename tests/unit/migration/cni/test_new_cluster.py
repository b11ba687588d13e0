"""The VPC CNI of a cluster without nodes is switched by EKS alone, within the time that there is, and back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from nodenet.errors import ConfigurationError, HeldError, NotYet, Overdue, Throttled
from nodenet.migration.cni.addon import Addon, Update
from nodenet.migration.cni.new_cluster import NewCluster
from nodenet.migration.cni.new_cluster_properties import Wish, parse
from tests.unit.migration.cni.cluster import CUSTOM, WARM, ZONE

EVENTS = Path(__file__).parents[4] / "events" / "cloudformation"
SUBNETS = {"eu-west-1a": {"id": "subnet-a"}}
ENI_CONFIG: dict[str, Any] = {"create": True, "region": "eu-west-1", "subnets": SUBNETS}
WISH = Wish({CUSTOM: "true", "ENI_CONFIG_LABEL_DEF": ZONE}, ENI_CONFIG)
WISHED: dict[str, Any] = {"env": dict(WISH.environment), "eniConfig": ENI_CONFIG}


@dataclass
class Eks:
    """EKS with a cluster: what it is asked for takes it `slow` pauses. `broken`: the next calls fail so, each once,
    after what they were asked for was done."""

    addon: Addon | None = None
    there: bool = True
    groups: tuple[str, ...] = ()
    slow: int = 2
    ends: str = ""
    broken: list[Exception] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    left: float = 100.0
    busy: int = 0
    outcomes: dict[str, Update] = field(default_factory=dict)

    def new_cluster(self, token: str = "r-1") -> NewCluster:
        return NewCluster(self, "prod", token, lambda: self.left, self.pause)

    def pause(self, seconds: float) -> None:
        self.left -= seconds
        self.busy -= 1
        if self.busy > 0 or not self.addon or not self.addon.busy:
            return
        kind = self.addon.status.removesuffix("ING")
        if kind == "DELET":
            self.addon = None
            return
        failed = {"CREAT": "CREATE_FAILED", "UPDAT": "UPDATE_FAILED"}[kind]
        self.addon = replace(
            self.addon, status=failed if self.ends else "ACTIVE", issues=(self.ends,) if self.ends else ()
        )
        self.outcomes = {name: Update("Failed" if self.ends else "Successful", (self.ends,)) for name in self.outcomes}

    def _called(self, what: str) -> None:
        self.calls.append(what)
        if self.broken:
            raise self.broken.pop(0)

    def cluster_is_there(self, cluster: str) -> bool:
        self._called("DescribeCluster")
        return self.there

    def node_groups(self, cluster: str) -> tuple[str, ...]:
        self._called("ListNodegroups")
        return self.groups

    def vpc_cni(self, cluster: str) -> Addon | None:
        self._called("DescribeAddon")
        return self.addon

    def create(self, cluster: str, configuration: str, tags: Mapping[str, str], token: str) -> None:
        if self.addon:
            raise NotYet("CreateAddon: ResourceInUseException: Addon already exists.")
        self.addon = Addon("v1.23.1-eksbuild.1", configuration, status="CREATING", tags=tags)
        self.busy = self.slow
        self._called("CreateAddon")

    def update(self, cluster: str, addon: Addon, token: str) -> str:
        if not self.there:
            raise HeldError("UpdateAddon: ResourceNotFoundException: No cluster found for name: prod.")
        assert self.addon
        if token not in self.outcomes:
            if self.addon.busy:
                raise NotYet("UpdateAddon: ResourceInUseException")
            self.addon = replace(self.addon, configuration=addon.configuration, status="UPDATING")
            self.outcomes[token] = Update("InProgress")
            self.busy = self.slow
        self._called("UpdateAddon")
        return token

    def outcome(self, cluster: str, update: str) -> Update | None:
        self._called("DescribeUpdate")
        return self.outcomes.get(update)

    def release(self, cluster: str) -> None:
        assert self.addon
        self.addon = replace(self.addon, status="DELETING")
        self.busy = self.slow
        self._called("DeleteAddon")

    @property
    def says(self) -> Any:
        assert self.addon
        return yaml.safe_load(self.addon.configuration)

    def changes(self) -> list[str]:
        return [each for each in self.calls if not each.startswith(("Describe", "List"))]


def managed(configuration: str = "", **more: Any) -> Addon:
    return Addon("v1.23.1-eksbuild.1", configuration, **more)


def test_where_eks_does_not_manage_the_cni_yet_it_does_from_now_on_and_no_longer_once_the_resource_goes() -> None:
    eks = Eks()
    eks.new_cluster().switch(WISH)
    assert eks.says == WISHED
    assert (eks.addon and eks.addon.status, eks.changes()) == ("ACTIVE", ["CreateAddon"])
    eks.new_cluster("r-2").restore(WISH)
    assert eks.addon is None
    assert eks.changes() == ["CreateAddon", "UpdateAddon", "DeleteAddon"]


def test_an_add_on_that_is_there_is_configured_and_keeps_all_else_and_stays_when_the_resource_goes() -> None:
    own = {"env": {WARM: "3"}, "resources": {"requests": {"cpu": "50m"}}}
    eks = Eks(managed(json.dumps(own), role="arn:aws:iam::1:role/cni"))
    eks.new_cluster().switch(WISH)
    assert eks.says == {**own, **WISHED, "env": {WARM: "3", **WISH.environment}}
    assert eks.addon
    assert eks.addon.role == "arn:aws:iam::1:role/cni"
    eks.new_cluster("r-2").restore(WISH)
    assert (eks.says, eks.changes()) == (own, ["UpdateAddon", "UpdateAddon"])


def test_a_request_that_comes_again_changes_nothing_more() -> None:
    eks = Eks()
    eks.new_cluster().switch(WISH)
    eks.new_cluster().switch(WISH)
    eks.new_cluster("r-2").restore(WISH)
    assert eks.new_cluster("r-2").restore(WISH) == "the add-on vpc-cni is gone"
    assert eks.changes() == ["CreateAddon", "UpdateAddon", "DeleteAddon"]


def test_a_change_takes_away_what_is_wished_no_longer() -> None:
    eks, before = Eks(), Wish({**WISH.environment, WARM: "5"}, ENI_CONFIG)
    eks.new_cluster().switch(before)
    after = replace(WISH, eni_config={**ENI_CONFIG, "subnets": {"eu-west-1b": {"id": "subnet-b"}}})
    eks.groups = ("web",)
    eks.new_cluster("r-2").switch(after, before)
    assert eks.says == {"env": dict(WISH.environment), "eniConfig": after.eni_config}
    eks.new_cluster("r-3").switch(after, before)
    assert eks.changes() == ["CreateAddon", "UpdateAddon"]


@pytest.mark.parametrize("addon", [None, managed()])
def test_a_cluster_that_has_node_groups_is_a_migration_s(addon: Addon | None) -> None:
    eks = Eks(addon, groups=("web", "db"))
    with pytest.raises(HeldError, match=r"prod has node groups \(web, db\): have a migration switch it"):
        eks.new_cluster().switch(WISH)
    assert eks.changes() == []


@pytest.mark.parametrize(
    ("configuration", "named"),
    [({"env": {CUSTOM: "false"}}, f"env.{CUSTOM}"), ({"eniConfig": {"create": False}}, "eniConfig")],
)
def test_what_somebody_has_configured_otherwise_is_not_overwritten(configuration: Any, named: str) -> None:
    eks = Eks(managed(json.dumps(configuration)))
    with pytest.raises(HeldError, match=f"has {named} already"):
        eks.new_cluster().switch(WISH)
    assert eks.says == configuration


def test_what_somebody_has_changed_meanwhile_is_left_when_the_resource_goes() -> None:
    changed = {"env": {**WISH.environment, CUSTOM: "false"}, "eniConfig": {**ENI_CONFIG, "region": "x"}}
    eks = Eks(managed(json.dumps(changed)))
    eks.new_cluster().restore(WISH)
    assert eks.says == {"env": {CUSTOM: "false"}, "eniConfig": {**ENI_CONFIG, "region": "x"}}


@pytest.mark.parametrize("there", [True, False])
def test_a_cluster_that_is_gone_or_goes_is_none_to_restore(there: bool) -> None:
    eks = Eks(managed(json.dumps(WISHED)), there=False)
    if there:
        # It goes right after it was looked at.
        eks.there = True
        original = eks.cluster_is_there

        def then_gone(cluster: str) -> bool:
            found = original(cluster)
            eks.there = False
            return found

        eks.cluster_is_there = then_gone  # type: ignore[method-assign]
    assert eks.new_cluster().restore(WISH) == "the cluster is gone"
    assert eks.changes() == []


def test_an_update_that_fails_says_why_and_a_refusal_with_the_cluster_there_is_no_success() -> None:
    eks = Eks(managed(), ends="AdmissionRequestDenied: policy")
    with pytest.raises(HeldError, match="AdmissionRequestDenied: policy"):
        eks.new_cluster().switch(WISH)
    with pytest.raises(HeldError, match="AdmissionRequestDenied: policy"):
        eks.new_cluster("r-2").restore(WISH)


def test_an_add_on_that_could_not_be_made_says_why_and_goes_again() -> None:
    eks = Eks(ends="ConfigurationConflict: aws-node")
    with pytest.raises(HeldError, match="CREATE_FAILED: ConfigurationConflict: aws-node"):
        eks.new_cluster().switch(WISH)
    eks.new_cluster("r-2").restore(WISH)
    assert (eks.addon, eks.changes()) == (None, ["CreateAddon", "DeleteAddon"])


def test_it_ends_before_the_function_does() -> None:
    eks = Eks(slow=1000)
    with pytest.raises(Overdue, match="vpc-cni is CREATING, and the time is up"):
        eks.new_cluster().switch(WISH)
    assert 0 <= eks.left < 5


def test_it_waits_for_what_somebody_else_has_asked_for() -> None:
    eks = Eks(managed(status="UPDATING"), busy=3)
    eks.new_cluster().switch(WISH)
    assert eks.says == WISHED


@pytest.mark.parametrize("addon", [None, managed()])
@pytest.mark.parametrize("nth", range(8))
def test_throttling_wherever_it_comes_and_answers_that_are_lost_are_waited_out(nth: int, addon: Addon | None) -> None:
    eks = Eks(addon)
    calls = 0
    original = eks._called

    def called(what: str) -> None:
        nonlocal calls
        calls += 1
        if calls == nth + 1:
            eks.broken = [Throttled("the connection broke")]
        original(what)

    eks._called = called  # type: ignore[method-assign]
    eks.new_cluster().switch(WISH)
    assert eks.says == WISHED


def event(name: str) -> Any:
    return json.loads((EVENTS / f"switch-{name}.json").read_text())


def test_the_properties_are_those_of_a_template_all_of_them_text() -> None:
    wish = parse(event("create")["ResourceProperties"], "prod", "eu-west-1")
    groups = ["sg-0123456789abcdef0"]
    assert wish == Wish(
        {**WISH.environment, "ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"},
        {
            "create": True,
            "region": "eu-west-1",
            "subnets": {
                "eu-west-1a": {"id": "subnet-0aaaaaaaaaaaaaaa1", "securityGroups": groups},
                "eu-west-1b": {"id": "subnet-0bbbbbbbbbbbbbbb2", "securityGroups": groups},
            },
        },
    )
    assert "WARM_IP_TARGET" in parse(event("update")["OldResourceProperties"], "prod", "eu-west-1").environment
    parse(event("delete")["ResourceProperties"], "prod", "eu-west-1")


def test_every_mistake_in_the_properties_is_told_at_once() -> None:
    given = {"Cluster": "prod", "PodSubnets": {"a": "subnet-0aaaaaaaaaaaaaaa1"}, "Prefix": "true", "Warm": {"Ip": "x"}}
    with pytest.raises(ConfigurationError) as caught:
        parse(given, "prod", "eu-west-1")
    zone, number, key = caught.value.mistakes
    assert zone == 'PodSubnets.a: "a" is no zone, such as eu-west-1a'
    assert number.startswith("Warm.Ip: ")
    assert key == "Prefix: unknown key; did you mean Prefixes?"


def test_another_cluster_has_a_stack_of_its_own() -> None:
    with pytest.raises(ConfigurationError, match="Cluster: prod needs a stack of its own; this one is for demo"):
        parse(event("create")["ResourceProperties"], "demo", "eu-west-1")
