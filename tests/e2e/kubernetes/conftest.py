"""A real control plane for the tests of this folder: one for all of them."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.e2e.kubernetes import programs
from tests.e2e.kubernetes.control_plane import ControlPlane
from tests.e2e.kubernetes.programs import Programs


@pytest.fixture(scope="session")
def control_plane_programs() -> Programs:
    try:
        return programs.find()
    except programs.NotThere as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def control_plane(control_plane_programs: Programs) -> Iterator[ControlPlane]:
    """Without any AWS: kwok makes up the pods' addresses."""
    with TemporaryDirectory(prefix="kube-") as folder, ControlPlane(control_plane_programs, Path(folder)) as running:
        yield running
