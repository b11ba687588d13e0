"""Where a plan's document comes from: a file, standard input, or a running cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from nodenet.capacity.document import PlanDocument, read
from nodenet.capacity.document.reading import MAXIMUM_BYTES
from nodenet.errors import PlanningError
from nodenet_cli.access import Access
from nodenet_cli.instance_types import Limits


@dataclass(frozen=True, slots=True)
class Source:
    """`name`: what mistakes are told with. `notes`: what the document leaves out. `runs`: a cluster, and no file."""

    name: str
    document: PlanDocument
    notes: tuple[str, ...] = ()
    runs: bool = False

    @property
    def title(self) -> str:
        return self.document.cluster or Path(self.name).stem


def of_file(file: str, limits: Limits, *, as_it_is: bool) -> Source:
    """The document in a file, or in standard input for `-`. PlanningError with every mistake, or why there is nothing
    to read; what instance types cannot hold is among them if the document is planned for `as_it_is`."""
    name = "standard input" if file == "-" else file
    with mistakes_of(name, limits):
        return Source(name, read(_text(file), limits if as_it_is else None))


def of_cluster(name: str, access: Access, kubeconfig: str | None, context: str | None) -> Source:
    """The cluster as it is now; what is happening is told on standard error, if somebody looks. NodenetError says why
    it cannot be read."""
    from rich.console import Console

    from nodenet.aws.access import access as granted
    from nodenet.cluster_reading import read_cluster

    terminal = Console(stderr=True, markup=False, highlight=False, emoji=False)
    with granted(access.profile, access.region), terminal.status(f"Reading cluster {name}"):
        found = read_cluster(name, kubeconfig=Path(kubeconfig) if kubeconfig else None, context=context)
    if terminal.is_terminal:
        terminal.print(f"Read cluster {name} with {sum(found.calls.values())} calls of AWS and Kubernetes.")
    return Source(f"cluster {name}", found.document, found.notes, runs=True)


@contextmanager
def mistakes_of(name: str, limits: Limits) -> Iterator[None]:
    """Says with each mistake where it is, and why EC2 did not help."""
    try:
        yield
    except PlanningError as error:
        refusal = [limits.refusal] if limits.refusal else []
        raise PlanningError([*(f"{name}: {mistake}" for mistake in error.mistakes), *refusal])


def _text(file: str) -> str:
    """No more of it is read than a document may have, whatever it is."""
    try:
        with click.open_file(file, "rb") as stream:
            raw: bytes = stream.read(MAXIMUM_BYTES + 1)
        if len(raw) > MAXIMUM_BYTES:
            raise PlanningError([f"has more than the {MAXIMUM_BYTES >> 20} MB that a document may have"])
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise PlanningError([error.strerror or str(error)])
    except UnicodeDecodeError:
        raise PlanningError(["no text in UTF-8"])
