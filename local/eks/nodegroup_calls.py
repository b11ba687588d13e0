"""Managed node groups: EKS API reference, CreateNodegroup to DeleteNodegroup."""

from collections.abc import Callable, Mapping
from copy import copy
from typing import Any

from local.autoscaling import refresh
from local.autoscaling.capacity import counted
from local.eks import nodegroup_groups as groups
from local.eks import nodegroup_rules as rules
from local.eks.cluster_calls import ClusterCalls
from local.eks.errors import in_use, invalid, no_nodegroup, not_found
from local.eks.nodegroup_request import asked, check_sizes
from local.eks.nodegroup_template import template_given
from local.eks.timing import timing
from local.eks.updates import Update, now, params
from local.world import world

# API reference, CreateNodegroup: what holds where a request does not say.
DEFAULT_UPDATE = {"maxUnavailable": 1}
DEFAULT_SCALING = {"minSize": 1, "maxSize": 2, "desiredSize": 2}


class NodegroupCalls(ClusterCalls):
    """moto's node groups with an Auto Scaling group behind each."""

    def nodegroup(self, cluster_name: str, name: str) -> Any:
        nodegroups = self.cluster(cluster_name).nodegroups
        if name not in nodegroups:
            raise no_nodegroup(cluster_name, name)
        return nodegroups[name]

    def create_nodegroup(self, cluster_name: str, nodegroup_name: str, **given: Any) -> Any:
        """Creates a node group and its Auto Scaling group; ACTIVE once all its instances are in service.

        Where its subnets are unknown to EC2 it comes without instances, with the health issue Ec2SubnetNotFound;
        with user data that EKS cannot merge it becomes CREATE_FAILED.
        """
        extra = {key: given.pop(key, None) for key in ("update_config", "node_repair_config", "warm_pool_config")}
        given["scaling_config"] = dict(given.get("scaling_config") or DEFAULT_SCALING)
        check_sizes(given["scaling_config"])
        rules.check_room(self.cluster(cluster_name))
        template = template_given(self, given.get("launch_template"))
        rules.check(template, given)
        nodegroup: Any = super().create_nodegroup(cluster_name=cluster_name, nodegroup_name=nodegroup_name, **given)
        cluster = self.cluster(cluster_name)
        nodegroup.update_config = extra["update_config"] or dict(DEFAULT_UPDATE)
        nodegroup.node_repair_config, nodegroup.warm_pool_config = (
            extra["node_repair_config"],
            extra["warm_pool_config"],
        )
        nodegroup.version = given.get("version") or cluster.version
        nodegroup.created_at = nodegroup.modified_at = now()
        nodegroup.health = {"issues": []}
        rules.settle(nodegroup, template, given)
        nodegroup.resources["autoScalingGroups"] = [{"name": f"eks-{nodegroup_name}-{nodegroup.uuid}"}]
        if issue := rules.issue(nodegroup, template):
            nodegroup.health = {"issues": [issue]}
            return self._when(nodegroup, "CREATING", timing.nodegroup, lambda _: True, _fail)
        if groups.subnets_exist(self, nodegroup):
            try:
                groups.create(self, cluster, nodegroup)
            except BaseException:
                super().delete_nodegroup(cluster_name, nodegroup_name)
                raise
        else:
            issue = {"code": "Ec2SubnetNotFound", "resourceIds": list(nodegroup.subnets)}
            nodegroup.health = {"issues": [issue | {"message": "We couldn't find one or more subnets."}]}
        return self._when(nodegroup, "CREATING", timing.nodegroup, self._in_service, _become_active)

    def describe_nodegroup(self, cluster_name: str, nodegroup_name: str) -> Any:
        return rules.shown(super().describe_nodegroup(cluster_name, nodegroup_name))

    def update_nodegroup_config(self, cluster_name: str, nodegroup_name: str, **given: Any) -> Update:
        """Changes sizes, labels, taints and the update's own settings; answers with the update."""
        nodegroup = self._changeable(cluster_name, nodegroup_name)
        before = dict(nodegroup.scaling_config)
        sizes = before | dict(given.get("scaling_config") or {})
        check_sizes(sizes)
        warm = given.pop("warm_pool_config", None)
        super().update_nodegroup_config(cluster_name=cluster_name, nodegroup_name=nodegroup_name, **given)
        nodegroup.modified_at = now()
        if sizes != before:
            groups.resize(self, nodegroup)
        if warm is not None:
            nodegroup.warm_pool_config = warm
            groups.set_warm_pool(self, nodegroup)
        update = Update("ConfigUpdate", params(asked(given)), (cluster_name, nodegroup_name, None))
        return self._run(nodegroup, update)

    def update_nodegroup_version(self, cluster_name: str, nodegroup_name: str, request: Mapping[str, Any]) -> Update:
        """Rolls the nodes to another version or launch template version."""
        nodegroup, cluster = self._changeable(cluster_name, nodegroup_name), self.cluster(cluster_name)
        template = request.get("launchTemplate")
        if template and not nodegroup.launch_template:
            raise invalid("Not allowed to set launch template on a node group that was created without one.")
        if template:
            wanted = nodegroup.launch_template | dict(template)
            rules.renew(nodegroup, template_given(self, wanted), request)
            nodegroup.launch_template = wanted
        nodegroup.version = request.get("version") or (nodegroup.version if template else cluster.version)
        nodegroup.release_version = request.get("releaseVersion") or nodegroup.release_version
        nodegroup.modified_at = now()
        groups.roll(self, cluster, nodegroup)
        about = {
            "Version": nodegroup.version,
            "ReleaseVersion": nodegroup.release_version,
            "LaunchTemplateName": (template and nodegroup.launch_template["name"]) or None,
            "LaunchTemplateVersion": (template and nodegroup.launch_template["version"]) or None,
        }
        return self._run(nodegroup, Update("VersionUpdate", params(about), (cluster_name, nodegroup_name, None)))

    def delete_nodegroup(self, cluster_name: str, nodegroup_name: str) -> Any:
        """Scales the group to nothing, through its hooks, and then deletes it and the node group."""
        nodegroup = self.nodegroup(cluster_name, nodegroup_name)
        if nodegroup.status == "DELETING":
            return nodegroup
        if group := groups.group_of(self, nodegroup):
            group.min_size = 0
            group.set_desired_capacity(0)
            if group.warm_pool:
                groups.scaling(self).delete_warm_pool(group.name)
        return self._when(nodegroup, "DELETING", timing.nodegroup, self._empty, self._forget)

    def list_of(self, cluster_name: str, kind: str) -> list[str]:
        """The names of a cluster's "nodegroups" or "fargate_profiles"."""
        return list(getattr(self.cluster(cluster_name), kind))

    def _changeable(self, cluster_name: str, name: str) -> Any:
        if cluster_name not in self.clusters:
            raise not_found(f"No cluster found for name: {cluster_name}.", clusterName=cluster_name, nodegroupName=name)
        nodegroup = self.nodegroup(cluster_name, name)
        if nodegroup.status not in ("ACTIVE", "DEGRADED"):
            message = "Nodegroup cannot be updated as it is currently not in Active State"
            raise in_use(message, clusterName=cluster_name, nodegroupName=name)
        return nodegroup

    def _run(self, nodegroup: Any, update: Update) -> Update:
        self.updates[update.id] = update

        def done(each: Any) -> None:
            update.status = "Successful"
            _become_active(each)

        answer = copy(update)
        self._when(nodegroup, "UPDATING", timing.update, self._rolled, done)
        return answer

    def _when(
        self, nodegroup: Any, status: str, seconds: float, ready: Callable[[Any], bool], done: Callable[[Any], None]
    ) -> Any:
        """Puts `nodegroup` into `status` until it is `ready`, at the earliest after `seconds`; returns the answer."""
        nodegroup.status = status
        answer = rules.shown(nodegroup)

        def look(again: float) -> None:
            if nodegroup.status != status:
                return
            if ready(nodegroup):
                done(nodegroup)
            else:
                world.later(again, lambda: look(timing.poll))

        if seconds > 0:
            world.later(seconds, lambda: look(timing.poll))
        else:
            # What the call has set off is often done right after it.
            look(0)
        return answer

    def _in_service(self, nodegroup: Any) -> bool:
        group = groups.group_of(self, nodegroup)
        members = counted(group.instance_states) if group else []
        complete = group is None or len(members) >= group.desired_capacity
        return complete and all(member.lifecycle_state == "InService" for member in members)

    def _rolled(self, nodegroup: Any) -> bool:
        group = groups.group_of(self, nodegroup)
        return group is None or refresh.active(group) is None

    def _empty(self, nodegroup: Any) -> bool:
        group = groups.group_of(self, nodegroup)
        return group is None or not (group.instance_states or group.warm_members)

    def _forget(self, nodegroup: Any) -> None:
        if group := groups.group_of(self, nodegroup):
            groups.scaling(self).delete_auto_scaling_group(group.name)
            self.ec2.delete_launch_template(group.name, None)
        super().delete_nodegroup(nodegroup.cluster_name, nodegroup.nodegroup_name)


def _fail(nodegroup: Any) -> None:
    nodegroup.status = "CREATE_FAILED"


def _become_active(nodegroup: Any) -> None:
    nodegroup.status = "ACTIVE"
