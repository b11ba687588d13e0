"""Add-ons: EKS API reference, CreateAddon to DescribeAddonConfiguration."""

import uuid
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import yaml
from jsonschema import Draft6Validator

from local.eks import addon_installers, catalog
from local.eks.addon_installers import Problem
from local.eks.errors import in_use, invalid, no_addon
from local.eks.nodegroup_listeners import NodegroupListeners
from local.eks.timing import settle, timing
from local.eks.updates import Update, now, params

RESOLUTIONS = ("OVERWRITE", "NONE", "PRESERVE")
CONFLICT = "ConfigurationConflict"


@dataclass(eq=False)
class Addon:
    """One installed add-on; the names are those of the service model's Addon."""

    addon_name: str
    cluster_name: str
    addon_version: str
    addon_arn: str
    service_account_role_arn: str | None
    configuration_values: str | None
    tags: dict[str, str]
    pod_identity_associations: list[str]
    status: str = "CREATING"
    health: dict[str, Any] = field(default_factory=lambda: {"issues": []})
    created_at: datetime = field(default_factory=now)
    modified_at: datetime = field(default_factory=now)


class AddonCalls(NodegroupListeners):
    """A cluster's managed add-ons."""

    def create_addon(self, cluster_name: str, request: Mapping[str, Any]) -> Addon:
        """Installs an add-on, in its default version for the cluster where none is given."""
        cluster = self.cluster(cluster_name)
        self.require_active(cluster)
        name = request["addonName"]
        if name in cluster.addons:
            raise in_use("Addon already exists.", clusterName=cluster_name, addonName=name)
        self._check(cluster_name, name, request)
        addon = Addon(
            addon_name=name,
            cluster_name=cluster_name,
            addon_version=request.get("addonVersion") or catalog.default_version(name, cluster.version),
            addon_arn=f"arn:aws:eks:{self.region_name}:{self.account_id}:addon/{cluster_name}/{name}/{uuid.uuid4()}",
            service_account_role_arn=request.get("serviceAccountRoleArn"),
            configuration_values=request.get("configurationValues"),
            tags=dict(request.get("tags") or {}),
            pod_identity_associations=[],
        )
        cluster.addons[name] = addon

        def done(problems: Sequence[Problem] = ()) -> None:
            _settled(addon, problems, "CREATE_FAILED")

        answer = copy(addon)
        if addon_installers.install(cluster, addon, request.get("resolveConflicts") or "NONE", done):
            return answer
        return settle(addon, "CREATING", timing.addon, done)

    def addon(self, cluster_name: str, name: str) -> Addon:
        addon: Addon | None = self.cluster(cluster_name).addons.get(name)
        if addon is None:
            raise no_addon(cluster_name, name)
        return addon

    def list_addons(self, cluster_name: str) -> list[str]:
        return list(self.cluster(cluster_name).addons)

    def update_addon(self, cluster_name: str, request: Mapping[str, Any]) -> Update:
        """Changes what is given: the configuration is replaced as a whole, and kept where it is not given; the role is
        taken off where it is not given ("uses the permissions assigned to the node IAM role", API reference)."""
        name = request["addonName"]
        addon = self.addon(cluster_name, name)
        if addon.status in ("CREATING", "UPDATING", "DELETING"):
            raise in_use("Addon is in a transitional state", clusterName=cluster_name, addonName=name)
        self._check(cluster_name, name, request)
        before = addon.addon_version, addon.configuration_values, addon.service_account_role_arn
        addon.addon_version = request.get("addonVersion") or addon.addon_version
        addon.service_account_role_arn = request.get("serviceAccountRoleArn")
        if request.get("configurationValues") is not None:
            addon.configuration_values = request["configurationValues"]
        addon.modified_at = now()
        about = {
            "AddonVersion": addon.addon_version,
            "ServiceAccountRoleArn": request.get("serviceAccountRoleArn"),
            "ResolveConflicts": request.get("resolveConflicts"),
            "ConfigurationValues": request.get("configurationValues"),
        }
        update = Update("AddonUpdate", params(about), (cluster_name, None, name))

        def done(problems: Sequence[Problem]) -> None:
            if any(each["errorCode"] == CONFLICT for each in problems):
                # Nothing was applied: the add-on is what it was.
                addon.addon_version, addon.configuration_values, addon.service_account_role_arn = before
            update.status, update.errors = ("Failed" if problems else "Successful"), list(problems)
            _settled(addon, problems, "UPDATE_FAILED")

        answer = copy(update)
        resolution = request.get("resolveConflicts") or "NONE"
        addon.status = "UPDATING"
        if addon_installers.install(self.cluster(cluster_name), addon, resolution, done):
            self.updates[update.id] = update
            return answer
        return self.record(addon, update)

    def delete_addon(self, cluster_name: str, name: str, preserve: bool = False) -> Addon:
        addon, cluster = self.addon(cluster_name, name), self.cluster(cluster_name)
        for each in addon_installers.installers:
            each.remove(cluster, addon, preserve)

        def done() -> None:
            cluster.addons.pop(name, None)

        return settle(addon, "DELETING", timing.addon, done)

    def describe_addon_versions(self, name: str | None, kubernetes: str | None) -> list[dict[str, Any]]:
        if name and name not in catalog.VERSIONS:
            raise invalid(f"Addon {name} specified is not supported", addonName=name)
        wanted = [name] if name else list(catalog.VERSIONS)
        return [found for each in wanted if (found := _info(each, kubernetes))["addonVersions"]]

    def addon_schema(self, name: str, version: str) -> dict[str, Any]:
        self._check("", name, {"addonVersion": version})
        return catalog.schema_of(name)

    def _check(self, cluster_name: str, name: str, request: Mapping[str, Any]) -> None:
        fields = {"clusterName": cluster_name or None, "addonName": name}
        if name not in catalog.VERSIONS:
            raise invalid(f"Addon {name} specified is not supported", **fields)
        version = request.get("addonVersion")
        if version and version not in catalog.VERSIONS[name]:
            raise invalid("Addon version specified is not supported", **fields)
        resolution = request.get("resolveConflicts")
        if resolution and resolution not in RESOLUTIONS:
            raise invalid(f"resolveConflicts {resolution} is not one of {', '.join(RESOLUTIONS)}", **fields)
        text = request.get("configurationValues")
        if text:
            _check_configuration(catalog.schema_of(name), text, fields)


