"""The agent's DaemonSet: what it may do, what it sees of the node, and that it is there before pods are."""

import ast
import json
import re
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from node.agent import check, daemon, options
from node.agent.claims_file import DEFAULT_PATH
from node.agent.configuration import parse
from node.agent.places import Places
from node.agent.readiness import PLUGINS
from node.manifests.access import ROLE_ANNOTATION
from node.manifests.agent_pods import NAME, agent_access, agent_daemon_set
from node.manifests.images import Images
from node.manifests.names import NETWORKS_JSON
from nodenet.configuration.resolved import ResolvedNetwork
from tests.manifests import objects
from tests.manifests.networks import group, network

AGENT_SOURCES = Path(__file__).parents[2] / "node" / "agent"
IMAGES = Images(agent="registry/nodenet-agent:1")
UPF = {"eks.amazonaws.com/nodegroup": "upf"}


def made(*networks: ResolvedNetwork, name: str = "upf") -> list[dict[str, Any]]:
    told = group(*(networks or (network(),)))
    return [*agent_access(), *agent_daemon_set("prod", told, IMAGES, name=name, node_selector=UPF)]


def pod(documents: list[dict[str, Any]]) -> dict[str, Any]:
    (found,) = [pod for _, pod in objects.pods(documents)]
    return found


def container() -> dict[str, Any]:
    (found,) = pod(made())["containers"]
    return dict(found)


def test_it_is_consistent_and_kubernetes_own() -> None:
    documents = made()
    objects.assert_consistent(documents)
    for document in documents:
        objects.validate(document)


def test_the_daemon_reads_its_networks_from_the_config_map() -> None:
    documents = made(network("n3"))
    (path,) = [mount["mountPath"] for mount in container()["volumeMounts"] if mount["name"] == "networks"]
    (key,) = objects.only(documents, "ConfigMap")["data"]
    assert f"{path}/{key}" == NETWORKS_JSON
    assert [each.name for each in parse(json.loads(objects.only(documents, "ConfigMap")["data"][key])).networks] == [
        "n3"
    ]


def test_other_networks_roll_the_pods_and_the_same_do_not() -> None:
    """A kubelet brings a changed ConfigMap into running pods, but nobody reads it there."""

    def template(of: ResolvedNetwork) -> Any:
        return objects.only(made(of), "DaemonSet")["spec"]["template"]

    assert template(network("n3")) == template(network("n3"))
    assert template(network("n3")) != template(network("n6"))


def test_several_groups_share_the_account_and_not_the_pods() -> None:
    documents = [*made(name="upf"), *agent_daemon_set("prod", group(network()), IMAGES, name="smf", node_selector={})]
    objects.assert_consistent(documents)
    one, other = (each["spec"]["selector"]["matchLabels"] for each in objects.of_kind(documents, "DaemonSet"))
    assert one != other


def called() -> Iterator[tuple[str, str]]:
    """(method of the client, path) of every call of the API server in the agent's sources; `*` for what is put in."""
    for source in AGENT_SOURCES.glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            for argument in node.args:
                text = re.sub(r"\{[^{}]*\}", "*", ast.unparse(argument).strip("f").strip("'\""))
                if text.startswith(("/api/", "/apis/")):
                    yield name, text


VERBS = {"get": {"get"}, "create": {"create"}, "patch": {"patch"}, "follow": {"list", "watch"}}


def test_the_role_allows_what_the_daemon_calls_and_nothing_else() -> None:
    needed = set()
    for method, path in called():
        namespace, resource = re.fullmatch(r"/api/v1/(?:namespaces/([^/]+)/)?([a-z]+)(?:/\*)?", path).groups()  # type: ignore[union-attr]
        needed |= {(namespace or "", resource, verb) for verb in VERBS[method]}
    assert needed == objects.allowed(made())


