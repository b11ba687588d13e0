"""Applying a plan: the ENIs of a node in parallel, the steps of each ENI in order."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from nodenet.errors import HeldError, IndexTaken, InterfaceGone, InterfaceInUse, NotYet
from nodenet.interfaces import create
from nodenet.interfaces.addresses import ranges_of
from nodenet.interfaces.create import Creation, Slices
from nodenet.interfaces.steps import (
    Attach,
    Create,
    InterfacePlan,
    Retag,
    SetDeleteOnTermination,
    SetSourceDestCheck,
    Wire,
)
from nodenet.networks import Attachment, Instance, Interface
from nodenet.retry import until


class Ec2(create.Ec2, Protocol):
    """The calls that wiring a node makes. The last one is made only where something went another way."""

    def attach_interface(self, interface_id: str, instance_id: str, attach: Attach, index: int) -> str: ...
    def set_delete_on_termination(self, interface_id: str, attachment_id: str, value: bool) -> None: ...
    def set_source_dest_check(self, interface_id: str, value: bool) -> None: ...
    def tag(self, interface_id: str, tags: Mapping[str, str]) -> None: ...
    def interface(self, interface_id: str) -> Interface: ...


@dataclass(frozen=True, slots=True)
class Wired:
    """An ENI in its place. `ranges` are its pods' addresses, as `first-last`."""

    network: str
    interface_id: str
    card: int
    index: int
    address: str
    ranges: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wiring:
    """What came of a plan: the ENIs in their places, those made or attached (for a roll-back), what went wrong."""

    wired: tuple[Wired, ...]
    touched: tuple[Interface, ...]
    errors: tuple[Exception, ...]


def apply(ec2: Ec2, slices: Slices, instance: Instance, wire: Wire, deadline: float) -> Wiring:
    """Carries out the plan. Nothing is raised: one ENI's failure does not stop the others; `errors` tells.

    `deadline` (of time.monotonic) bounds the waiting for what EC2 does not show or allow yet.
    """
    makers = [_Maker(ec2, slices, instance, each, deadline) for each in wire.interfaces]
    active = [maker for maker in makers if maker.plan.steps]
    if active:
        with ThreadPoolExecutor(len(active)) as pool:
            list(pool.map(_Maker.run, active))
    return Wiring(
        wired=tuple(maker.wired() for maker in makers if maker.error is None),
        touched=tuple(
            replace(maker.interface, attachment=maker.attachment)
            for maker in active
            if maker.interface and maker.touched
        ),
        errors=tuple(maker.error for maker in makers if maker.error),
    )


class _Maker:
    """Makes one ENI what the plan says, remembering how far it came."""

    def __init__(self, ec2: Ec2, slices: Slices, instance: Instance, plan: InterfacePlan, deadline: float) -> None:
        self._ec2 = ec2
        self._creation = Creation(ec2, slices, instance.id)
        self._instance = instance
        self._deadline = deadline
        self.plan = plan
        self.interface = plan.interface
        self.attachment = plan.interface.attachment if plan.interface else None
        self.touched = False
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self._steps(self.plan)
        except Exception as error:  # noqa: BLE001 - it is a value here: the node's other ENIs go on
            self.error = error

    def wired(self) -> Wired:
        assert self.interface is not None
        assert self.attachment is not None
        return Wired(
            self.plan.network,
            self.interface.id,
            self.attachment.card,
            self.attachment.index,
            next(iter(self.interface.addresses), ""),
            tuple(map(str, ranges_of(self.interface))),
        )

    def _steps(self, plan: InterfacePlan) -> None:
        for step in plan.steps:
            match step:
                case Create():
                    self.interface = self._creation.create(step, plan.network)
                    self.touched = True
                case Attach():
                    if not self._attach(step):
                        assert plan.otherwise is not None
                        self.interface, self.touched = None, False
                        return self._steps(plan.otherwise)
                case SetDeleteOnTermination(value):
                    self._set_delete_on_termination(value)
                case SetSourceDestCheck(value):
                    self._persist(partial(self._ec2.set_source_dest_check, self._id, value))
                case Retag(tags):
                    self._persist(partial(self._ec2.tag, self._id, tags))
        return None

    @property
    def _id(self) -> str:
        assert self.interface is not None
        return self.interface.id

    def _attach(self, step: Attach) -> bool:
        """Attaches at the first index that is free. False: another node took the kept ENI."""
        for index in (step.index, *step.others):
            try:
                self._persist(partial(self._attach_once, step, index))
            except IndexTaken:
                continue
            except InterfaceInUse:
                return self._attached_by_another()
            return True
        raise HeldError(
            f"every device index of network card {step.card} of {self._instance.id} was taken by somebody else"
        )

    def _attach_once(self, step: Attach, index: int) -> None:
        attachment_id = self._ec2.attach_interface(self._id, self._instance.id, step, index)
        self.attachment = Attachment(attachment_id, self._instance.id, step.card, index, False)
        self.touched = True

    def _attached_by_another(self) -> bool:
        """Whether it was a twin, at work on the same event, who attached the ENI to this very instance."""
        self.interface = self._ec2.interface(self._id)
        attachment = self.interface.attachment
        if attachment and attachment.instance_id == self._instance.id:
            self.attachment = attachment
            return True
        if self.plan.otherwise is not None:
            return False
        if attachment:
            raise InterfaceGone(f"{self._id}, made for {self._instance.id}, is attached to {attachment.instance_id}")
        raise NotYet(f"EC2 says that {self._id} is in use, but not by whom")

    def _set_delete_on_termination(self, value: bool) -> None:
        attachment = self.attachment
        assert attachment is not None
        if attachment.delete_on_termination != value:
            self._persist(partial(self._ec2.set_delete_on_termination, self._id, attachment.id, value))

    def _persist(self, call: Callable[[], None]) -> None:
        """A new ENI may be unknown for some seconds, and an instance not ready to attach to."""
        until(self._deadline, call, (NotYet, InterfaceGone))
