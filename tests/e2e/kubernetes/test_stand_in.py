"""The tests that describe the local region's API server, controllers and scheduler hold for the real ones too."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.e2e.kubernetes.programs import Programs

_TESTS: Final = Path(__file__).parents[2] / "kubernetes"
_ROOT: Final = _TESTS.parents[1]

OF_THE_API: Final = sorted(
    each for name in ("test_api_*", "test_apply*", "test_eviction*") for each in _TESTS.glob(f"{name}.py")
)
OF_CONTROLLERS: Final = sorted(
    each for name in ("test_workloads_*", "test_disruption_*", "test_scheduler_*") for each in _TESTS.glob(f"{name}.py")
)

NOT_HERE: Final = {
    "test_disruption_nodes.py::TestNodesThatAreGone::test_one_that_does_not_answer_keeps_pods_that_are_to_go": "kwok "
    "does not look at a Node's conditions, and so has no kubelet that is dead",
    "test_scheduler_volumes.py::test_a_volume_goes_or_stays_with_its_claim_as_its_policy_says": "who makes volumes "
    "here does not delete them",
}
"""What no part of a control plane does, but who stands for kubelets and CSI drivers beside it."""


def test_of_the_api(control_plane_programs: Programs) -> None:
    hold(OF_THE_API)


@pytest.mark.slow
@pytest.mark.parametrize("file", OF_CONTROLLERS, ids=lambda file: file.stem)
def test_of_controllers(control_plane_programs: Programs, file: Path) -> None:
    """Twenty times as slow as the stand-in: minutes each."""
    hold([file])


def hold(files: list[Path]) -> None:
    assert files
    plugin = ["-p", "tests.e2e.kubernetes.held_against", "-p", "no:cacheprovider"]
    plugin += [f"--deselect=tests/kubernetes/{each}" for each in NOT_HERE]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *plugin, "--tb=short", *map(str, files)],
        cwd=_ROOT,
        env={**os.environ, "NODENET_CONTROL_PLANE": "real"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
