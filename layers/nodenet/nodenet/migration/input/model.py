"""What the input of a run says, as people write it."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictBool, StrictStr

from nodenet.configuration.model import CLUSTER
from nodenet.documents.part import Part
from nodenet.migration.input.parts import (
    FINDING,
    Approval,
    Block,
    Canary,
    Drain,
    Duration,
    Groups,
    Hooks,
    Nodes,
    Probe,
    SecurityGroup,
    Subnets,
    Timeouts,
    Warm,
    Zone,
)
from nodenet.migration.request import Share


def _as_approval(value: Any) -> Any:
    """True is an approval as it is by default, False none."""
    if isinstance(value, bool):
        return {} if value else None
    if not isinstance(value, dict):
        raise ValueError("must be true, false, or {timeout: 12h}")
    return value


class Input(Part):
    """The input of one run of the migration's state machine."""

    cluster: Annotated[StrictStr, Field(pattern=CLUSTER, max_length=100)] | None = None
    """The stack's cluster. May be left out."""
    node_groups: Groups
    """The groups that move, by name or with more about them."""
    mode: Literal["custom-networking", "node-subnets"] = "custom-networking"
    """`custom-networking`: pods get addresses of pod subnets, nodes stay in theirs. `node-subnets`: nodes and pods both
    move to node subnets."""
    cidrs: Annotated[tuple[Block, ...], Field(max_length=5)] = ()
    """Blocks to associate with the VPC, where it does not have them."""
    pod_subnets: Annotated[Mapping[Zone, Subnets], Field(max_length=10)] = Field(default_factory=dict)
    """By zone: a subnet's id, `{cidr: …}` to have one made, or a list of them."""
    node_subnets: Annotated[Mapping[Zone, Subnets], Field(max_length=10)] = Field(default_factory=dict)
    """By zone, for the new nodes. Without it they go where the old ones are."""
    security_groups: Annotated[tuple[SecurityGroup, ...], Field(max_length=16)] = ()
    """Of pods. Without any they have their node's."""
    prefixes: StrictBool = False
    """Whether nodes get prefixes of sixteen addresses. `false` leaves that as it is."""
    warm: Warm = Field(default_factory=Warm)
    """The VPC CNI's warm targets."""
    external_snat: StrictBool | None = None
    """Whether pods leave the VPC with their own addresses, as behind a NAT gateway. Without it that stays as it is."""
    reserve: StrictBool = False
    """Whether pod subnets that are made keep most of their addresses for prefixes."""
    load_balancers: Literal["elb", "internal-elb"] | None = None
    """For which load balancers the subnets that are made are tagged."""
    batch: Nodes = Field(default_factory=lambda: Share(percent=10))
    """How many nodes are drained at a time: a number, or a part of them."""
    drain: Drain = Field(default_factory=Drain)
    """How nodes are drained."""
    timeouts: Timeouts = Field(default_factory=Timeouts)
    """After how long steps are held."""
    waves: StrictBool = False
    """Whether old nodes end batch by batch to make room for new ones: there is no full way back then."""
    approval: Annotated[
        Approval | None, BeforeValidator(_as_approval, json_schema_input_type=StrictBool | Approval)
    ] = Field(default=None, json_schema_extra={"default": False})
    """Whether somebody must approve of the run: `true`, or how long they have for it."""
    settle: Duration | None = None
    """How long to wait after a block is associated. Without it an hour, where this run associates one."""
    bake: Duration = 0
    """How long to wait before the old groups are deleted."""
    hold: Duration = 86400
    """How long a held step waits for an answer; then the run goes back."""
    canary: Canary | None = None
    """The pods that try the new network first."""
    probes: Annotated[tuple[Probe, ...], Field(max_length=20)] = ()
    """Connections that must be allowed or denied afterwards as before."""
    hooks: Hooks = Field(default_factory=Hooks)
    """Functions to call before and after."""
    dry_run: StrictBool = False
    """Whether only the preflight is made."""
    accept: Annotated[tuple[Annotated[StrictStr, Field(pattern=FINDING)], ...], Field(max_length=100)] = ()
    """Findings of the preflight that need not stop the run, by their ids."""