def test_an_iam_role_comes_with_the_account_where_one_is_given() -> None:
    arn = "arn:aws-cn:iam::123456789012:role/claims"
    given = objects.only(agent_access(iam_role=arn), "ServiceAccount")
    assert given["metadata"]["annotations"] == {ROLE_ANNOTATION: arn}
    assert "annotations" not in objects.only(agent_access(), "ServiceAccount")["metadata"]


def test_it_runs_on_nodes_that_take_no_pods_yet_and_is_not_evicted() -> None:
    found = pod(made())
    assert found["tolerations"] == [{"operator": "Exists"}]
    assert found["priorityClassName"] == "system-node-critical"
    assert UPF.items() <= found["nodeSelector"].items()


def test_it_has_the_nodes_network_and_no_privilege_but_over_that() -> None:
    assert pod(made())["hostNetwork"] is True
    assert "hostPID" not in pod(made())
    assert container()["securityContext"] == {
        "capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN"]},
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
    }


def writable() -> dict[str, str]:
    """The folders of the node that it may write to, by where it sees them."""
    paths = {each["name"]: each["hostPath"]["path"] for each in pod(made())["volumes"] if "hostPath" in each}
    return {
        mount["mountPath"]: paths[mount["name"]]
        for mount in container()["volumeMounts"]
        if mount["name"] in paths and not mount.get("readOnly")
    }


def test_it_writes_where_the_agent_writes_and_nowhere_else_on_the_node() -> None:
    places = Places()
    assert set(writable().values()) == {
        str(places.cni),
        str(places.networkd),
        str(DEFAULT_PATH.parent),
        str(places.sysctl),
    }
    assert all(inside == outside for inside, outside in writable().items() if outside != str(places.sysctl))


def test_what_it_has_claimed_is_where_a_reboot_leaves_it() -> None:
    """EC2 leaves the addresses too. The folder is made where there is none; on Bottlerocket /var is on the data disk,
    labelled local_t, which every container may write (bottlerocket-core-kit, packages/selinux-policy)."""
    (state,) = [each["hostPath"] for each in pod(made())["volumes"] if each["name"] == "state"]
    assert state == {"path": "/var/lib/nodenet", "type": "DirectoryOrCreate"}


def test_it_sees_plugins_multus_and_tables_where_the_daemon_looks_for_them_and_cannot_change_them() -> None:
    read_only = {mount["mountPath"] for mount in container()["volumeMounts"] if mount.get("readOnly")}
    assert {str(PLUGINS), str(Places().runtime_cni), str(Places().rt_tables.parent)} < read_only


def test_the_nodes_settings_are_seen_beside_the_containers_own() -> None:
    """A runtime mounts a container's /proc/sys read-only, and nothing may be mounted below /proc (runc,
    libcontainer/rootfs_linux.go, checkProcMount)."""
    (inside,) = [inside for inside, outside in writable().items() if outside == str(Places().sysctl)]
    assert not inside.startswith("/proc/")


def commands() -> list[list[str]]:
    probes = [container()[probe]["exec"]["command"] for probe in ("readinessProbe", "livenessProbe")]
    assert all(command[:2] == ["/usr/local/bin/nodenet-agent", "check"] for command in probes)
    return [container()["args"], *(command[1:] for command in probes)]


@pytest.mark.parametrize("words", commands(), ids=["daemon", "ready", "alive"])
def test_the_agent_knows_its_options_and_takes_the_settings_from_there(words: list[str]) -> None:
    """Health is the agent's own check."""
    parser = ArgumentParser()
    module = {"daemon": daemon, "check": check}[words[0]]
    module.register(parser.add_subparsers())
    places = options.places(parser.parse_args(words))
    (inside,) = [inside for inside, outside in writable().items() if outside == str(Places().sysctl)]
    assert str(places.sysctl) == inside


def test_names_say_whose_they_are() -> None:
    assert {each["metadata"]["name"] for each in made()} == {NAME, f"{NAME}-upf"}
