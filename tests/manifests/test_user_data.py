"""User data for AL2023: what nodeadm and cloud-init find in it, and where EC2's limit is."""

import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest
import yaml

from node.agent import readiness
from node.build import agent as built
from node.manifests.names import AGENT, TAINT, UNIT
from node.manifests.node_config import Cluster, Kubelet, node_config
from node.manifests.user_data import DROP_IN, LEFT_TO_EKS, LIMIT, UserDataTooLong
from tests.manifests.al2023 import CLUSTER, KUBELET, NETWORKS, boot, incompressible, made, of_type, parts


def test_where_eks_adds_its_own_nodeconfig_the_kubelets_part_is_a_drop_in_that_prevails_over_it(node: Path) -> None:
    """EKS puts its user data behind ours (EKS User Guide, "Customize managed nodes with launch templates"), and of
    several NodeConfigs the last one prevails; /etc/eks/nodeadm.d is read after all of them (amazon-eks-ami,
    "Overriding configuration with drop-in files")."""
    text = made()
    assert [kind for kind, _ in parts(text)] == ["text/cloud-boothook"]
    boot(node, text)
    (drop_in,) = yaml.safe_load_all((node / DROP_IN.lstrip("/")).read_text())
    assert drop_in == node_config(KUBELET)
    assert "cluster" not in drop_in["spec"]


def test_without_a_wish_for_the_kubelet_there_is_no_drop_in(node: Path) -> None:
    boot(node, made(kubelet=Kubelet()))
    assert not (node / DROP_IN.lstrip("/")).exists()


def test_where_nobody_adds_to_it_the_nodeconfig_is_a_part_and_complete(node: Path) -> None:
    """nodeadm, internal/api/validation.go: these four, or it refuses."""
    text = made(cluster=CLUSTER)
    (found,) = yaml.safe_load_all(of_type(text, "application/node.eks.aws"))
    assert (found["apiVersion"], found["kind"]) == ("node.eks.aws/v1alpha1", "NodeConfig")
    assert found["spec"]["cluster"] == {
        "name": "prod",
        "apiServerEndpoint": "https://x.eks.amazonaws.com",
        "certificateAuthority": "Q0E=",
        "cidr": "172.20.0.0/16",
    }
    assert found["spec"]["kubelet"]["config"]["maxPods"] == 30
    boot(node, text)
    assert not (node / DROP_IN.lstrip("/")).exists()


def test_a_node_that_is_held_back_registers_with_the_taint() -> None:
    """KubeletConfiguration's registerWithTaints (kubelet.config.k8s.io/v1beta1)."""
    assert node_config(Kubelet(held_back=True))["spec"] == {
        "kubelet": {"config": {"registerWithTaints": [{"key": TAINT, "effect": "NoSchedule"}]}}
    }


def test_the_taint_is_the_one_that_the_daemon_takes_off() -> None:
    assert readiness.TAINT == TAINT


def test_an_expression_goes_where_nodeadm_computes_it() -> None:
    assert node_config(Kubelet(max_pods="max_pods - 9"))["spec"] == {"kubelet": {"maxPodsExpression": "max_pods - 9"}}


def test_headers_and_boundary_are_what_nodeadm_reads() -> None:
    """Go's mail.ReadMessage and mime/multipart (nodeadm, internal/configprovider/mime.go): header lines first, a
    boundary in the content type, each part behind it, and nothing in base64 as a whole."""
    head, _, rest = made(cluster=CLUSTER).decode("ascii").partition("\n\n")
    assert head.splitlines() == ["MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="==nodenet=="']
    assert rest.count("--==nodenet==\n") == 2
    assert rest.endswith("--==nodenet==--\n")
    assert "Content-Transfer-Encoding" not in rest


def test_the_same_input_makes_the_same_text() -> None:
    """Else every rendering would make a new version of the launch template, and roll the node group."""
    assert made() == made()


def test_the_unit_is_what_the_boothook_takes_it_for() -> None:
    """It starts the agent from where it is put, holds nodeadm-run back, and can be enabled for later boots."""
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(Path(__file__).parents[2] / "node" / UNIT)
    assert unit["Service"]["ExecStart"].split()[:2] == [AGENT, "up"]
    assert {"nodeadm-run.service", "kubelet.service"} <= set(unit["Unit"]["Before"].split())
    assert unit["Service"]["Type"] in ("oneshot", "notify"), "else it counts as started before its work is done"
    assert unit["Install"]["WantedBy"] == "multi-user.target"


@pytest.mark.parametrize(("cluster", "fits", "too_long"), [(CLUSTER, 14_500, 16_000), (None, 8_000, 10_000)])
def test_what_ec2_would_refuse_is_refused_here_with_what_to_do(
    cluster: Cluster | None, fits: int, too_long: int
) -> None:
    """16 KB before base64 (EC2 User Guide); EKS and Karpenter need some of it for what they add."""
    assert len(made(incompressible(fits), cluster=cluster)) <= LIMIT - (0 if cluster else LEFT_TO_EKS)
    with pytest.raises(UserDataTooLong, match=rf"has \d+ bytes, EC2 takes {LIMIT}.*bucket.*AMI.*DaemonSet"):
        made(incompressible(too_long), cluster=cluster)


def test_only_what_nobody_completes_is_pressed(node: Path) -> None:
    """cloud-init and nodeadm unpack gzip (nodeadm, internal/configprovider/encoding.go); whoever puts something behind
    it could not."""
    agent = incompressible(12_000)
    assert made(agent, cluster=CLUSTER).startswith(b"\x1f\x8b")
    boot(node, made(agent, cluster=CLUSTER))
    assert (node / "local" / "bin" / "nodenet-agent").read_bytes() == agent
    assert made(cluster=CLUSTER).startswith(b"MIME-Version")


def test_the_agent_fits_where_nobody_adds_to_the_user_data_and_runs_from_there(node: Path) -> None:
    """With a certificate as long as EKS's are."""
    real = Cluster("a-cluster-of-some-length", "https://x.eks.amazonaws.com", incompressible(1100).hex(), "10.0.0.0/16")
    boot(node, made(built(compact=True), cluster=real, networks=NETWORKS * 20))
    there = node / "local" / "bin" / "nodenet-agent"
    done = subprocess.run([there, "up", "--help"], capture_output=True, text=True, check=True)
    assert "--dry-run" in done.stdout
