"""From a document to its plan, with what is asked for on the command line laid over it."""

from dataclasses import dataclass

from nodenet.capacity.document import PlanDocument, notes, resolve
from nodenet.capacity.fleet import Fleet
from nodenet.capacity.plan import CapacityPlan
from nodenet.capacity.planning import plan
from nodenet_cli.instance_types import Limits
from nodenet_cli.scaling import scaled
from nodenet_cli.settings import Environment
from nodenet_cli.source import Source, mistakes_of


@dataclass(frozen=True, slots=True)
class Planned:
    """`notes`: what is worth knowing of the document, a sentence each."""

    fleet: Fleet
    plan: CapacityPlan
    notes: tuple[str, ...]


def planned(source: Source, settings: Environment, scale: float | None, limits: Limits, *, advice: bool) -> Planned:
    """The plan with `scale` times the nodes, and with `settings` laid over the document's. PlanningError with every
    mistake."""
    document = source.document
    if scale is not None:
        document = scaled(document, scale)
    if settings:
        document = _with(document, settings)
    with mistakes_of(source.name, limits):
        fleet = resolve(document, limits, as_it_runs=source.runs)
    return Planned(fleet, plan(fleet, advice=advice), (*source.notes, *notes(document, limits)))


def _with(document: PlanDocument, settings: Environment) -> PlanDocument:
    """A document that nobody has seen as text: its mistakes have no lines."""
    plain = document.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return PlanDocument.model_validate({**plain, "cni": {**plain.get("cni", {}), **settings}})
