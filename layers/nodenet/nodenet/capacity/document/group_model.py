"""A node group of the document as a pydantic model: how many nodes of which types run how many pods."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Discriminator, Field, StrictInt, Tag

from nodenet.capacity.document import values
from nodenet.capacity.document.fields import (
    BY_NODES,
    COUNTS,
    LIST,
    PLAIN,
    PODS_KEY,
    SPREAD,
    Count,
    Name,
    Names,
    Pods,
    PodsKey,
    Surge,
    Type,
    Types,
    unique,
)
from nodenet.documents.part import Part

_NAMED: Final = Field(min_length=1, json_schema_extra={"additionalProperties": False})


class PodsBetween(Part):
    """Nodes that run from so many to so many pods, each number on as many nodes as the others."""

    least: Pods = Field(alias="from")
    """Pods of the emptiest node."""

    most: Pods = Field(alias="to")
    """Pods of the fullest node."""


class PodsByNodes(Part):
    """How many nodes run how many pods."""

    nodes: Annotated[
        dict[PodsKey, Count], Field(min_length=1, json_schema_extra={"propertyNames": {"pattern": PODS_KEY}})
    ]
    """Number of nodes by number of pods: `{20: 30, 45: 10}` is 30 nodes with 20 pods each, and 10 with 45."""


def _which_pods(pods: Any) -> str:
    if isinstance(pods, PodsByNodes) or (isinstance(pods, Mapping) and "nodes" in pods):
        return BY_NODES
    return SPREAD if isinstance(pods, Mapping | PodsBetween) else PLAIN


def _which_list(names: Any) -> str:
    return COUNTS if isinstance(names, Mapping) else LIST


class NodeGroup(Part):
    """Nodes that are alike but for their instance type and their pods."""

    name: Name
    """Any name."""

    instance_type: Type | None = None
    """The nodes' instance type. Either this or `instanceTypes`."""

    instance_types: (
        Annotated[
            Annotated[Types, Tag(LIST)] | Annotated[dict[Type, Count], _NAMED, Tag(COUNTS)],
            Discriminator(_which_list),
        ]
        | None
    ) = None
    """Several instance types: a list, among which the nodes are divided evenly, or a mapping to numbers of nodes."""

    nodes: Count | None = None
    """How many nodes. May be left out where `instanceTypes` or `pods` count them."""

    pods: Annotated[
        Annotated[Pods, Tag(PLAIN)] | Annotated[PodsBetween, Tag(SPREAD)] | Annotated[PodsByNodes, Tag(BY_NODES)],
        Discriminator(_which_pods),
    ]
    """How many pods with an address of the VPC each node runs: a number, `{from: 5, to: 40}`, or numbers of nodes."""

    subnets: Names
    """The subnets that the nodes themselves are in, by name."""

    max_pods: Annotated[StrictInt, Field(ge=1, le=values.MOST_PODS)] | None = None
    """What the kubelet takes. Left out, EKS's figure for the type; where its vCPUs are not known, the VPC CNI's and at
    most 250."""

    host_network_pods: Pods = 2
    """Pods on the host's network of each node: they count against `maxPods`, and take no address."""

    branch_pods: Pods = 0
    """Of each node's pods, those with security groups of their own, which are on branch interfaces."""

    networks: Annotated[tuple[Name, ...], Field(json_schema_extra={"uniqueItems": True}), AfterValidator(unique)] = ()
    """Names of the extra networks that each node gets."""

    surge: Surge = 0
    """How many nodes there are in addition while the group is replaced: a number, a percentage, or `all`."""
