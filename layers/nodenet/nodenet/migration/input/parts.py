"""The parts of a run's input, and the values in them."""

from ipaddress import IPv4Network
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, StrictBool, StrictInt, StrictStr, WithJsonSchema

from nodenet.capacity.document.values import block
from nodenet.configuration.model import SECURITY_GROUP, SUBNET
from nodenet.documents.durations import DURATION, duration
from nodenet.documents.part import Part
from nodenet.migration.input.values import PERCENT, share
from nodenet.migration.request import Share

NAME: Final = r"^[0-9A-Za-z][0-9A-Za-z_.:/-]*$"
ZONE: Final = r"^[a-z]{2}(-[a-z]+)+-[0-9]+([a-z]|(-[a-z0-9]+)+-[0-9]+[a-z]?)$"
"""A zone's name, and not its region's; local and Wavelength zones have longer ones."""

LABEL: Final = r"^[0-9A-Za-z]([0-9A-Za-z_.-]{0,61}[0-9A-Za-z])?$"
"""A label's value ("Labels and Selectors", Kubernetes documentation), and the name of an ENIConfig."""

NAMESPACE: Final = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
FUNCTION: Final = r"^arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:[0-9A-Za-z_-]+(:[0-9A-Za-z_$-]+)?$"
FINDING: Final = r"^[a-z]+\.[a-z0-9-]+$"

_DURATION_SCHEMA: Final = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": DURATION}]}

Duration = Annotated[int, BeforeValidator(duration), WithJsonSchema(_DURATION_SCHEMA)]
Block = Annotated[
    IPv4Network, BeforeValidator(block), WithJsonSchema({"type": "string", "examples": ["100.64.0.0/16"]})
]
Nodes = Annotated[
    Share,
    BeforeValidator(share),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": PERCENT}]}),
]
Zone = Annotated[StrictStr, Field(pattern=ZONE)]
SecurityGroup = Annotated[StrictStr, Field(pattern=SECURITY_GROUP)]


def _as_group(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


def _as_subnets(value: Any) -> Any:
    """A subnet alone is a list of one; an id alone is a subnet."""
    several = value if isinstance(value, list) else [value]
    return [{"id": each} if isinstance(each, str) else each for each in several]


class Group(Part):
    """A node group that moves: a managed one, or an Auto Scaling group of the cluster's."""

    name: Annotated[StrictStr, Field(pattern=NAME, max_length=255)]
    """Of a managed node group as in EKS, of any other its Auto Scaling group's."""
    replacement: Annotated[StrictStr, Field(pattern=NAME, max_length=255)] | None = None
    """An existing group that takes its pods. Without it one is made."""
    delete_old: StrictBool = True
    """Whether the old group is deleted in the end. `false` leaves that to whoever owns it."""
    eni_config: Annotated[StrictStr, Field(pattern=LABEL)] | None = None
    """The label of the pod subnets for its nodes, where zones have several."""


class Subnet(Part):
    """One subnet: an existing one by its id, or one to be made with a block."""

    id: Annotated[StrictStr, Field(pattern=SUBNET)] | None = None
    """An existing one."""
    cidr: Block | None = None
    """The block of one to be made."""
    label: Annotated[StrictStr, Field(pattern=LABEL)] | None = None
    """The name of its ENIConfig, where the zone has several; nodes choose it by label k8s.amazonaws.com/eniConfig."""


_GroupName = Annotated[StrictStr, Field(pattern=NAME, max_length=255)]
_SubnetId = Annotated[StrictStr, Field(pattern=SUBNET)]
_SubnetList = Annotated[tuple[_SubnetId | Subnet, ...], Field(min_length=1, max_length=20)]

Groups = Annotated[
    tuple[Annotated[Group, BeforeValidator(_as_group, json_schema_input_type=_GroupName | Group)], ...],
    Field(min_length=1, max_length=50),
]
Subnets = Annotated[
    tuple[Subnet, ...],
    Field(min_length=1, max_length=20),
    BeforeValidator(_as_subnets, json_schema_input_type=_SubnetId | Subnet | _SubnetList),
]


class Warm(Part):
    """Warm targets of the VPC CNI; what is left out stays as it is."""

    eni: Annotated[StrictInt, Field(ge=0, le=15)] | None = None
    """WARM_ENI_TARGET."""
    prefix: Annotated[StrictInt, Field(ge=0, le=100)] | None = None
    """WARM_PREFIX_TARGET."""
    ip: Annotated[StrictInt, Field(ge=0, le=1000)] | None = None
    """WARM_IP_TARGET."""
    minimum_ip: Annotated[StrictInt, Field(ge=0, le=1000)] | None = None
    """MINIMUM_IP_TARGET."""


class Drain(Part):
    """How nodes are drained, and what may be lost by it."""

    timeout: Duration = 900
    """How long one node may take."""
    empty_dir: StrictBool = False
    """Whether pods with emptyDir volumes may be evicted: what is in them goes."""
    bare_pods: StrictBool = False
    """Whether pods may be evicted that nobody starts again."""
    force: StrictBool = False
    """Whether pods are deleted past their budgets of disruptions once the time is up."""


class Timeouts(Part):
    """After how long a step that has not ended is held."""

    rollout: Duration = 1800
    """The CNI runs on all nodes with its new settings."""
    nodes: Duration = 1800
    """The new group's nodes are Ready."""
    canary: Duration = 900
    """The canary has its verdict."""
    settle_batch: Duration = 1800
    """The pods of a batch are available elsewhere."""
    step: Duration = 900
    """All else."""


class Probe(Part):
    """A TCP connection that network policies allow or deny, before and after alike."""

    namespace: Annotated[StrictStr, Field(pattern=NAMESPACE)]
    """Where it is tried from."""
    selector: Annotated[StrictStr, Field(min_length=1, max_length=1000)]
    """Labels of the pod that it is tried as, such as app=web,tier=front."""
    host: Annotated[StrictStr, Field(min_length=1, max_length=253)]
    """A name or an address."""
    port: Annotated[StrictInt, Field(ge=1, le=65535)]
    """TCP."""
    open: StrictBool = True
    """Whether it is allowed."""


class Approval(Part):
    """Whether somebody must approve of the run once its preflight is there."""

    timeout: Duration = 86400
    """After which the run ends, with nothing changed."""


class Canary(Part):
    """The pods that try the new network first."""

    image: Annotated[StrictStr, Field(min_length=1, max_length=500)]
    """An image with Python 3: a mirror's, where nodes reach no public registry."""


class Hooks(Part):
    """Lambda functions of the user's own, which template.yaml's MigrationHookArns allows to be called."""

    before: Annotated[StrictStr, Field(pattern=FUNCTION)] | None = None
    """Before anything is changed."""
    after: Annotated[StrictStr, Field(pattern=FUNCTION)] | None = None
    """After the verification, before the old groups go."""
