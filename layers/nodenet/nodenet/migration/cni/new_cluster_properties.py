"""What a template says of custom resource Custom::VpcCniSwitch. CloudFormation makes text of every value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import ConfigDict, Field, StrictStr, ValidationError
from pydantic.alias_generators import to_pascal

from nodenet.configuration.model import CLUSTER, SECURITY_GROUP, SUBNET
from nodenet.documents.part import Part
from nodenet.documents.sentences import Words, mistakes
from nodenet.errors import ConfigurationError
from nodenet.migration import request as domain
from nodenet.migration.cni import environment
from nodenet.migration.input.parts import ZONE

_CLOUDFORMATIONS = ("ServiceToken", "ServiceTimeout")


@dataclass(frozen=True, slots=True)
class Wish:
    """`environment`: variables of aws-node; `eni_config`: of the add-on's configuration, by which EKS makes an
    ENIConfig for each zone."""

    environment: Mapping[str, str]
    eni_config: Mapping[str, Any]


class _Part(Part):
    model_config = ConfigDict(alias_generator=to_pascal)


class _Warm(_Part):
    eni: Annotated[int, Field(ge=0, le=15)] | None = None
    prefix: Annotated[int, Field(ge=0, le=100)] | None = None
    ip: Annotated[int, Field(ge=0, le=1000)] | None = None
    minimum_ip: Annotated[int, Field(ge=0, le=1000)] | None = None


class _Properties(_Part):
    cluster: Annotated[StrictStr, Field(pattern=CLUSTER, max_length=100)]
    pod_subnets: Annotated[
        Mapping[Annotated[StrictStr, Field(pattern=ZONE)], Annotated[StrictStr, Field(pattern=SUBNET)]],
        Field(min_length=1, max_length=10),
    ]
    security_groups: Annotated[
        tuple[Annotated[StrictStr, Field(pattern=SECURITY_GROUP)], ...], Field(max_length=16)
    ] = ()
    prefixes: bool = False
    external_snat: bool | None = None
    warm: _Warm = Field(default_factory=_Warm)


_WORDS = Words(
    parts={"": _Properties, "Warm": _Warm},
    patterns={
        CLUSTER: "no EKS cluster's name: letters, digits, - and _, beginning with a letter or digit",
        SUBNET: "no subnet id, such as subnet-0123456789abcdef0",
        SECURITY_GROUP: "no security group id, such as sg-0123456789abcdef0",
        ZONE: "no zone, such as eu-west-1a",
    },
)


def parse(properties: Mapping[str, Any], cluster: str, region: str) -> Wish:
    """What is wished for the stack's cluster. ConfigurationError with every mistake."""
    given = {key: value for key, value in properties.items() if key not in _CLOUDFORMATIONS}
    try:
        found = _Properties.model_validate(given)
    except ValidationError as error:
        told = mistakes(error.errors(include_url=False), _WORDS)
        raise ConfigurationError(list(dict.fromkeys(map(str, told)))) from None
    if found.cluster != cluster:
        raise ConfigurationError([f"Cluster: {found.cluster} needs a stack of its own; this one is for {cluster}"])
    groups = {"securityGroups": list(found.security_groups)} if found.security_groups else {}
    subnets = {zone: {"id": subnet, **groups} for zone, subnet in found.pod_subnets.items()}
    wish = domain.Request(
        cluster,
        groups=(),
        prefixes=found.prefixes,
        external_snat=found.external_snat,
        warm=domain.Warm(found.warm.eni, found.warm.prefix, found.warm.ip, found.warm.minimum_ip),
    )
    return Wish(environment.wanted(wish), {"create": True, "region": region, "subnets": subnets})
