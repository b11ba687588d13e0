"""What kubelets are told, in every form that user data has, with all that others said left as it is."""

import email
import gzip
import tomllib
from typing import Any

import pytest
import yaml

from nodenet.errors import HeldError
from nodenet.migration.groups.user_data import Told, of_eks_image, of_own_image
from nodenet.migration.groups.wish import TAINT
from tests.unit.migration.groups.world import NODE_CONFIG

SCRIPT = "#!/bin/bash\necho '--not a boundary--'\n"
LABELLED = """\
# first
[settings.kubernetes.node-taints]
dedicated = "web:NoSchedule"
[settings.kubernetes.node-labels]
"k8s.amazonaws.com/eniConfig" = "old"
team = "a"
"""
TOLD = Told(17, TAINT, {"k8s.amazonaws.com/eniConfig": "pods-a"})


def mime(*parts: tuple[str, str], boundary: str = "//", end: str = "\n") -> bytes:
    lines = ["MIME-Version: 1.0", f'Content-Type: multipart/mixed; boundary="{boundary}"', ""]
    for kind, text in parts:
        lines += [f"--{boundary}", f"Content-Type: {kind}", "", text]
    return end.join([*lines, f"--{boundary}--", ""]).encode()


def parts(document: bytes) -> list[tuple[str, str]]:
    found = email.message_from_bytes(document)
    assert found.is_multipart()
    return [(each.get_content_type(), str(each.get_payload())) for each in found.walk() if not each.is_multipart()]


def kubelet(text: str) -> Any:
    return yaml.safe_load(text)["spec"]["kubelet"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_part_is_put_behind_the_others_which_stay_as_they_are(end: str) -> None:
    given = mime(("text/x-shellscript", SCRIPT), ("application/node.eks.aws", NODE_CONFIG), end=end)
    made = of_own_image(given, TOLD)
    assert made.startswith(given.rpartition(b"--//--")[0])
    assert [each[0] for each in parts(made)] == [
        "text/x-shellscript",
        "application/node.eks.aws",
        "application/node.eks.aws",
    ]
    assert kubelet(parts(made)[-1][1]) == {
        "config": {"maxPods": 17},
        "flags": [
            "--node-labels=k8s.amazonaws.com/eniConfig=pods-a",
            "--register-with-taints=nodenet/unverified:NoSchedule",
        ],
    }


def test_a_node_config_alone_becomes_one_of_two_parts() -> None:
    made = parts(of_own_image(NODE_CONFIG.encode(), Told(17)))
    assert yaml.safe_load(made[0][1]) == yaml.safe_load(NODE_CONFIG)
    assert kubelet(made[1][1]) == {"config": {"maxPods": 17}}


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        ({"flags": ["--register-with-taints=a=b:NoExecute,c:NoSchedule"]}, "a=b:NoExecute,c:NoSchedule,"),
        ({"config": {"registerWithTaints": [{"key": "a", "value": "b", "effect": "NoExecute"}]}}, "a=b:NoExecute,"),
        (
            {"flags": ["--register-with-taints=a:NoSchedule"], "config": {"registerWithTaints": [{"key": "lost"}]}},
            "a:NoSchedule,",
        ),
        ({"config": {"registerWithTaints": []}}, ""),
    ],
)
def test_taints_that_a_kubelet_had_stay(theirs: dict[str, Any], expected: str) -> None:
    """A later --register-with-taints takes the place of an earlier one, and of the document's registerWithTaints."""
    document = {"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": {"kubelet": theirs}}
    made = parts(of_own_image(yaml.safe_dump(document).encode(), Told(taint=TAINT)))
    [flag] = kubelet(made[-1][1])["flags"]
    assert flag == f"--register-with-taints={expected}nodenet/unverified:NoSchedule"


def test_a_flag_that_prevails_over_the_document_is_said_again() -> None:
    """Flags prevail over the kubelet's configuration file (Kubernetes documentation, "Set Kubelet parameters")."""
    given = NODE_CONFIG + "  kubelet: {flags: ['--max-pods=58']}\n"
    made = parts(of_own_image(given.encode(), Told(17)))
    assert kubelet(made[-1][1]) == {"config": {"maxPods": 17}, "flags": ["--max-pods=17"]}


