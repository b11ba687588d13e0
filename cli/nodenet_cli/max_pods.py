"""`nodenet max-pods`: how many pods an instance type takes."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, TypedDict

import click

from nodenet.capacity.cni import SHIPPED, CniSettings
from nodenet.capacity.max_pods import HOST_NETWORK_PODS, figures
from nodenet.capacity.nodeconfig import node_config as node_config_with
from nodenet.capacity.nodeconfig import node_config_of_any_type
from nodenet.capacity.plan import MaxPods
from nodenet.limits import InstanceLimits, as_the_cni_has_them
from nodenet_cli.access import Access, access_options
from nodenet_cli.formats import at_most_one, format_options, write_csv, write_json
from nodenet_cli.instance_types import all_limits, complete_type, limits_of


class Row(TypedDict):
    """An instance type's three figures. `maxPods` is the CNI's; `eks` None where the type's vCPUs are not known."""

    instanceType: str
    maxPods: int
    nodeadm: int
    eks: int | None


_SAFE: Final = 110
"""What EKS advises at most for types of any size."""


@click.command("max-pods")
@click.argument("types", metavar="[TYPE]...", nargs=-1, shell_complete=complete_type)
@click.option("--all", "every", is_flag=True, help="Every instance type of the table.")
@click.option("--prefixes", is_flag=True, help="ENABLE_PREFIX_DELEGATION: /28 prefixes, on Nitro instances.")
@click.option("--custom-networking", is_flag=True, help="AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: no pods on the first ENI.")
@click.option("--networks", metavar="N", type=click.IntRange(0), default=0, help="ENIs that other networks take.")
@click.option("--pod-enis", is_flag=True, help="ENABLE_POD_ENI: a trunk takes an ENI where the type has one.")
@click.option("--max-eni", metavar="N", type=click.IntRange(1), help="MAX_ENI, where it is below the type's limit.")
@format_options
@click.option("--node-config", is_flag=True, help="As nodeadm's NodeConfig: the CNI's figure, or EKS's if less.")
@access_options
def max_pods(
    types: Sequence[str],
    every: bool,
    prefixes: bool,
    custom_networking: bool,
    networks: int,
    pod_enis: bool,
    max_eni: int | None,
    as_json: bool,
    as_csv: bool,
    node_config: bool,
    profile: str | None,
    region: str | None,
) -> None:
    """How many pods instances of a TYPE take: three figures.

    \b
    CNI      what the VPC CNI has addresses for, and two pods of the host's network
    nodeadm  what a node tells its kubelet if nobody says otherwise
    EKS      what EKS tells the nodes of a managed node group: at most 110 below 31 vCPUs, 250 from there

    A TYPE may have wildcards: 'm5.*'. Types that the table does not have are asked from EC2.

    \b
    nodenet max-pods m5.large
    nodenet max-pods m5.large --prefixes --custom-networking --networks 2
    nodenet max-pods 'm7g.*' --csv
    """
    if bool(types) == every:
        raise click.UsageError("give either instance types or --all")
    at_most_one(json=as_json, csv=as_csv, node_config=node_config)
    settings = replace(
        CniSettings.of(SHIPPED),
        prefix_delegation=prefixes,
        custom_networking=custom_networking,
        pod_eni=pod_enis,
        max_eni=max_eni,
    )
    if every and node_config:
        click.echo(_node_config_of_all(settings, networks), nl=False)
        return
    found = all_limits() if every else limits_of(types, Access(profile, region))
    if node_config:
        click.echo("---\n".join(_node_config(limits, settings, networks) for limits in found), nl=False)
        return
    rows = [_row(limits, settings, networks) for limits in found]
    if as_json:
        write_json(rows)
    elif as_csv:
        write_csv(tuple(Row.__annotations__), rows)
    else:
        _show(rows)


def _figures(limits: InstanceLimits, settings: CniSettings, networks: int) -> MaxPods:
    """As the VPC CNI's own list of maximum pods has them, which knows four types by one network card only."""
    return figures(as_the_cni_has_them(limits.instance_type) or limits, settings, unmanaged=networks)


def _row(limits: InstanceLimits, settings: CniSettings, networks: int) -> Row:
    found = _figures(limits, settings, networks)
    return {"instanceType": limits.instance_type, "maxPods": found.cni, "nodeadm": found.nodeadm, "eks": found.eks}


def _node_config(limits: InstanceLimits, settings: CniSettings, networks: int) -> str:
    """For the pods that have addresses; no more than EKS advises, for any type where vCPUs are not known."""
    found = _figures(limits, settings, networks)
    most = min(found.cni, found.kubelet)
    none = "" if most > HOST_NETWORK_PODS else ": no ENI is left for pods, only those on the host's network run"
    return f"# {limits.instance_type}{none}\n{node_config_with(most)}"


def _node_config_of_all(settings: CniSettings, networks: int) -> str:
    """For any type, by an expression that nodeadm works out on the node."""
    found = node_config_of_any_type(settings, unmanaged=networks, at_most=_SAFE)
    if found is None:
        raise click.UsageError("with --prefixes or --pod-enis no NodeConfig says it for all types: name yours")
    return f"# any type; {_SAFE} is EKS's advice below 31 vCPUs, and nodeadm cannot tell how many there are\n{found}"


def _show(rows: Sequence[Row]) -> None:
    from nodenet_cli.tables import Rows, Terminal

    terminal = Terminal()
    terminal.table(Rows(("instance type", "CNI", "nodeadm", "EKS"), [tuple(row.values()) for row in rows]))
    terminal.points("Notes", _notes(rows))


def _notes(rows: Sequence[Row]) -> Iterator[str]:
    if any(row["eks"] is None for row in rows):
        yield "EC2 does not tell how many vCPUs the type has, on which EKS's figure depends."
    if any(told and told > row["maxPods"] for row in rows for told in (row["nodeadm"], row["eks"])):
        yield "A kubelet that takes more pods than the CNI has addresses for leaves some waiting: see --node-config."
