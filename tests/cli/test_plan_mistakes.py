"""What `nodenet plan` says of mistakes, and of what it cannot have."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run

FLEET = str(Path(__file__).with_name("fleet.yaml"))


def test_every_mistake_is_told_at_once_with_its_file_and_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "fleet.yaml"
    file.write_text(Path(FLEET).read_text().replace("zone: eu-west-1b", "zon: b").replace("m5.xlarge", "m5.xlarg"))
    result = run("plan", str(file))
    assert (result.exit_code, result.stdout) == (1, "")
    head, *mistakes = [line.strip() for line in result.stderr.splitlines()]
    assert head == "nodenet:"
    assert all(mistake.startswith(f"{file}: line ") for mistake in mistakes[:-1])
    assert any("line 6" in mistake and "did you mean zone?" in mistake for mistake in mistakes)
    assert any("line 9" in mistake and 'did you mean "m5.xlarge"' in mistake for mistake in mistakes)
    assert (
        mistakes[-1]
        == "EC2 could not be asked for newer types: You must specify a region. Give --region, or set AWS_REGION"
    )


def test_a_mistake_that_settings_bring_is_told_and_one_that_they_mend_is_not(run: Run, tmp_path: Path) -> None:
    """60 pods have no addresses on an m5.xlarge, but for prefixes; custom networking wants ENIConfigs."""
    file = tmp_path / "fleet.yaml"
    file.write_text(Path(FLEET).read_text().replace("30: 2", "60: 2"))
    assert run("plan", str(file)).exit_code == 1
    assert run("plan", str(file), "--set", "ENABLE_PREFIX_DELEGATION=true").exit_code in (0, 3)
    refused = run("plan", FLEET, "--set", "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG=true")
    assert (refused.exit_code, "eniConfigs" in refused.stderr) == (1, True)


def test_what_cannot_be_read_or_written_is_one_line(run: Run, tmp_path: Path) -> None:
    nothing, latin = tmp_path / "nothing.yaml", tmp_path / "latin.yaml"
    latin.write_bytes("cluster: Zürich".encode("latin-1"))
    assert run("plan", str(nothing)).stderr == f"nodenet: {nothing}: No such file or directory\n"
    assert run("plan", str(tmp_path)).stderr == f"nodenet: {tmp_path}: Is a directory\n"
    assert run("plan", str(latin)).stderr == f"nodenet: {latin}: no text in UTF-8\n"
    # Neither all of a device without end, nor of a file by mistake, is read.
    assert run("plan", "/dev/zero").stderr == "nodenet: /dev/zero: has more than the 4 MB that a document may have\n"
    page = tmp_path / "not" / "there.html"
    result = run("plan", FLEET, "--html", str(page))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"nodenet: {page} cannot be written: No such file or directory\n"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        (FLEET, "--cluster", "prod"),
        (FLEET, "--save", "x.yaml"),
        (FLEET, "--kubeconfig", "x"),
        ("--cluster", "prod", "--context", "x"),
        (FLEET, "--json", "--csv"),
        (FLEET, "--scale", "0"),
        (FLEET, "--scale", "nan"),
        (FLEET, "--set", "WARM_IP_TARGET"),
        (FLEET, "--csv", "--table", "pods"),
        (FLEET, "--table", "nodes"),
    ],
)
def test_options_that_do_not_go_together_are_a_usage_error(run: Run, arguments: tuple[str, ...]) -> None:
    result = run("plan", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_cluster_without_credentials_is_one_line_and_no_traceback(run: Run) -> None:
    result = run("plan", "--cluster", "prod")
    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        "nodenet: You must specify a region. Give --region, or set AWS_REGION.\n",
    )
    result = run("plan", "--cluster", "prod", "--region", "eu-west-1")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "nodenet: Unable to locate credentials\n"
