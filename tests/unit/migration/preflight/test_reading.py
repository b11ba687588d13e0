"""Everything is asked once, much of it at once, and what is denied is told together."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from nodenet.errors import AccessDenied, PermissionsMissing, Throttled
from nodenet.limits import shipped
from nodenet.migration.preflight.ports import GroupDetails, Installed
from nodenet.migration.preflight.reading import Survey
from nodenet.migration.preflight.seen import Seen
from tests.unit.migration.preflight.stage import Stage, healthy


@dataclass
class Shown:
    """All ports in one, showing what a Seen has; `refuse`: what a method raises."""

    seen: Seen
    refuse: dict[str, Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    figures: Mapping[str, float] | None = field(default_factory=dict)
    newer: tuple[str, ...] = ()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)

        def method(*arguments: Any) -> Any:
            self.asked.append(name)
            if name in self.refuse:
                raise self.refuse[name]
            return getattr(type(self), f"show_{name}")(self, *arguments)

        return method

    def show_cluster(self, name: str) -> Any:
        return self.seen.running.cluster, self.seen.control_plane

    def show_addon(self, cluster: str) -> Any:
        return self.seen.running.addon, self.seen.addon

    def show_managed_groups(self, cluster: str) -> Any:
        return self.seen.managed_groups

    def show_fargate_profiles(self, cluster: str) -> Any:
        return self.seen.fargate_profiles

    def show_access_entries(self, cluster: str) -> Any:
        return self.seen.access_entries

    def show_vpc_blocks(self, vpc_id: str) -> Any:
        return self.seen.running.cloud.vpc

    def show_subnets(self, vpc_id: str) -> Any:
        return list(self.seen.running.cloud.subnets.values())

    def show_interfaces(self, vpc_id: str) -> Any:
        return self.seen.running.cloud.interfaces

    def show_instances(self, vpc_id: str) -> Any:
        return list(self.seen.running.cloud.instances.values())

    def show_reservations(self, subnet_id: str) -> Any:
        return ()

    def show_route_tables(self, vpc_id: str) -> Any:
        return self.seen.route_tables

    def show_acls(self, vpc_id: str) -> Any:
        return self.seen.acls

    def show_security_groups(self, vpc_id: str) -> Any:
        return list(self.seen.security_groups.values())

    def show_peerings(self, vpc_id: str) -> Any:
        return self.seen.peerings

    def show_prefix_lists(self, account: str) -> Any:
        return self.seen.prefix_lists

    def show_launch_templates(self, templates: Collection[tuple[str, str]]) -> Any:
        return {each: self.seen.launch_templates[each] for each in templates if each in self.seen.launch_templates}

    def show_limits(self, types: Collection[str]) -> Any:
        self.newer = tuple(sorted(types))
        return {}

    def show_scaling_groups(self, cluster: str, names: Collection[str]) -> Any:
        return self.seen.scaling_groups

    def show_details(self, name: str) -> Any:
        return GroupDetails(policies=("cpu",), refreshing=True)

    def show_target_groups(self, vpc_id: str) -> Any:
        return self.seen.target_groups

    def show_quotas(self) -> Any:
        return self.figures

    def show_vpc_cni(self) -> Any:
        return self.seen.running.daemon_set

    def show_nodes(self) -> Any:
        return self.seen.nodes

    def show_pods(self) -> Any:
        return self.seen.pods

    def show_workloads(self) -> Any:
        return self.seen.workloads

    def show_budgets(self) -> Any:
        return self.seen.budgets

    def show_installed(self) -> Any:
        return Installed(self.seen.daemon_sets, self.seen.scalers)

    def show_node_pools(self) -> Any:
        return self.seen.node_pools

    def show_scaled(self) -> Any:
        return self.seen.scaled

    def show_claims(self) -> Any:
        return self.seen.claims

    def show_services(self) -> Any:
        return self.seen.services

    def show_policies(self) -> Any:
        return self.seen.policies

    def show_webhooks(self) -> Any:
        return self.seen.webhooks

    def show_api_services(self) -> Any:
        return self.seen.api_services

    def show_bindings(self) -> Any:
        return self.seen.bindings

    def show_eni_configs(self) -> Any:
        return self.seen.eni_specs

    def show_aws_auth(self) -> Any:
        return self.seen.aws_auth


def read(shown: Shown, stage: Stage) -> Seen:
    ports: Any = shown
    return Survey(ports, ports, ports, ports, ports)(stage.request)


def test_what_is_shown_is_seen() -> None:
    stage = healthy()
    seen = read(Shown(stage.seen), stage)
    group = replace(stage.seen.scaling_groups["eks-web-1"], policies=("cpu",), refreshing=True)
    running = replace(seen.running, cloud=replace(seen.running.cloud, reservations={}))
    assert running == stage.seen.running
    limits = {"m5.large": shipped("m5.large")}
    expected = replace(stage.seen, scaling_groups={"eks-web-1": group}, limits=limits, running=seen.running)  # type: ignore[arg-type]
    assert seen == expected


def test_nothing_is_asked_twice_but_what_is_asked_by_name() -> None:
    stage = healthy()
    shown = Shown(stage.seen)
    read(shown, stage)
    by_name = {"reservations": 3, "details": 1}
    assert {name: shown.asked.count(name) for name in shown.asked} == dict.fromkeys(shown.asked, 1) | by_name


def test_every_missing_permission_is_named_at_once() -> None:
    stage = healthy()
    refuse: dict[str, Exception] = {
        name: AccessDenied(f"{name} is forbidden") for name in ("acls", "pods", "managed_groups")
    }
    with pytest.raises(PermissionsMissing) as caught:
        read(Shown(stage.seen, {**refuse, "budgets": Throttled("busy")}), stage)
    assert caught.value.denied.keys() == {
        "ec2:DescribeNetworkAcls",
        "kubernetes: list pods, replicasets.apps",
        "eks:ListNodegroups, eks:DescribeNodegroup",
    }


def test_the_first_permission_of_all_is_named_too() -> None:
    stage = healthy()
    with pytest.raises(PermissionsMissing, match="eks:DescribeCluster is missing"):
        read(Shown(stage.seen, {"cluster": AccessDenied("no")}), stage)


def test_other_failures_come_as_they_are() -> None:
    stage = healthy()
    with pytest.raises(Throttled, match="busy"):
        read(Shown(stage.seen, {"budgets": Throttled("busy")}), stage)


def test_ec2_is_asked_for_types_that_the_table_lacks() -> None:
    stage = healthy()
    stage.node(0, instance_type="m99.large")
    shown = Shown(stage.seen)
    read(shown, stage)
    assert shown.newer == ("m99.large",)


def test_quotas_that_cannot_be_had_are_told_and_no_failure() -> None:
    stage = healthy()
    seen = read(Shown(stage.seen, figures=None), stage)
    assert seen.quotas == {}
    assert len(seen.unread) == 1


def test_access_entries_are_not_asked_for_where_there_are_none() -> None:
    stage = healthy()
    stage.see(control_plane=replace(stage.seen.control_plane, authentication="CONFIG_MAP"))
    shown = Shown(stage.seen)
    read(shown, stage)
    assert "access_entries" not in shown.asked
