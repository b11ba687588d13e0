"""Load balancers' target groups, and quotas, as a preflight sees them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from nodenet.aws.errors import translated
from nodenet.errors import AccessDenied, HeldError
from nodenet.migration.preflight.seen_aws import TargetGroup

_SERVICES: Final = ("vpc", "eks")
"""The codes by which Service Quotas knows them."""


class LoadsSurvey:
    """Raises the exceptions of nodenet.errors. The clients are boto3's of `elbv2` and `service-quotas`."""

    def __init__(self, balancing: Any, quotas: Any) -> None:
        self._balancing, self._quotas = balancing, quotas

    def target_groups(self, vpc_id: str) -> Sequence[TargetGroup]:
        """Those of the VPC, each with its targets' health."""
        with translated():
            pages = self._balancing.get_paginator("describe_target_groups").paginate()
            found = [item for page in pages for item in page["TargetGroups"] if item.get("VpcId") == vpc_id]
            return [
                TargetGroup(
                    arn=item["TargetGroupArn"],
                    name=item["TargetGroupName"],
                    type=item.get("TargetType", "instance"),
                    targets=self._health(item["TargetGroupArn"]),
                    load_balancers=tuple(item.get("LoadBalancerArns", ())),
                )
                for item in found
            ]

    def quotas(self) -> Mapping[str, float] | None:
        """Values that are applied to the account, by their codes; None where the service will not say, as in regions
        without it."""
        found: dict[str, float] = {}
        try:
            for service in _SERVICES:
                with translated():
                    for page in self._quotas.get_paginator("list_service_quotas").paginate(ServiceCode=service):
                        found |= {each["QuotaCode"]: float(each["Value"]) for each in page["Quotas"] if "Value" in each}
        except AccessDenied:
            raise
        except HeldError:
            return None
        return found

    def _health(self, arn: str) -> Mapping[str, str]:
        items = self._balancing.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        return {each["Target"]["Id"]: each["TargetHealth"]["State"] for each in items}
