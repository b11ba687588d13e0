"""Elastic Load Balancing: whether a load balancer's targets are healthy."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from nodenet.aws.errors import code_of, translated

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client

_GONE: Final = ("TargetGroupNotFound", "TargetGroupNotFoundException")
_LEAVING: Final = "draining"


class Loads:
    """One method, one call for each target group. Raises the exceptions of nodenet.errors."""

    def __init__(self, client: "ElasticLoadBalancingv2Client") -> None:
        self._client = client

    def health(self, target_groups: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """The targets of target groups, by ARN: each target's state by its id; a target group that is gone is left out.
        A target that is on its way out (draining) is none."""
        found: dict[str, Mapping[str, str]] = {}
        for arn in target_groups:
            with translated():
                try:
                    answer = self._client.describe_target_health(TargetGroupArn=arn)
                except ClientError as error:
                    if code_of(error) in _GONE:
                        continue
                    raise
            states = {
                f"{each['Target']['Id']}:{each['Target'].get('Port', '')}": each["TargetHealth"]["State"]
                for each in answer["TargetHealthDescriptions"]
            }
            found[arn] = {target: state for target, state in states.items() if state != _LEAVING}
        return found
