"""Multus: the VPC CNI stays every pod's eth0, and a node is Ready by the VPC CNI alone."""

from typing import Any

from node.agent.places import Places
from node.manifests.images import MULTUS_VERSION, Images
from node.manifests.multus import daemon_config, multus
from tests.manifests import objects

IMAGES = Images(agent="registry/nodenet-agent:1")
DOCUMENTS = list(multus(IMAGES))


def daemon() -> tuple[dict[str, Any], dict[str, Any]]:
    """The pod, and the daemon's container in it."""
    ((_, pod),) = objects.pods(DOCUMENTS)
    return pod, pod["containers"][0]


def on_the_node(path: str) -> str:
    """Where on the node the daemon's container finds a path."""
    pod, container = daemon()
    volumes = {volume["name"]: volume.get("hostPath", {}).get("path") for volume in pod["volumes"]}
    mount = max(
        (each for each in container["volumeMounts"] if (path + "/").startswith(each["mountPath"].rstrip("/") + "/")),
        key=lambda each: len(each["mountPath"]),
    )
    return str(volumes[mount["name"]]) + path.removeprefix(mount["mountPath"])


def test_it_is_consistent_and_kubernetes_own() -> None:
    objects.assert_consistent(DOCUMENTS)
    for document in DOCUMENTS:
        objects.validate(document)


def test_it_reads_cni_files_where_the_agent_writes_them() -> None:
    """Upstream's default (pkg/types/conf.go); EKS's build reads the runtime's folder instead, where a file of ours
    would make the node Ready on the wrong network."""
    assert on_the_node(daemon_config()["confDir"]) == str(Places().cni)
    assert on_the_node(daemon_config()["confDir"]) != str(Places().runtime_cni)


def test_the_vpc_cnis_file_is_the_cluster_network_by_name() -> None:
    """Without a name Multus takes whatever file sorts first (pkg/server/config/generator.go, findMasterPlugin)."""
    config = daemon_config()
    assert config["multusMasterCNI"] == "10-aws.conflist"
    assert on_the_node(config["multusAutoconfigDir"]) == "/etc/cni/net.d"


def test_it_makes_no_node_ready_before_the_vpc_cni_is_up() -> None:
    """multus-daemon waits for this file before it writes 00-multus.conf, and takes that away when it goes
    (cmd/multus-daemon/main.go, pkg/server/config/manager.go)."""
    config = daemon_config()
    assert config["multusConfigFile"] == "auto"
    assert on_the_node(config["readinessindicatorfile"]) == "/etc/cni/net.d/10-aws.conflist"
    assert on_the_node(config["cniConfigDir"]) == "/etc/cni/net.d"


def test_the_shim_finds_the_daemons_socket() -> None:
    """The shim's default is /run/multus (pkg/server/api/api.go)."""
    assert on_the_node(daemon_config()["socketDir"].rstrip("/")) == "/run/multus"


def test_plugins_are_at_one_path_for_the_daemon_and_below_its_new_root() -> None:
    """deployments/multus-daemonset-thick.yml: the daemon looks a plugin up, then starts it in the chroot."""
    assert on_the_node("/opt/cni/bin") == "/opt/cni/bin"
    assert on_the_node(daemon_config()["chrootDir"]) == "/"


def test_it_may_only_do_what_multus_does() -> None:
    """Its informers (pkg/server/server.go), the status that it writes back (network-attachment-definition-client,
    pkg/utils/net-attach-def.go: UpdateStatus), events, and claimed devices (pkg/kubeletclient)."""
    rules = objects.only(DOCUMENTS, "ClusterRole")["rules"]
    assert not any("*" in [*rule["verbs"], *rule["resources"]] for rule in rules)
    writes = {
        (resource, verb) for _, resource, verb in objects.allowed(DOCUMENTS) if verb not in ("get", "list", "watch")
    }
    assert writes == {("pods/status", "update"), *(("events", verb) for verb in ("create", "patch", "update"))}


def test_the_version_is_pinned_and_the_thick_one() -> None:
    pod, _ = daemon()
    assert {container["image"] for container in objects.containers(pod)} == {IMAGES.multus}
    assert IMAGES.multus.endswith(f":{MULTUS_VERSION}-thick")


def test_it_runs_on_nodes_that_take_no_pods_yet() -> None:
    pod, _ = daemon()
    assert pod["tolerations"] == [{"operator": "Exists"}]


def test_images_may_come_from_a_registry_of_ones_own() -> None:
    cn = Images("public/x/nodenet-agent:1").mirrored("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/nodenet/")
    assert cn.agent == "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/nodenet/nodenet-agent:1"
    assert cn.multus == f"123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/nodenet/multus-cni:{MULTUS_VERSION}-thick"
    pod = next(pod for _, pod in objects.pods(multus(cn)))
    assert all(".amazonaws.com.cn/" in container["image"] for container in objects.containers(pod))
