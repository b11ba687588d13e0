"""What the server has: /version, health, and the kinds of each group ("Kubernetes API Concepts", "API Discovery")."""

from collections.abc import Iterable, Mapping

from local.kubernetes.requests import Answer
from local.kubernetes.resources import Resource
from local.kubernetes.things import Thing

_HEALTH = ("/healthz", "/livez", "/readyz")
_PARTS = {"status": ("get", "patch", "update"), "scale": ("get", "patch", "update"), "finalize": ("update",)}
_PART_KINDS = {
    "eviction": ("policy", "v1", "Eviction"),
    "scale": ("autoscaling", "v1", "Scale"),
    "binding": ("", "", "Binding"),
    "proxy": ("", "", "PodProxyOptions"),
}


def answered(path: str, version: str, served: Iterable[Resource]) -> Answer | None:
    """None for what is no path of discovery. `version`: of Kubernetes, such as 1.34."""
    path = path.rstrip("/")
    if path.startswith(_HEALTH):
        return Answer(200, raw=b"ok", media_type="text/plain; charset=utf-8")
    if path == "/version":
        major, minor = version.split(".")[:2]
        shown = {"major": major, "minor": minor, "gitVersion": f"v{version}.0-eks-local", "platform": "linux/amd64"}
        return Answer(200, shown)
    resources = list(served)
    if path == "/api":
        return Answer(200, {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})
    if path == "/apis":
        return Answer(200, {"kind": "APIGroupList", "apiVersion": "v1", "groups": _groups(resources)})
    parts = path.strip("/").split("/")
    if parts[0] == "apis" and len(parts) == 2:
        found = next((each for each in _groups(resources) if each["name"] == parts[1]), None)
        return Answer(200, {"kind": "APIGroup", "apiVersion": "v1", **found}) if found else None
    if parts[0] in ("api", "apis") and len(parts) == (2 if parts[0] == "api" else 3):
        group_version = "/".join(parts[1:])
        listed = [entry for each in resources if each.api_version == group_version for entry in _entries(each)]
        if listed:
            kind = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version}
            return Answer(200, {**kind, "resources": listed})
    return None


def _groups(resources: Iterable[Resource]) -> list[Thing]:
    versions: dict[str, list[str]] = {}
    for each in resources:
        if each.group and each.version not in versions.setdefault(each.group, []):
            versions[each.group].append(each.version)
    return [_group(name, kept) for name, kept in sorted(versions.items())]


def _group(name: str, versions: list[str]) -> Thing:
    shown = [{"groupVersion": f"{name}/{each}", "version": each} for each in versions]
    return {"name": name, "versions": shown, "preferredVersion": shown[0]}


def _entries(resource: Resource) -> list[Thing]:
    """The resource, and each of its subresources."""
    name = {"singularName": resource.kind.lower(), "namespaced": resource.namespaced}
    entries: list[Thing] = [{"name": resource.plural, **name, "kind": resource.kind, "verbs": sorted(resource.verbs)}]
    for part in sorted(resource.subresources):
        group, version, kind = _PART_KINDS.get(part, ("", "", resource.kind))
        verbs = _PARTS.get(part, ("create",) if part != "proxy" else ("get",))
        entry: Mapping[str, object] = {"name": f"{resource.plural}/{part}", **name, "singularName": "", "kind": kind}
        entries.append({**entry, "verbs": list(verbs), **({"group": group, "version": version} if group else {})})
    return entries
