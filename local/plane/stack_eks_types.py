"""CloudFormation's EKS types, made by the region's own EKS (template reference, AWS::EKS::AccessEntry, ::Addon)."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from local.plane import private
from local.world import world

type Props = Mapping[str, Any]
type Made = tuple[str, dict[str, Any]]

_SLOW = ("AWS::EKS::Addon",)
_POLL_SECONDS = 1.0


def install() -> None:
    """Types that wait are made on a thread of their own, as ministack makes custom resources."""

    def make(original: Callable[[str], bool]) -> Callable[[str], bool]:
        return lambda kind: kind in _SLOW or original(kind)

    private.replace("services.cloudformation.stacks._runs_on_worker_thread", make)


def handlers() -> dict[str, Mapping[str, Callable[..., Any]]]:
    """Create, update and delete by the type's name."""
    return {
        "AWS::EKS::AccessEntry": {"create": _create_entry, "update": _update_entry, "delete": _delete_entry},
        "AWS::EKS::Addon": {"create": _create_addon, "update": _update_addon, "delete": _delete_addon},
    }


def _create_entry(_: str, props: Props, __: str) -> Made:
    cluster, principal = props["ClusterName"], props["PrincipalArn"]
    with world.lock:
        entry = _eks().create_access_entry(
            cluster, _camel(props, "KubernetesGroups", "PrincipalArn", "Type", "Username")
        )
        entry.tags |= _tags(props)
        _associate(cluster, principal, props)
    return f"{principal}|{cluster}", {"AccessEntryArn": entry.access_entry_arn}


def _update_entry(physical_id: str, old: Props, new: Props, _: str) -> Made:
    """The principal and the cluster cannot change: a change of them is another entry."""
    cluster, principal = new["ClusterName"], new["PrincipalArn"]
    if (cluster, principal) != (old["ClusterName"], old["PrincipalArn"]):
        made = _create_entry("", new, "")
        _delete_entry(physical_id, old)
        return made
    with world.lock:
        eks = _eks()
        entry = eks.update_access_entry(cluster, _camel(new, "KubernetesGroups", "PrincipalArn", "Username"))
        for policy in {one["PolicyArn"] for one in old.get("AccessPolicies") or ()}:
            eks.disassociate_access_policy(cluster, principal, policy)
        _associate(cluster, principal, new)
    return physical_id, {"AccessEntryArn": entry.access_entry_arn}


def _delete_entry(physical_id: str, _: Props) -> None:
    principal, cluster = physical_id.split("|")
    with world.lock, suppress(_gone()):
        _eks().delete_access_entry(cluster, principal)


def _associate(cluster: str, principal: str, props: Props) -> None:
    for policy in props.get("AccessPolicies") or ():
        scope = _camel(policy["AccessScope"], "Type", "Namespaces")
        request = {"principalArn": principal, "policyArn": policy["PolicyArn"], "accessScope": scope}
        _eks().associate_access_policy(cluster, request)


_ADDON = ("AddonName", "AddonVersion", "ConfigurationValues", "ResolveConflicts", "ServiceAccountRoleArn")


def _create_addon(_: str, props: Props, __: str) -> Made:
    cluster, name = props["ClusterName"], props["AddonName"]
    with world.lock:
        _eks().create_addon(cluster, {**_camel(props, *_ADDON), "tags": _tags(props)})
    return f"{cluster}|{name}", {"Arn": _settled(cluster, name)}


def _update_addon(physical_id: str, old: Props, new: Props, _: str) -> Made:
    cluster, name = new["ClusterName"], new["AddonName"]
    if physical_id != f"{cluster}|{name}":
        made = _create_addon("", new, "")
        _delete_addon(physical_id, old)
        return made
    with world.lock:
        _eks().update_addon(cluster, _camel(new, *_ADDON))
    return physical_id, {"Arn": _settled(cluster, name)}


def _delete_addon(physical_id: str, props: Props) -> None:
    cluster, name = physical_id.split("|")
    with suppress(_gone()):
        with world.lock:
            _eks().delete_addon(cluster, name, str(props.get("PreserveOnDelete", "false")).lower() == "true")
        _settled(cluster, name)


def _settled(cluster: str, name: str) -> str:
    """The add-on's ARN once it is no longer on its way. ValueError, which fails the stack, where it is not active."""
    while (addon := _eks().addon(cluster, name)).status in ("CREATING", "UPDATING", "DELETING"):
        world.clock.sleep(_POLL_SECONDS)
    if addon.status != "ACTIVE":
        issues = "; ".join(str(issue.get("message")) for issue in addon.health["issues"])
        raise ValueError(f"Addon {name} of cluster {cluster} is {addon.status}: {issues}")
    return str(addon.addon_arn)


def _camel(props: Props, *names: str) -> dict[str, Any]:
    """The properties as the API's members."""
    return {f"{name[0].lower()}{name[1:]}": props[name] for name in names if name in props}


def _tags(props: Props) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in props.get("Tags") or ()}


def _gone() -> type[Exception]:
    from local.eks.errors import ResourceNotFoundException

    found: type[Exception] = ResourceNotFoundException
    return found


def _eks() -> Any:
    from moto.eks.models import eks_backends

    return eks_backends[private.get("core.responses.get_account_id")()][private.get("core.responses.get_region")()]
