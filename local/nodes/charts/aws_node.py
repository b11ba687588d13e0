"""The VPC CNI's DaemonSet and what belongs to it.

Source: amazon-vpc-cni-k8s v1.23.1, charts/aws-vpc-cni (values.yaml and templates); the variables that EKS adds: EKS
user guide, "Amazon VPC CNI", and what DescribeAddonConfiguration's schema names.
"""

from collections.abc import Mapping
from typing import Any

from local.nodes.charts.common import ANYWHERE, environment, image, linux, service_account, thing

type Thing = dict[str, Any]

NAME = "aws-node"
LABELS = {"app.kubernetes.io/name": NAME, "app.kubernetes.io/instance": "aws-vpc-cni", "k8s-app": NAME}

ENVIRONMENT = {
    "ADDITIONAL_ENI_TAGS": "{}",
    "ANNOTATE_POD_IP": "false",
    "AWS_VPC_CNI_NODE_PORT_SUPPORT": "true",
    "AWS_VPC_ENI_MTU": "9001",
    "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "false",
    "AWS_VPC_K8S_CNI_EXTERNALSNAT": "false",
    "AWS_VPC_K8S_CNI_LOGLEVEL": "DEBUG",
    "AWS_VPC_K8S_CNI_LOG_FILE": "/host/var/log/aws-routed-eni/ipamd.log",
    "AWS_VPC_K8S_CNI_RANDOMIZESNAT": "prng",
    "AWS_VPC_K8S_CNI_VETHPREFIX": "eni",
    "AWS_VPC_K8S_PLUGIN_LOG_FILE": "/var/log/aws-routed-eni/plugin.log",
    "AWS_VPC_K8S_PLUGIN_LOG_LEVEL": "DEBUG",
    "DISABLE_INTROSPECTION": "false",
    "DISABLE_METRICS": "false",
    "DISABLE_NETWORK_RESOURCE_PROVISIONING": "false",
    "ENABLE_IMDS_ONLY_MODE": "false",
    "ENABLE_IPv4": "true",
    "ENABLE_IPv6": "false",
    "ENABLE_MULTI_NIC": "false",
    "ENABLE_POD_ENI": "false",
    "ENABLE_PREFIX_DELEGATION": "false",
    "ENABLE_SUBNET_DISCOVERY": "true",
    "NETWORK_POLICY_ENFORCING_MODE": "standard",
    "WARM_ENI_TARGET": "1",
    "WARM_PREFIX_TARGET": "1",
}
_INIT = {"DISABLE_TCP_EARLY_DEMUX": "false", "ENABLE_IPv6": "false"}
_NET_ADMIN = {"capabilities": {"add": ["NET_ADMIN", "NET_RAW"]}}
_HOST_PATHS = {
    "bpf-pin-path": {"path": "/sys/fs/bpf"},
    "cni-bin-dir": {"path": "/opt/cni/bin"},
    "cni-net-dir": {"path": "/etc/cni/net.d"},
    "log-dir": {"path": "/var/log/aws-routed-eni", "type": "DirectoryOrCreate"},
    "run-dir": {"path": "/var/run/aws-node", "type": "DirectoryOrCreate"},
    "xtables-lock": {"path": "/run/xtables.lock", "type": "FileOrCreate"},
}


def objects(cluster: Any, version: str, role: str | None, values: Mapping[str, Any]) -> list[Thing]:
    """The service account, the DaemonSet, and an ENIConfig for each zone where `values` have them made."""
    labels = {**LABELS, "app.kubernetes.io/version": version.partition("-")[0]}
    daemons = thing("apps/v1", "DaemonSet", NAME, labels)
    daemons["spec"] = {
        "selector": {"matchLabels": {"k8s-app": NAME}},
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "10%"}},
        "template": _template(cluster, version, values),
    }
    return [service_account(NAME, role, labels), daemons, *_eni_configs(values.get("eniConfig") or {})]


def environment_of(cluster: Any, version: str, values: Mapping[str, Any]) -> dict[str, str]:
    """What aws-node's container has in its environment."""
    own = {
        "CLUSTER_ENDPOINT": cluster.endpoint,
        "CLUSTER_NAME": cluster.name,
        "VPC_CNI_VERSION": version.partition("-")[0],
        "VPC_ID": cluster.resources_vpc_config.get("vpcId") or "",
    }
    return {**ENVIRONMENT, **own, **(values.get("env") or {})}


