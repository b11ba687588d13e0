"""Asks AWS and Kubernetes all that a preflight looks at, at once where the order does not matter."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from nodenet.asking import at_once
from nodenet.capacity.running import seen as running
from nodenet.errors import AccessDenied, PermissionsMissing
from nodenet.limits import shipped
from nodenet.migration.preflight.following import group_names, planned_for, subnet_ids, templates, with_reservations
from nodenet.migration.preflight.ports import Beside, Eks, Groups, Kubernetes, Vpc
from nodenet.migration.preflight.seen import Seen
from nodenet.migration.preflight.seen_aws import ControlPlane, ScalingGroup
from nodenet.migration.request import Request


@dataclass(frozen=True, slots=True)
class Survey:
    """Everything that a preflight reads. `function_subnets`: those of nodenet's own functions."""

    eks: Eks
    vpc: Vpc
    groups: Groups
    beside: Beside
    kubernetes: Kubernetes
    function_subnets: tuple[str, ...] = ()

    def __call__(self, request: Request) -> Seen:
        """PermissionsMissing names all that were denied, PlanningError says that there is no such cluster, Throttled
        that AWS or Kubernetes would not answer."""
        try:
            cluster, plane = self.eks.cluster(request.cluster)
        except AccessDenied as error:
            raise PermissionsMissing({"eks:DescribeCluster": str(error)}) from error
        seen = self._first(request, cluster, plane)
        return self._second(request, seen)

    def _first(self, request: Request, cluster: running.Cluster, plane: ControlPlane) -> Seen:
        name, vpc, kubernetes = cluster.name, cluster.vpc_id, self.kubernetes
        with at_once() as ask:
            addon = ask("eks:DescribeAddon", self.eks.addon, name)
            managed = ask("eks:ListNodegroups, eks:DescribeNodegroup", self.eks.managed_groups, name)
            fargate = ask("eks:ListFargateProfiles", self.eks.fargate_profiles, name)
            entries = ask("eks:ListAccessEntries, eks:DescribeAccessEntry", self._entries, name, plane)
            blocks = ask("ec2:DescribeVpcs", self.vpc.vpc_blocks, vpc)
            subnets = ask("ec2:DescribeSubnets", self.vpc.subnets, vpc)
            interfaces = ask("ec2:DescribeNetworkInterfaces", self.vpc.interfaces, vpc)
            instances = ask("ec2:DescribeInstances", self.vpc.instances, vpc)
            tables = ask("ec2:DescribeRouteTables", self.vpc.route_tables, vpc)
            acls = ask("ec2:DescribeNetworkAcls", self.vpc.acls, vpc)
            security = ask("ec2:DescribeSecurityGroups", self.vpc.security_groups, vpc)
            peerings = ask("ec2:DescribeVpcPeeringConnections", self.vpc.peerings, vpc)
            lists = ask(
                "ec2:DescribeManagedPrefixLists, ec2:GetManagedPrefixListEntries",
                self.vpc.prefix_lists,
                cluster.account,
            )
            targets = ask(
                "elasticloadbalancing:DescribeTargetGroups, elasticloadbalancing:DescribeTargetHealth",
                self.beside.target_groups,
                vpc,
            )
            quotas = ask("servicequotas:ListServiceQuotas", self.beside.quotas)
            cni = ask("kubernetes: get daemonsets.apps kube-system/aws-node", kubernetes.vpc_cni)
            nodes = ask("kubernetes: list nodes", kubernetes.nodes)
            pods = ask("kubernetes: list pods, replicasets.apps", kubernetes.pods)
            workloads = ask(
                "kubernetes: list deployments.apps, statefulsets.apps, replicasets.apps", kubernetes.workloads
            )
            budgets = ask("kubernetes: list poddisruptionbudgets.policy", kubernetes.budgets)
            installed = ask("kubernetes: list daemonsets.apps, deployments.apps", kubernetes.installed)
            pools = ask(
                "kubernetes: list nodepools.karpenter.sh, ec2nodeclasses.karpenter.k8s.aws", kubernetes.node_pools
            )
            scaled = ask("kubernetes: list horizontalpodautoscalers.autoscaling", kubernetes.scaled)
            claims = ask("kubernetes: list persistentvolumeclaims, persistentvolumes", kubernetes.claims)
            services = ask("kubernetes: list services", kubernetes.services)
            policies = ask("kubernetes: list networkpolicies, and Calico's", kubernetes.policies)
            webhooks = ask("kubernetes: list webhookconfigurations.admissionregistration.k8s.io", kubernetes.webhooks)
            apis = ask("kubernetes: list apiservices.apiregistration.k8s.io", kubernetes.api_services)
            bindings = ask("kubernetes: list targetgroupbindings.elbv2.k8s.aws", kubernetes.bindings)
            configs = ask("kubernetes: list eniconfigs.crd.k8s.amazonaws.com", kubernetes.eni_configs)
            auth = ask("kubernetes: get configmaps kube-system/aws-auth", kubernetes.aws_auth)
        known = {each.id: each for each in subnets()}
        # What is in no known subnet came while the others were asked, or is of IPv6 alone.
        cloud = running.Cloud(
            tuple(blocks()),
            known,
            tuple(each for each in interfaces() if each.subnet_id in known),
            {each.id: each for each in instances() if each.subnet_id in known},
        )
        found, figures = addon(), quotas()
        return Seen(
            running=planned_for(cluster, cloud, found[0] if found else None, cni(), nodes(), pods(), configs()),
            control_plane=plane,
            nodes=tuple(nodes()),
            pods=tuple(pods()),
            addon=found[1] if found else None,
            managed_groups=managed(),
            fargate_profiles=tuple(fargate()),
            access_entries=entries(),
            aws_auth=tuple(auth()),
            route_tables=tuple(tables()),
            acls=tuple(acls()),
            security_groups={each.id: each for each in security()},
            peerings=tuple(peerings()),
            prefix_lists=tuple(lists()),
            target_groups=tuple(targets()),
            quotas=figures or {},
            function_subnets=self.function_subnets,
            workloads=tuple(workloads()),
            budgets=tuple(budgets()),
            daemon_sets=installed().daemon_sets,
            scalers=installed().scalers,
            node_pools=tuple(pools()),
            scaled=tuple(scaled()),
            claims=claims(),
            services=services(),
            policies=tuple(policies()),
            webhooks=tuple(webhooks()),
            api_services=tuple(apis()),
            bindings=tuple(bindings()),
            eni_specs=configs(),
            unread=() if figures is not None else ("the account's quotas: AWS's defaults were taken",),
        )

    def _entries(self, name: str, plane: ControlPlane) -> Mapping[str, str]:
        """EKS refuses to list them in mode CONFIG_MAP."""
        return {} if plane.authentication == "CONFIG_MAP" else self.eks.access_entries(name)

    def _second(self, request: Request, seen: Seen) -> Seen:
        """What can only be asked for by name."""
        wanted = group_names(request, seen.managed_groups)
        with at_once() as ask:
            scaling = ask("autoscaling:DescribeAutoScalingGroups", self.groups.scaling_groups, request.cluster, wanted)
            types = ask("ec2:DescribeInstanceTypes", self._limits, seen)
            reservations = {
                each: ask("ec2:GetSubnetCidrReservations", self.vpc.reservations, each)
                for each in subnet_ids(request, seen)
            }
        groups = scaling()
        with at_once() as ask:
            details = {
                name: ask(
                    "autoscaling:DescribePolicies, autoscaling:DescribeScheduledActions, "
                    "autoscaling:DescribeLifecycleHooks, autoscaling:DescribeInstanceRefreshes",
                    self.groups.details,
                    name,
                )
                for name in wanted & groups.keys()
            }
            found_templates = ask(
                "ec2:DescribeLaunchTemplateVersions", self.vpc.launch_templates, templates(seen, groups.values())
            )
        detailed: dict[str, ScalingGroup] = dict(groups)
        for name, found in details.items():
            more = found()
            detailed[name] = replace(
                groups[name],
                policies=more.policies,
                schedules=more.schedules,
                hooks=more.hooks,
                refreshing=more.refreshing,
            )
        kept = {name: tuple(found()) for name, found in reservations.items()}
        return replace(
            seen,
            running=with_reservations(seen.running, kept),
            scaling_groups=detailed,
            launch_templates=found_templates(),
            limits=types(),
        )

    def _limits(self, seen: Seen) -> Mapping[str, Any]:
        """Of all types of nodes and groups: from the table in the package, and from EC2 where that lacks them."""
        names = {node.instance_type for node in seen.nodes if node.instance_type}
        names |= {each.type for each in seen.running.cloud.instances.values()}
        names |= {name for group in seen.managed_groups.values() for name in group.instance_types}
        found = {name: limits for name in names if (limits := shipped(name))}
        lacking = names - found.keys()
        return {**found, **(self.vpc.limits(lacking) if lacking else {})}
