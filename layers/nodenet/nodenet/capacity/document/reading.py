"""From a document's text to the document, or to every mistake in it."""

from typing import Final

from pydantic import ValidationError

from nodenet.capacity.document import checks, fields, group_model, model
from nodenet.capacity.document.nodes import LimitsOf
from nodenet.documents import reading
from nodenet.documents.sentences import Words, mistakes
from nodenet.errors import PlanningError

MAXIMUM_BYTES: Final = 4 << 20
"""Of several thousand subnets with every range of occupied addresses; an event of Lambda has 6 MB at most."""

MAXIMUM_VALUES: Final = 500_000
"""With every alias written out: five hundred groups of a thousand subnets each."""

_WORDS: Final = Words(
    parts={
        "": model.PlanDocument,
        "subnets": model.Subnet,
        "reservations": model.Reservation,
        "networks": model.Network,
        "addresses": model.NetworkAddresses,
        "nodeGroups": group_model.NodeGroup,
        "migration": model.Migration,
        fields.SPREAD: group_model.PodsBetween,
        fields.BY_NODES: group_model.PodsByNodes,
        fields.COUNTS: model.NetworkAddresses,
    },
    patterns={
        fields.CLUSTER: "no EKS cluster's name: letters, digits, - and _, beginning with a letter or digit",
        fields.NAME: "no name: it holds what is no visible character",
        fields.INSTANCE_TYPE: "no instance type: write it as EC2 does, such as m5.large",
    },
    branches=fields.BRANCHES,
)


def read(text: str, limits_of: LimitsOf | None = None) -> model.PlanDocument:
    """The document in a text of YAML or JSON.

    PlanningError with every mistake: what is not YAML, keys that stand twice, fields that are missing, unknown or
    wrong, what does not fit together. Each begins with its line. Where `limits_of` is given, what its instance types
    cannot hold is told along with these; else it is left to `resolve`.
    """
    size = len(text.encode(errors="surrogatepass"))
    if size > MAXIMUM_BYTES:
        raise PlanningError([f"the document has {size} bytes; at most {MAXIMUM_BYTES} are read"])
    try:
        found = reading.read(text, most_values=MAXIMUM_VALUES)
    except reading.Unreadable as error:
        raise PlanningError([str(error)])
    if not isinstance(found.value, dict):
        raise PlanningError(["the document must be a mapping with subnets and nodeGroups"])
    wrong = list(found.mistakes)
    try:
        document = model.PlanDocument.model_validate(found.value)
    except ValidationError as error:
        wrong += mistakes(error.errors(include_url=False), _WORDS)
    wrong += checks.mistakes(found.value, limits_of)
    if wrong:
        raise PlanningError(checks.sentences(wrong, found.lines))
    document.remember(found.lines)
    return document