def _template(cluster: Any, version: str, values: Mapping[str, Any]) -> Thing:
    init, agent = values.get("init") or {}, values.get("nodeAgent") or {}
    spec: Thing = {
        "priorityClassName": "system-node-critical",
        "serviceAccountName": NAME,
        "hostNetwork": True,
        "terminationGracePeriodSeconds": 10,
        "tolerations": values.get("tolerations") or ANYWHERE,
        "affinity": values.get("affinity") or linux(),
        "initContainers": [
            {
                "name": "aws-vpc-cni-init",
                "image": image(cluster, "amazon-k8s-cni-init", version),
                "env": environment({**_INIT, **(init.get("env") or {})}),
                "securityContext": {"privileged": True},
                "resources": values.get("resources") or {"requests": {"cpu": "25m"}},
                "volumeMounts": [_mount("cni-bin-dir", "/host/opt/cni/bin")],
            }
        ],
        "containers": [_daemon(cluster, version, values)],
        "volumes": [{"name": name, "hostPath": dict(path)} for name, path in _HOST_PATHS.items()],
    }
    if agent.get("enabled", True):
        spec["containers"].append(_policies(cluster, version, values))
    labels = {**LABELS, **(values.get("podLabels") or {})}
    about: Thing = {"labels": labels}
    if notes := values.get("podAnnotations"):
        about["annotations"] = dict(notes)
    return {"metadata": about, "spec": spec}


def _daemon(cluster: Any, version: str, values: Mapping[str, Any]) -> Thing:
    names = {"MY_NODE_NAME": "spec.nodeName", "MY_POD_NAME": "metadata.name"}
    fields = [{"name": n, "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": p}}} for n, p in names.items()]
    return {
        "name": NAME,
        "image": image(cluster, "amazon-k8s-cni", version),
        "ports": [{"containerPort": 61678, "name": "metrics", "protocol": "TCP"}],
        "env": [*environment(environment_of(cluster, version, values)), *fields],
        "livenessProbe": _probe(60, values.get("livenessProbeTimeoutSeconds") or 10),
        "readinessProbe": _probe(1, values.get("readinessProbeTimeoutSeconds") or 10),
        "resources": values.get("resources") or {"requests": {"cpu": "25m"}},
        "securityContext": _NET_ADMIN,
        "volumeMounts": [
            _mount("cni-bin-dir", "/host/opt/cni/bin"),
            _mount("cni-net-dir", "/host/etc/cni/net.d"),
            _mount("log-dir", "/host/var/log/aws-routed-eni"),
            _mount("run-dir", "/var/run/aws-node"),
            _mount("xtables-lock", "/run/xtables.lock"),
        ],
    }


def _policies(cluster: Any, version: str, values: Mapping[str, Any]) -> Thing:
    agent = values.get("nodeAgent") or {}
    return {
        "name": "aws-eks-nodeagent",
        "image": image(cluster, "aws-network-policy-agent", version),
        "args": [
            f"--enable-ipv6={agent.get('enableIpv6', 'false')}",
            f"--enable-network-policy={values.get('enableNetworkPolicy', 'false')}",
            f"--enable-cloudwatch-logs={agent.get('enableCloudWatchLogs', 'false')}",
            f"--enable-policy-event-logs={agent.get('enablePolicyEventLogs', 'false')}",
        ],
        "resources": agent.get("resources") or {"requests": {"cpu": "25m"}},
        "securityContext": {"capabilities": {"add": ["NET_ADMIN"]}, "privileged": True},
        "volumeMounts": [_mount("bpf-pin-path", "/sys/fs/bpf"), _mount("run-dir", "/var/run/aws-node")],
    }


def _eni_configs(config: Mapping[str, Any]) -> list[Thing]:
    if not config.get("create"):
        return []
    return [
        {
            "apiVersion": "crd.k8s.amazonaws.com/v1alpha1",
            "kind": "ENIConfig",
            "metadata": {"name": zone},
            "spec": {"subnet": given["id"]}
            | ({"securityGroups": list(given["securityGroups"])} if given.get("securityGroups") else {}),
        }
        for zone, given in config["subnets"].items()
    ]


def _probe(delay: int, patience: int) -> Thing:
    command = ["/app/grpc-health-probe", "-addr=unix:///var/run/aws-node/ipamd.sock"]
    return {"exec": {"command": command}, "initialDelaySeconds": delay, "timeoutSeconds": patience}


def _mount(name: str, path: str) -> Thing:
    return {"name": name, "mountPath": path}
