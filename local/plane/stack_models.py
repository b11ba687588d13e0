"""CloudFormation's EC2 and Auto Scaling types, made by the same models that answer the API.

moto's models come with CloudFormation methods; ministack's own resources of these types would be in a model that
nothing in the region looks at. Types that moto does not have fail the stack by name.
"""

from collections.abc import Iterator
from typing import Any

from local.plane import private
from local.world import world

PREFIXES = ("AWS::EC2::", "AWS::AutoScaling::")
# What Fn::GetAtt may ask of these types (CloudFormation template reference, "Return values"); each type has some.
_ATTRIBUTES = (
    "AllocationId",
    "AvailabilityZone",
    "CidrBlock",
    "DefaultSecurityGroup",
    "GroupId",
    "Id",
    "InternetGatewayId",
    "LatestVersionNumber",
    "DefaultVersionNumber",
    "LaunchTemplateId",
    "NatGatewayId",
    "PrimaryPrivateIpAddress",
    "PrivateIp",
    "RouteTableId",
    "SubnetId",
    "VpcId",
)


def handlers() -> dict[str, dict[str, Any]]:
    """ministack's create, update and delete for every type that moto's models know."""
    return {model.cloudformation_type(): _Handlers(model).table() for model in _models()}


def _models() -> Iterator[Any]:
    import moto.autoscaling.models
    import moto.ec2.models  # noqa: F401 - for their subclasses
    from moto.core.common_models import CloudFormationModel

    waiting = list(CloudFormationModel.__subclasses__())
    seen = set()
    while waiting:
        model = waiting.pop(0)
        waiting += model.__subclasses__()
        kind = model.cloudformation_type()
        # The first is moto's own: one of ours below it inherits the methods and is what they make.
        if kind and kind.startswith(PREFIXES) and kind not in seen:
            seen.add(kind)
            yield model


class _Handlers:
    def __init__(self, model: Any) -> None:
        self._model = model
        self._made: dict[str, Any] = {}

    def table(self) -> dict[str, Any]:
        return {"create": self.create, "update": self.update, "delete": self.delete}

    def create(self, logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, Any]]:
        name = props.get(self._model.cloudformation_name_type() or "") or f"{stack_name}-{logical_id}"
        with world.lock:
            return self._remember(
                self._model.create_from_cloudformation_json(name, _json(self._model, props), *_where())
            )

    def update(
        self, physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str
    ) -> tuple[str, dict[str, Any]]:
        original = self._made[physical_id]
        with world.lock:
            return self._remember(
                self._model.update_from_cloudformation_json(original, physical_id, _json(self._model, new), *_where())
            )

    def delete(self, physical_id: str, props: dict[str, Any]) -> None:
        with world.lock:
            self._model.delete_from_cloudformation_json(physical_id, _json(self._model, props), *_where())

    def _remember(self, resource: Any) -> tuple[str, dict[str, Any]]:
        physical_id = str(resource.physical_resource_id)
        self._made[physical_id] = resource
        return physical_id, {
            name: value for name in _ATTRIBUTES if (value := self._attribute(resource, name)) is not None
        }

    def _attribute(self, resource: Any, name: str) -> Any:
        """The value of an attribute, None where the model has none: it says so only when it is asked for it."""
        from moto.cloudformation.exceptions import UnformattedGetAttTemplateException

        try:
            known = hasattr(resource, "get_cfn_attribute") and self._model.has_cfn_attr(name)
            return resource.get_cfn_attribute(name) if known else None
        except (UnformattedGetAttTemplateException, NotImplementedError):
            return None


def _json(model: Any, props: dict[str, Any]) -> dict[str, Any]:
    return {"Type": model.cloudformation_type(), "Properties": props}


def _where() -> tuple[str, str]:
    return private.get("core.responses.get_account_id")(), private.get("core.responses.get_region")()
