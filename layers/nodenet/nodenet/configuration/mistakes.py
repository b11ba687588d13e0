"""pydantic's errors about a configuration, in its own words."""

from collections.abc import Iterable
from typing import Final

from pydantic_core import ErrorDetails

from nodenet.configuration import address_fields, address_model, model, network_model
from nodenet.documents.sentences import Words, mistakes

_WORDS: Final = Words(
    # Both families' plans have the same keys.
    parts={
        "": model.Configuration,
        "networks": model.Network,
        "nodeGroups": model.NodeGroup,
        "drain": model.Drain,
        "link": network_model.Link,
        "publicAddresses": network_model.PublicAddresses,
        "ipv6Egress": network_model.Ipv6Egress,
        address_fields.FAMILIES: address_model.Families,
        address_fields.PREFIXES: address_model.Ipv4Prefixes,
        address_fields.SLICE: address_model.Ipv4Slice,
        address_fields.FLOATING: address_model.Ipv4Floating,
        address_fields.SINGLES: address_model.Ipv4Singles,
    },
    patterns={
        model.CLUSTER: "no EKS cluster's name: letters, digits, - and _, beginning with a letter or digit",
        model.LINK: "no link's name: lower-case letters, digits and -, beginning with a letter, not ending with -",
        model.SUBNET: "no subnet id, such as subnet-0123456789abcdef0",
        model.SECURITY_GROUP: "no security group id, such as sg-0123456789abcdef0",
        network_model.ADDRESS_POOL: "no public IPv4 pool's id, such as ipv4pool-ec2-0123456789abcdef0, nor amazon",
        network_model.EGRESS_ONLY_GATEWAY: "no egress-only gateway's id, such as eigw-0123456789abcdef0, nor auto",
        network_model.NAT_GATEWAY: "no NAT gateway's id, such as nat-0123456789abcdef0, nor auto",
    },
    lists={model.IDS: "a list of subnet ids or a mapping of tags"},
    branches=frozenset({model.IDS, model.SELECTOR, *address_fields.BRANCHES}),
)


def sentences(errors: Iterable[ErrorDetails]) -> list[str]:
    """One sentence for each of pydantic's errors, with its path in the document."""
    return [str(mistake) for mistake in mistakes(errors, _WORDS)]