def test_compressed_user_data_is_read_and_long_user_data_compressed() -> None:
    """nodeadm and cloud-init read both; EC2 takes 16 KiB (EC2 User Guide)."""
    long = mime(("text/x-shellscript", "#" * 20_000), ("application/node.eks.aws", NODE_CONFIG))
    made = of_own_image(gzip.compress(long), Told(17))
    assert len(made) < 16_384
    assert kubelet(parts(gzip.decompress(made))[-1][1]) == {"config": {"maxPods": 17}}


def test_nothing_told_is_nothing_changed() -> None:
    assert of_own_image(b"#!/bin/bash\n", Told()) == b"#!/bin/bash\n"


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b"#!/bin/bash\n/etc/eks/bootstrap.sh prod\n",
        mime(("text/x-shellscript", SCRIPT)),
        b"\x1f\x8bbroken",
        b"\xff\xfe",
        b"a: [",
    ],
)
def test_other_forms_are_held_with_what_to_do(given: bytes) -> None:
    with pytest.raises(HeldError, match="replacement"):
        of_own_image(given, TOLD)


@pytest.mark.parametrize("given", [b"", mime(("text/x-shellscript", SCRIPT))])
def test_on_eks_s_images_a_drop_in_is_read_after_what_eks_says(given: bytes) -> None:
    """EKS puts a NodeConfig of its own behind the user's ("Customize managed nodes with launch templates"), and nodeadm
    reads /etc/eks/nodeadm.d last (amazon-eks-ami, "Overriding configuration with drop-in files")."""
    kind, hook = parts(of_eks_image(given, "AL2023_x86_64_STANDARD", 17))[-1]
    assert kind == "text/cloud-boothook"
    head, _, rest = hook.partition("<<'END'\n")
    assert head.endswith("cat > /etc/eks/nodeadm.d/90-nodenet-migration.yaml ")
    assert kubelet(rest.partition("END\n")[0]) == {"config": {"maxPods": 17}}


@pytest.mark.parametrize(
    ("given", "image"),
    [(b"#!/bin/bash\n", "AL2023_ARM_64_STANDARD"), (b"", "AL2_x86_64"), (b"", "WINDOWS_CORE_2022_x86_64")],
)
def test_what_eks_would_not_take_or_an_image_not_read_is_held(given: bytes, image: str) -> None:
    with pytest.raises(HeldError, match="replacement"):
        of_eks_image(given, image, 17)


@pytest.mark.parametrize(
    "given",
    [
        "",
        "[settings.host-containers.admin]\nenabled = true\n",
        '[settings.kubernetes]\ncluster-name = "prod"\nmax-pods = 58 # many\n\n[settings.ntp]\ntime-servers = []\n',
        LABELLED,
    ],
)
def test_bottlerocket_s_settings_are_changed_in_their_place(given: str) -> None:
    if given:
        made = of_own_image(given.encode(), TOLD)
        settings = tomllib.loads(made.decode())["settings"]
        assert settings["kubernetes"]["node-taints"]["nodenet/unverified"] == ":NoSchedule"
        assert settings["kubernetes"]["node-labels"]["k8s.amazonaws.com/eniConfig"] == "pods-a"
        before = tomllib.loads(given)["settings"]
        assert settings["kubernetes"].get("cluster-name") == before.get("kubernetes", {}).get("cluster-name")
        assert settings.keys() == {"kubernetes", *before}
        assert made.decode().count("max-pods") == 1
    alone = tomllib.loads(of_eks_image(given.encode(), "BOTTLEROCKET_ARM_64", 17).decode())
    assert alone["settings"]["kubernetes"]["max-pods"] == 17


@pytest.mark.parametrize(
    "given",
    ["settings = {kubernetes = {max-pods = 5}}", "[settings]\nkubernetes.max-pods = 5\n", "[settings.kubernetes\n"],
)
def test_toml_to_which_lines_cannot_be_added_is_held(given: str) -> None:
    with pytest.raises(HeldError):
        of_eks_image(given.encode(), "BOTTLEROCKET_x86_64", 17)
