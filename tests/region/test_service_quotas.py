"""Service Quotas: GetServiceQuota, ListServiceQuotas, GetAWSDefaultServiceQuota (API reference)."""

from typing import Any

import pytest

from local.world import world
from tests.in_process import client, refusal
from tests.region.ec2_client import Place

pytestmark = pytest.mark.usefixtures("ec2")


def value(service: str, code: str) -> float:
    return float(client("service-quotas").get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]["Value"])


@pytest.mark.parametrize(
    ("service", "code", "name", "default"),
    [
        ("vpc", "L-83CA0A9D", "IPv4 CIDR blocks per VPC", 5),
        ("vpc", "L-407747CB", "Subnets per VPC", 200),
        ("vpc", "L-DF5E4CA3", "Network interfaces per Region", 5000),
        ("ec2", "L-1216C47A", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 5),
        ("eks", "L-6D54EA21", "Managed node groups per cluster", 30),
        ("eks", "L-BD136A63", "Nodes per managed node group", 450),
    ],
)
def test_what_a_growing_cluster_asks_is_known(service: str, code: str, name: str, default: int) -> None:
    asked: Any = {"ServiceCode": service, "QuotaCode": code}
    found = client("service-quotas").get_aws_default_service_quota(**asked)["Quota"]
    assert (found["QuotaName"], found["Value"], found["Adjustable"]) == (name, default, True)


def test_the_accounts_own_value_is_what_the_region_holds_it_to(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    assert value("vpc", "L-83CA0A9D") == 5
    monkeypatch.setattr(world.quotas, "vpc_blocks", 9)
    assert value("vpc", "L-83CA0A9D") == 9
    ec2 = client("ec2")
    for number in range(8):
        ec2.associate_vpc_cidr_block(VpcId=place.vpc, CidrBlock=f"100.64.{number}.0/24")
    with refusal("CidrLimitExceeded"):
        ec2.associate_vpc_cidr_block(VpcId=place.vpc, CidrBlock="100.64.9.0/24")


def test_quotas_are_listed_in_pages() -> None:
    pages = (
        client("service-quotas")
        .get_paginator("list_service_quotas")
        .paginate(ServiceCode="vpc", PaginationConfig={"PageSize": 10})
    )
    found = [quota["QuotaCode"] for page in pages for quota in page["Quotas"]]
    assert len(found) == len(set(found)) > 20
    assert "L-407747CB" in found


def test_what_is_not_known_is_refused() -> None:
    for service, code in (("vpc", "L-00000000"), ("nowhere", "L-83CA0A9D")):
        with refusal("NoSuchResourceException"):
            value(service, code)
