"""The Elastic Load Balancing v2 API: what moto's responses answer otherwise than AWS."""

from moto.core.responses import ActionResult
from moto.elbv2.responses import ELBV2Response


class LoadResponse(ELBV2Response):
    """Each method is an action of the API, under the name that moto derives from it."""

    def describe_target_health(self) -> ActionResult:
        found = self.elbv2_backend.target_health(self._get_param("TargetGroupArn"), self._get_param("Targets", []))
        return ActionResult({"TargetHealthDescriptions": found})
