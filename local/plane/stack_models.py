"""CloudFormation's EC2 and Auto Scaling types, made by the same models that answer the API.

moto's models come with CloudFormation methods; ministack's own resources of these types would be in a model that
nothing in the region looks at. Types that moto does not have fail the stack by name.
"""

from collections.abc import Iterable
from typing import Any

from local.plane import private
from local.plane.stack_removal import REMOVED_BY
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
    "PublicIp",
    "RouteTableId",
    "SubnetId",
    "VpcId",
)


def handlers() -> dict[str, dict[str, Any]]:
    """ministack's create, update and delete for every type that moto's models can make and take away."""
    known = {model.cloudformation_type(): _Handlers(model) for model in _models()}
    return {kind: handlers.table() for kind, handlers in known.items() if handlers.removable}


def _models() -> Iterable[Any]:
    import moto.autoscaling.models
    import moto.ec2.models  # noqa: F401 - for their subclasses
    from moto.core.common_models import CloudFormationModel

    waiting = list(CloudFormationModel.__subclasses__())
    found: dict[str, Any] = {}
    while waiting:
        model = waiting.pop(0)
        waiting += model.__subclasses__()
        kind = model.cloudformation_type()
        if kind and kind.startswith(PREFIXES):
            # Ours stands below moto's, and so comes later.
            found[kind] = model
    return found.values()


class _Handlers:
    def __init__(self, model: Any) -> None:
        self._model = model
        self._made: dict[str, Any] = {}

    @property
    def removable(self) -> bool:
        return self._model.cloudformation_type() in REMOVED_BY or _overrides(self._model, "delete")

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
        """ValueError, which fails the stack, where moto's model of the type cannot be changed."""
        if not _overrides(self._model, "update"):
            raise ValueError(f"the local region cannot update a {self._model.cloudformation_type()}")
        original = self._made[physical_id]
        with world.lock:
            return self._remember(
                self._model.update_from_cloudformation_json(original, physical_id, _json(self._model, new), *_where())
            )

    def delete(self, physical_id: str, props: dict[str, Any]) -> None:
        from moto.ec2.models import ec2_backends

        account, region = _where()
        with world.lock:
            if remove := REMOVED_BY.get(self._model.cloudformation_type()):
                remove(ec2_backends[account][region], physical_id, props)
                return
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


def _overrides(model: Any, verb: str) -> bool:
    """Whether moto's model does more than its base, whose methods do nothing."""
    from moto.core.common_models import CloudFormationModel

    name = f"{verb}_from_cloudformation_json"
    return getattr(model, name).__func__ is not getattr(CloudFormationModel, name).__func__


def _json(model: Any, props: dict[str, Any]) -> dict[str, Any]:
    return {"Type": model.cloudformation_type(), "Properties": props}


def _where() -> tuple[str, str]:
    return private.get("core.responses.get_account_id")(), private.get("core.responses.get_region")()
