"""Types of CloudFormation that moto's models do not have, or cannot take away again (template reference)."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from local.plane import buses, private
from local.world import world

type Handlers = Mapping[str, Callable[..., Any]]


def handlers() -> dict[str, Handlers]:
    """ministack's create, update and delete by the type's name."""
    return {
        "AWS::AutoScaling::LifecycleHook": _LifecycleHook().table(),
        "AWS::EC2::SecurityGroupEgress": _Rule("egress", "Destination").table(),
        "AWS::EC2::SecurityGroupIngress": _Rule("ingress", "Source").table(),
        "AWS::Events::EventBusPolicy": _BusPolicy().table(),
    }


class _Type:
    """A resource without a state of its own: `put` makes or changes it, `take` takes it away."""

    def name(self, logical_id: str, props: Mapping[str, Any], stack: str) -> str:
        return f"{stack}-{logical_id}"

    def put(self, name: str, props: Mapping[str, Any]) -> None:
        raise NotImplementedError

    def take(self, name: str, props: Mapping[str, Any]) -> None:
        raise NotImplementedError

    def table(self) -> Handlers:
        return {"create": self._create, "update": self._update, "delete": self._delete}

    def _create(self, logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, Any]]:
        name = self.name(logical_id, props, stack_name)
        with world.lock:
            self.put(name, props)
        return name, {"Id": name}

    def _update(
        self, physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str
    ) -> tuple[str, dict[str, Any]]:
        self._delete(physical_id, old)
        with world.lock:
            self.put(physical_id, new)
        return physical_id, {"Id": physical_id}

    def _delete(self, physical_id: str, props: dict[str, Any]) -> None:
        from moto.core.exceptions import ServiceException

        # What went with the group it belonged to, or by another hand, is gone: that is all a stack wants.
        with world.lock, suppress(ServiceException):
            self.take(physical_id, props)


class _LifecycleHook(_Type):
    def name(self, logical_id: str, props: Mapping[str, Any], stack: str) -> str:
        return str(props.get("LifecycleHookName") or super().name(logical_id, props, stack))

    def put(self, name: str, props: Mapping[str, Any]) -> None:
        from moto.autoscaling.models import autoscaling_backends

        timeout = {"HeartbeatTimeout": int(props["HeartbeatTimeout"])} if "HeartbeatTimeout" in props else {}
        _backend(autoscaling_backends).put_lifecycle_hook({**dict(props), **timeout, "LifecycleHookName": name})

    def take(self, name: str, props: Mapping[str, Any]) -> None:
        from moto.autoscaling.models import autoscaling_backends

        _backend(autoscaling_backends).delete_lifecycle_hook(props["AutoScalingGroupName"], name)


class _Rule(_Type):
    def __init__(self, direction: str, other: str) -> None:
        self._direction, self._other = direction, other

    def put(self, name: str, props: Mapping[str, Any]) -> None:
        self._call("authorize", props)

    def take(self, name: str, props: Mapping[str, Any]) -> None:
        self._call("revoke", props)

    def _call(self, verb: str, props: Mapping[str, Any]) -> None:
        from moto.ec2.models import ec2_backends

        group = props.get(f"{self._other}SecurityGroupId")
        described = {"Description": props["Description"]} if "Description" in props else {}
        ranges = [{key: props[key], **described} for key in ("CidrIp", "CidrIpv6") if key in props]
        lists = [{"PrefixListId": props[key]} for key in (f"{self._other}PrefixListId",) if key in props]
        change = getattr(_backend(ec2_backends), f"{verb}_security_group_{self._direction}")
        change(
            props.get("GroupId") or props.get("GroupName"),
            str(props["IpProtocol"]),
            props.get("FromPort"),
            props.get("ToPort"),
            ranges,
            source_groups=[{"GroupId": group, **described}] if group else [],
            prefix_list_ids=lists,
        )


class _BusPolicy(_Type):
    def put(self, name: str, props: Mapping[str, Any]) -> None:
        statement = props.get("Statement")
        if statement is None:
            raise ValueError(f"{name}: the local region has bus policies by Statement only")
        buses.put_statement(props.get("EventBusName") or "default", props["StatementId"], statement)

    def take(self, name: str, props: Mapping[str, Any]) -> None:
        buses.remove_statement(props.get("EventBusName") or "default", props["StatementId"])


def _backend(backends: Any) -> Any:
    return backends[private.get("core.responses.get_account_id")()][private.get("core.responses.get_region")()]