def _settled(addon: Addon, problems: Sequence[Problem], failed: str) -> None:
    """API reference, Addon: what went wrong shows in its health."""
    addon.status = failed if problems else "ACTIVE"
    issues = [
        {"code": each["errorCode"], "message": each["errorMessage"], "resourceIds": each["resourceIds"]}
        for each in problems
    ]
    addon.health = {"issues": issues}


def _check_configuration(schema: Mapping[str, Any], text: str, fields: Mapping[str, Any]) -> None:
    """JSON or YAML that fits the schema (API reference, CreateAddon, configurationValues)."""
    unsupported = "ConfigurationValue provided in request is not supported"
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as broken:
        raise invalid(f"{unsupported}: Invalid yaml or json: {broken}", **fields)
    faults = [f"{error.json_path}: {error.message}" for error in Draft6Validator(schema).iter_errors(values)]
    if faults:
        raise invalid(f"{unsupported}: Json schema validation failed with error: [{', '.join(faults)}]", **fields)


def _info(addon: str, kubernetes: str | None) -> dict[str, Any]:
    versions = []
    for version in catalog.VERSIONS[addon]:
        clusters = [k for k in catalog.compatible(addon, version) if kubernetes in (None, k)]
        if clusters:
            compatibilities = [
                {
                    "clusterVersion": each,
                    "platformVersions": ["*"],
                    "defaultVersion": catalog.default_version(addon, each) == version,
                }
                for each in clusters
            ]
            versions.append(
                {
                    "addonVersion": version,
                    "architecture": ["amd64", "arm64"],
                    "computeTypes": ["ec2"],
                    "compatibilities": compatibilities,
                    "requiresConfiguration": False,
                    "requiresIamPermissions": addon in ("vpc-cni", "aws-ebs-csi-driver"),
                }
            )
    kind = catalog.TYPES.get(addon, "networking")
    return {"addonName": addon, "type": kind, "addonVersions": versions, "publisher": "eks", "owner": "aws"}
