"""Add-ons: EKS API reference, CreateAddon to DescribeAddonConfiguration."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import yaml
from jsonschema import Draft6Validator

from local.eks import catalog
from local.eks.errors import in_use, invalid, no_addon
from local.eks.nodegroup_calls import NodegroupCalls
from local.eks.timing import settle, timing
from local.eks.updates import Update, now, params

RESOLUTIONS = ("OVERWRITE", "NONE", "PRESERVE")


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


class AddonCalls(NodegroupCalls):
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

        def done() -> None:
            addon.status = "ACTIVE"

        return settle(addon, "CREATING", timing.addon, done)

    def addon(self, cluster_name: str, name: str) -> Addon:
        addon: Addon | None = self.cluster(cluster_name).addons.get(name)
        if addon is None:
            raise no_addon(cluster_name, name)
        return addon

    def list_addons(self, cluster_name: str) -> list[str]:
        return list(self.cluster(cluster_name).addons)

    def update_addon(self, cluster_name: str, request: Mapping[str, Any]) -> Update:
        """Changes what is given; the configuration is replaced as a whole, and kept where it is not given."""
        name = request["addonName"]
        addon = self.addon(cluster_name, name)
        if addon.status in ("CREATING", "UPDATING", "DELETING"):
            raise in_use("Addon is in a transitional state", clusterName=cluster_name, addonName=name)
        self._check(cluster_name, name, request)
        for key, attribute in (
            ("addonVersion", "addon_version"),
            ("serviceAccountRoleArn", "service_account_role_arn"),
            ("configurationValues", "configuration_values"),
        ):
            if request.get(key) is not None:
                setattr(addon, attribute, request[key])
        addon.modified_at = now()
        about = {
            "AddonVersion": addon.addon_version,
            "ServiceAccountRoleArn": request.get("serviceAccountRoleArn"),
            "ResolveConflicts": request.get("resolveConflicts"),
            "ConfigurationValues": request.get("configurationValues"),
        }
        return self.record(addon, Update("AddonUpdate", params(about), (cluster_name, None, name)))

    def delete_addon(self, cluster_name: str, name: str) -> Addon:
        addon = self.addon(cluster_name, name)

        def done() -> None:
            self.cluster(cluster_name).addons.pop(name, None)

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
