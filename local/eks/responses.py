"""The EKS API: what moto's responses do not know, or answer otherwise than AWS."""

import json
from collections.abc import Iterable
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.eks.responses import EKSResponse

from local.eks.access_calls import POLICIES, policy_arn
from local.eks.catalog import schema_of
from local.eks.cluster_calls import page


class LocalEKSResponse(EKSResponse):
    """Each method is an operation of the API, under the name that moto derives from it."""

    def __init__(self) -> None:
        super().__init__()
        self.automated_parameter_parsing = True

    def create_cluster(self) -> ActionResult:
        cluster = self.eks_backend.create_cluster(
            name=self._get_param("name"),
            version=self._get_param("version"),
            role_arn=self._get_param("roleArn"),
            resources_vpc_config=self._get_param("resourcesVpcConfig"),
            kubernetes_network_config=self._get_param("kubernetesNetworkConfig"),
            logging=self._get_param("logging"),
            client_request_token=self._get_param("clientRequestToken"),
            tags=self._get_param("tags"),
            encryption_config=self._get_param("encryptionConfig"),
            remote_network_config=self._get_param("remoteNetworkConfig"),
            access_config=self._get_param("accessConfig"),
            compute_config=self._get_param("computeConfig"),
        )
        return ActionResult({"cluster": cluster})

    def update_cluster_config(self) -> ActionResult:
        update = self.eks_backend.update_cluster_config(
            name=self._get_param("name"),
            resources_vpc_config=self._get_param("resourcesVpcConfig"),
            logging=self._get_param("logging"),
            client_request_token=self._get_param("clientRequestToken"),
            kubernetes_network_config=self._get_param("kubernetesNetworkConfig"),
            remote_network_config=self._get_param("remoteNetworkConfig"),
            access_config=self._get_param("accessConfig"),
        )
        return ActionResult({"update": update})

    def update_cluster_version(self) -> ActionResult:
        update = self.eks_backend.update_cluster_version(self._get_param("name"), self._get_param("version"))
        return ActionResult({"update": update})

    def describe_update(self) -> ActionResult:
        nodegroup, addon = self._get_param("nodegroupName"), self._get_param("addonName")
        name, update = self._get_param("name"), self._get_param("updateId")
        return ActionResult({"update": self.eks_backend.describe_update(name, update, nodegroup, addon)})

    def list_updates(self) -> ActionResult:
        nodegroup, addon = self._get_param("nodegroupName"), self._get_param("addonName")
        return self._page("updateIds", self.eks_backend.list_updates(self._get_param("name"), nodegroup, addon))

    def create_nodegroup(self) -> ActionResult:
        nodegroup = self.eks_backend.create_nodegroup(
            cluster_name=self._cluster,
            nodegroup_name=self._get_param("nodegroupName"),
            scaling_config=self._get_param("scalingConfig"),
            disk_size=self._get_int_param("diskSize"),
            subnets=self._get_param("subnets"),
            instance_types=self._get_param("instanceTypes"),
            ami_type=self._get_param("amiType"),
            remote_access=self._get_param("remoteAccess"),
            node_role=self._get_param("nodeRole"),
            labels=self._get_param("labels"),
            taints=self._get_param("taints"),
            tags=self._get_param("tags"),
            client_request_token=self._get_param("clientRequestToken"),
            launch_template=self._get_param("launchTemplate"),
            capacity_type=self._get_param("capacityType"),
            version=self._get_param("version"),
            release_version=self._get_param("releaseVersion"),
            update_config=self._get_param("updateConfig"),
            node_repair_config=self._get_param("nodeRepairConfig"),
            warm_pool_config=self._get_param("warmPoolConfig"),
        )
        return ActionResult({"nodegroup": nodegroup})

    def update_nodegroup_config(self) -> ActionResult:
        update = self.eks_backend.update_nodegroup_config(
            cluster_name=self._cluster,
            nodegroup_name=self._get_param("nodegroupName"),
            labels=self._get_param("labels"),
            taints=self._get_param("taints"),
            scaling_config=self._get_param("scalingConfig"),
            update_config=self._get_param("updateConfig"),
            node_repair_config=self._get_param("nodeRepairConfig"),
            warm_pool_config=self._get_param("warmPoolConfig"),
            client_request_token=self._get_param("clientRequestToken"),
        )
        return ActionResult({"update": update})

    def update_nodegroup_version(self) -> ActionResult:
        name = self._get_param("nodegroupName")
        return ActionResult({"update": self.eks_backend.update_nodegroup_version(self._cluster, name, self.params)})

    def list_clusters(self) -> ActionResult:
        return self._page("clusters", self.eks_backend.clusters)

    def list_nodegroups(self) -> ActionResult:
        return self._page("nodegroups", self.eks_backend.list_of(self._cluster, "nodegroups"))

    def list_fargate_profiles(self) -> ActionResult:
        return self._page("fargateProfileNames", self.eks_backend.list_of(self._cluster, "fargate_profiles"))

    def create_addon(self) -> ActionResult:
        return ActionResult({"addon": self.eks_backend.create_addon(self._cluster, self.params)})

    def describe_addon(self) -> ActionResult:
        return ActionResult({"addon": self.eks_backend.addon(self._cluster, self._get_param("addonName"))})

    def list_addons(self) -> ActionResult:
        return self._page("addons", self.eks_backend.list_addons(self._cluster))

    def update_addon(self) -> ActionResult:
        return ActionResult({"update": self.eks_backend.update_addon(self._cluster, self.params)})

    def delete_addon(self) -> ActionResult:
        preserve = bool(self._get_param("preserve"))
        addon = self.eks_backend.delete_addon(self._cluster, self._get_param("addonName"), preserve)
        return ActionResult({"addon": addon})

    def describe_addon_versions(self) -> ActionResult:
        name, kubernetes = self._get_param("addonName"), self._get_param("kubernetesVersion")
        infos = {each["addonName"]: each for each in self.eks_backend.describe_addon_versions(name, kubernetes)}
        names, token = self._slice(infos)
        return ActionResult({"addons": [infos[each] for each in names], "nextToken": token})

    def describe_addon_configuration(self) -> ActionResult:
        name, version = self._get_param("addonName"), self._get_param("addonVersion")
        self.eks_backend.addon_schema(name, version)
        schema = json.dumps(schema_of(name))
        return ActionResult({"addonName": name, "addonVersion": version, "configurationSchema": schema})

    def create_access_entry(self) -> ActionResult:
        return ActionResult({"accessEntry": self.eks_backend.create_access_entry(self._cluster, self.params)})

    def describe_access_entry(self) -> ActionResult:
        entry = self.eks_backend.access_entry(self._cluster, self._get_param("principalArn"))
        return ActionResult({"accessEntry": entry})

    def list_access_entries(self) -> ActionResult:
        policy = self._get_param("associatedPolicyArn")
        return self._page("accessEntries", self.eks_backend.list_access_entries(self._cluster, policy))

    def update_access_entry(self) -> ActionResult:
        return ActionResult({"accessEntry": self.eks_backend.update_access_entry(self._cluster, self.params)})

    def delete_access_entry(self) -> ActionResult:
        self.eks_backend.delete_access_entry(self._cluster, self._get_param("principalArn"))
        return EmptyResult()

    def associate_access_policy(self) -> ActionResult:
        principal = self._get_param("principalArn")
        policy = self.eks_backend.associate_access_policy(self._cluster, self.params)
        result = {"clusterName": self._cluster, "principalArn": principal, "associatedAccessPolicy": policy}
        return ActionResult(result)

    def disassociate_access_policy(self) -> ActionResult:
        principal, policy = self._get_param("principalArn"), self._get_param("policyArn")
        self.eks_backend.disassociate_access_policy(self._cluster, principal, policy)
        return EmptyResult()

    def list_associated_access_policies(self) -> ActionResult:
        principal = self._get_param("principalArn")
        policies = self.eks_backend.access_entry(self._cluster, principal).policies
        arns, token = self._slice(policies)
        result = {"clusterName": self._cluster, "principalArn": principal, "nextToken": token}
        return ActionResult(result | {"associatedAccessPolicies": [policies[arn] for arn in arns]})

    def list_access_policies(self) -> ActionResult:
        names, token = self._slice(POLICIES)
        policies = [{"name": name, "arn": policy_arn(name)} for name in names]
        return ActionResult({"accessPolicies": policies, "nextToken": token})

    @property
    def _cluster(self) -> Any:
        return self._get_param("clusterName") or self._get_param("name")

    def _slice(self, names: Iterable[str]) -> tuple[list[str], str | None]:
        return page(names, self._get_int_param("maxResults"), self._get_param("nextToken"))

    def _page(self, key: str, names: Iterable[str]) -> ActionResult:
        found, token = self._slice(names)
        return ActionResult({key: found, "nextToken": token})
