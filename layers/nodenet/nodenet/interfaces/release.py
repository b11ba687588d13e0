"""Undoing: what a failed node leaves, and what is left when an instance has gone."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from nodenet.errors import AttachmentGone, InterfaceGone, InterfaceInUse
from nodenet.interfaces.identity import RETENTION_TAG
from nodenet.networks import Interface


class Ec2(Protocol):
    def delete_interface(self, interface_id: str) -> None: ...
    def detach(self, attachment_id: str) -> None: ...
    def set_delete_on_termination(self, interface_id: str, attachment_id: str, value: bool) -> None: ...


@dataclass(frozen=True, slots=True)
class Delete:
    interface: Interface
    reason: str


@dataclass(frozen=True, slots=True)
class Detach:
    """It must be deleted once it has come off."""

    interface: Interface
    reason: str


@dataclass(frozen=True, slots=True)
class GoesWithInstance:
    interface: Interface
    reason: str


@dataclass(frozen=True, slots=True)
class Leave:
    interface: Interface
    reason: str


@dataclass(frozen=True, slots=True)
class Await:
    """EC2 is about to detach or delete it."""

    interface: Interface
    reason: str


type Step = Delete | Detach | GoesWithInstance | Leave | Await


def plan_rollback(made: Iterable[Interface], taken: frozenset[str], *, lives_on: bool) -> list[Step]:
    """What becomes of the ENIs that nodenet made for a node which cannot have its networks, or is gone.

    A node that ends takes what is attached with it. From one that lives on the ENIs in `taken` come off; the others
    may be in use by pods.
    """
    steps: list[Step] = []
    for interface in made:
        attachment = interface.attachment
        kept = interface.tags.get(RETENTION_TAG) == "keep"
        if attachment and lives_on:
            takes = interface.id in taken
            steps.append(Detach(interface, "taken off") if takes else Leave(interface, "in service before"))
        elif kept:
            steps.append(Leave(interface, "kept for the next node"))
        elif attachment is None:
            steps.append(Delete(interface, "deleted"))
        elif attachment.delete_on_termination:
            steps.append(Leave(interface, "goes with the instance"))
        else:
            steps.append(GoesWithInstance(interface, "bound to the instance"))
    return steps


def plan_leftovers(made: Iterable[Interface], gone: frozenset[str]) -> list[Step]:
    """What becomes of the ENIs made for instances, of which `gone` are those that EC2 says are terminated."""
    steps: list[Step] = []
    for interface in made:
        attachment = interface.attachment
        if interface.tags.get(RETENTION_TAG) == "keep":
            steps.append(Leave(interface, "kept for the next node"))
        elif attachment is None:
            steps.append(Delete(interface, "its instance is gone"))
        elif attachment.instance_id in gone and attachment.delete_on_termination:
            steps.append(Await(interface, "it goes with its instance"))
        elif attachment.instance_id in gone:
            steps.append(Detach(interface, "its instance is gone"))
        else:
            steps.append(Leave(interface, f"attached to {attachment.instance_id}"))
    return steps


def plan_detached(made: Iterable[Interface]) -> list[Step]:
    """What becomes of ENIs that were told to detach from an instance that lives on."""
    steps: list[Step] = []
    for each in made:
        if each.tags.get(RETENTION_TAG) == "keep":
            steps.append(Leave(each, "kept for the next node"))
        elif each.attachment is None:
            steps.append(Delete(each, "deleted"))
        elif each.status == "detaching":
            steps.append(Await(each, "detaches"))
        else:
            steps.append(Leave(each, "attached again by a later attempt"))
    return steps


@dataclass(frozen=True, slots=True)
class Released:
    """`pending` are ENIs that must be deleted yet, once EC2 has detached them; `summary` says what became of each."""

    deleted: tuple[str, ...]
    pending: tuple[str, ...]
    summary: str


def apply(ec2: Ec2, steps: Sequence[Step], fresh: frozenset[str] = frozenset()) -> Released:
    """Carries out the steps in parallel. An ENI that is gone already is as it should be.

    Of those in `fresh`, made a moment ago, EC2 may not know yet ("Eventual consistency", EC2 API Reference): they are
    pending until they are seen, or seen no more.

    Raises the first TransientError or HeldError that a call met, after all the others were tried.
    """
    deleted: list[str] = []
    pending: list[str] = []

    def run(step: Step) -> None:
        interface = step.interface
        match step:
            case Delete():
                if _done(lambda: ec2.delete_interface(interface.id), unknown=interface.id not in fresh):
                    deleted.append(interface.id)
                else:
                    pending.append(interface.id)
            case Detach():
                if interface.status != "detaching" and interface.attachment:
                    attachment_id = interface.attachment.id
                    _done(lambda: ec2.detach(attachment_id))
                if interface.tags.get(RETENTION_TAG) != "keep":
                    pending.append(interface.id)
            case GoesWithInstance():
                assert interface.attachment is not None
                attachment_id = interface.attachment.id
                _done(lambda: ec2.set_delete_on_termination(interface.id, attachment_id, value=True))
            case Await():
                pending.append(interface.id)
            case Leave():
                pass

    active = [step for step in steps if not isinstance(step, Leave)]
    if active:
        with ThreadPoolExecutor(min(8, len(active))) as pool:
            for future in [pool.submit(run, step) for step in active]:
                future.result()
    return Released(tuple(deleted), tuple(pending), ", ".join(f"{step.interface.id} {step.reason}" for step in steps))


def _done(call: Callable[[], None], *, unknown: bool = True) -> bool:
    """False where EC2 says that the ENI is still in use; `unknown` is what it means that EC2 does not know the ENI."""
    try:
        call()
    except InterfaceInUse:
        return False
    except InterfaceGone:
        return unknown
    except AttachmentGone:
        return True
    return True
