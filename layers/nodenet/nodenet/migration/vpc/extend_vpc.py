"""Gives the VPC room for the pods, and takes back what nobody uses."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from nodenet.errors import Waiting
from nodenet.migration.request import SubnetWish
from nodenet.migration.run import Notes, Run
from nodenet.migration.vpc.plan import (
    Found,
    blocks_to_associate,
    blocks_under_way,
    find,
    reserved_for_prefixes,
    table_for,
)
from nodenet.migration.vpc.ports import Ec2
from nodenet.migration.vpc.seen import RUN_TAG, Subnet, Vpc
from nodenet.networks import CLUSTER_TAG

_AT_ONCE: Final = 6
_LOAD_BALANCERS: Final = "kubernetes.io/role/"
_LINGERING: Final = 180
"""Seconds that the interfaces of ended instances are given to go: EC2 detaches and deletes them in its own time."""


@dataclass(frozen=True, slots=True)
class ExtendVpc:
    """A Step. What it makes has the tag nodenet:run: that is what it knows it by, and what it takes away again."""

    ec2: Ec2
    clock: Callable[[], float]
    name: str = "extend_vpc"

    def limit(self, run: Run) -> int:
        return run.request.timeouts.step

    def forward(self, run: Run, notes: Notes) -> str:
        vpc = self.ec2.vpc(_vpc_id(run))
        self._associate(run, notes, vpc)
        pods = find(run.request.pod_subnets, vpc, run.id)
        nodes = find(run.request.node_subnets, vpc, run.id)
        tables = {
            each.wish.zone: table_for(each.wish.zone, _node_subnets(run), vpc).id for each in pods + nodes if each.made
        }
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            made_pods = list(
                pool.map(lambda each: self._fulfil(run, vpc, each, tables, reserve=run.request.reserve), pods)
            )
            made_nodes = list(pool.map(lambda each: self._fulfil(run, vpc, each, tables, reserve=False), nodes))
        notes.note(podSubnets=made_pods, nodeSubnets=made_nodes)
        made = sum(each["made"] for each in made_pods + made_nodes)
        return f"{_said(notes['associations'])}, {made} of {len(made_pods + made_nodes)} subnets made"

    def back(self, run: Run, notes: Notes) -> str:
        if "before" not in notes.values:
            return "nothing was extended"
        vpc = self.ec2.vpc(_vpc_id(run))
        ours = [each for each in vpc.subnets.values() if each.tags.get(RUN_TAG) == run.id]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            kept = [each for each in pool.map(self._remove, ours) if each]
        if kept and self.clock() - notes["back.began"] < _LINGERING:
            raise Waiting(f"interfaces of ended instances may still be in {', '.join(kept)}")
        left = list(kept)
        for cidr in run.request.cidrs:
            if cidr in notes["before"] or cidr not in vpc.blocks:
                continue
            if not self.ec2.disassociate(vpc.blocks[cidr].id):
                left.append(f"{cidr}, in which something is")
        gone = f"{len(ours) - len(kept)} subnets taken away again"
        return f"{gone}; left as they are: {'; '.join(left)}" if left else gone

    def _associate(self, run: Run, notes: Notes, vpc: Vpc) -> None:
        """Waiting until EC2 has associated every block."""
        cidrs = run.request.cidrs
        notes.keep(before=sorted(vpc.blocks))
        missing = blocks_to_associate(cidrs, vpc)
        for cidr in missing:
            self.ec2.associate(vpc.id, cidr)
        notes.note(associations={each: {"made": each not in notes["before"]} for each in cidrs})
        if missing:
            vpc = self.ec2.vpc(vpc.id)
            blocks_to_associate(cidrs, vpc)
        if waiting := blocks_under_way(cidrs, vpc):
            raise Waiting(f"EC2 associates {', '.join(waiting)} with {vpc.id}")

    def _fulfil(self, run: Run, vpc: Vpc, found: Found, tables: Mapping[str, str], *, reserve: bool) -> dict[str, Any]:
        wish, subnet = found.wish, found.subnet
        tags = {CLUSTER_TAG: run.request.cluster, RUN_TAG: run.id}
        if found.made:
            subnet = subnet or self.ec2.make_subnet(vpc.id, wish.zone, wish.cidr, {**tags, **_words(run, wish)})
            if not any(subnet.id in table.subnets for table in vpc.tables if table.id == tables[wish.zone]):
                self.ec2.route(subnet.id, tables[wish.zone])
            if reserve:
                there = self.ec2.reservations(subnet.id)
                for block in reserved_for_prefixes(subnet.cidr):
                    if block not in there:
                        self.ec2.reserve(subnet.id, block, tags)
        assert subnet
        return {"zone": wish.zone, "id": subnet.id, "cidr": subnet.cidr, "label": wish.label, "made": found.made}

    def _remove(self, subnet: Subnet) -> str:
        """Empty, or why it is left."""
        for reservation in self.ec2.reservations(subnet.id).values():
            self.ec2.free(reservation)
        if self.ec2.delete_subnet(subnet.id):
            return ""
        holders = list(self.ec2.holders(subnet.id))
        few = ", ".join(holders[:3]) + (f" and {len(holders) - 3} more" if len(holders) > 3 else "")
        return f"{subnet.id} ({subnet.cidr}), where {few or 'something'} is"


def _vpc_id(run: Run) -> str:
    return str(run.part("preflight")["facts"]["vpc"])


def _node_subnets(run: Run) -> list[str]:
    groups: Sequence[Mapping[str, Any]] = run.part("preflight")["facts"]["groups"]
    return sorted({subnet for group in groups for subnet in group["subnets"]})


def _words(run: Run, wish: SubnetWish) -> dict[str, str]:
    kind = "pods" if wish in run.request.pod_subnets else "nodes"
    label = f"-{wish.label}" if wish.label else ""
    named = {"Name": f"{run.request.cluster}-{kind}-{wish.zone}{label}"}
    balancers = run.request.load_balancers
    # Never kubernetes.io/role/cni: subnet discovery, which is on by default, would take the subnet for every node.
    return {**named, **({f"{_LOAD_BALANCERS}{balancers}": "1"} if balancers else {})}


def _said(associations: Mapping[str, Mapping[str, bool]]) -> str:
    made = [cidr for cidr, about in associations.items() if about["made"]]
    return f"{', '.join(made)} associated" if made else "no block associated"
