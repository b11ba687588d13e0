"""The installed script `nodenet`, as a process of its own."""

import os
import pty
import re
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

SCRIPT = Path(sys.executable).with_name("nodenet")
FLEET = str(Path(__file__).with_name("fleet.yaml"))
HEAVY = ("boto3", "botocore", "plotly", "lightkube", "pydantic", "yaml")
SECONDS = 0.35


def started(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPT, *arguments], env=os.environ | environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_the_version_is_the_packages() -> None:
    assert re.fullmatch(r"nodenet \d+\.\d+\.\d+\n", started("--version").stdout)


def test_help_names_the_commands_and_each_has_its_own() -> None:
    shown = started("--help").stdout
    for command in ("plan", "max-pods", "simulate"):
        assert f"\n  {command} " in shown
        assert f"Usage: nodenet {command} " in started(command, "-h").stdout


@pytest.mark.parametrize("arguments", [("--help",), ("max-pods", "m5.large"), ("max-pods", "m5.large", "--json")])
def test_what_is_asked_for_often_starts_without_heavy_libraries(arguments: tuple[str, ...]) -> None:
    told = subprocess.run(
        [sys.executable, "-X", "importtime", SCRIPT, *arguments], capture_output=True, text=True, check=True, timeout=60
    ).stderr
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in told.splitlines()}
    assert "nodenet_cli" in imported
    assert imported.isdisjoint(HEAVY)


@pytest.mark.parametrize("arguments", [("--help",), ("max-pods", "m5.large")])
def test_it_starts_quickly(arguments: tuple[str, ...]) -> None:
    """By the processor's time, the best of three, since others use this machine too."""

    def seconds() -> float:
        process = subprocess.Popen([SCRIPT, *arguments], stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return used.ru_utime + used.ru_stime

    assert min(seconds() for _ in range(3)) < SECONDS


def test_the_exit_status_tells_whether_it_fits() -> None:
    statuses = [started(*words).returncode for words in (("plan", FLEET), ("plan", "/nowhere"), ("plan",))]
    assert statuses == [3, 1, 2]
    assert started("plan", FLEET, "--set", "WARM_IP_TARGET=1").returncode == 0


@pytest.mark.parametrize("arguments", [("max-pods", "--all"), ("max-pods", "--all", "--csv"), ("max-pods", "m5.large")])
def test_a_reader_that_goes_away_is_no_error(arguments: tuple[str, ...]) -> None:
    """More than a pipe holds, and so little that it is written as the process ends."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as pipe:
        ended = subprocess.run([SCRIPT, *arguments], stdout=pipe, stderr=subprocess.PIPE, check=False, timeout=60)
    assert (ended.returncode, ended.stderr) == (128 + signal.SIGPIPE, b"")


def test_ctrl_c_is_quiet() -> None:
    """While it waits for a document."""
    process = subprocess.Popen(
        [SCRIPT, "plan", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    wchan = Path(f"/proc/{process.pid}/wchan")
    deadline = time.monotonic() + 30
    while "pipe" not in wchan.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (128 + signal.SIGINT, b"", b"")


def looked_at(columns: int, *arguments: str, **environment: str) -> str:
    """What a terminal of so many columns gets."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (50, columns))
    plain = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "FORCE_COLOR")}
    process = subprocess.Popen(
        [SCRIPT, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=plain | {"TERM": "xterm"} | environment
    )
    os.close(theirs)
    text = b""
    try:
        while part := os.read(ours, 65536):
            text += part
    except OSError:
        pass  # Linux says so when nobody has the other end any more
    os.close(ours)
    process.wait(timeout=60)
    return text.decode().replace("\r\n", "\n")


def test_a_terminal_gets_colours_unless_it_wants_none() -> None:
    assert "\x1b[1;31mIt does not fit.\x1b[0m" in looked_at(100, "plan", FLEET, "--no-advice")
    # Bold is no colour: https://no-color.org
    assert "\x1b[3" not in looked_at(100, "plan", FLEET, "--no-advice", NO_COLOR="1")


@pytest.mark.parametrize("columns", [20, 40, 64, 80, 120])
def test_nothing_is_wider_than_the_terminal_and_no_number_is_cut(columns: int) -> None:
    shown = looked_at(columns, "plan", FLEET, NO_COLOR="1")
    text = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert max(map(len, text.splitlines())) <= columns
    assert "…" not in text
    for figure in ("507", "407", "600", "240"):
        assert re.search(rf"\b{figure}\b", text)


def test_a_pipe_gets_no_colours_no_lines_and_no_folds() -> None:
    shown = started("plan", FLEET, FORCE_COLOR="", COLUMNS="20").stdout
    assert shown.isascii()
    assert "\x1b" not in shown
    assert max(map(len, shown.splitlines())) > 100


def completed(*words: str) -> list[str]:
    said = started(_NODENET_COMPLETE="bash_complete", COMP_WORDS=" ".join(words), COMP_CWORD=str(len(words) - 1))
    return [line.partition(",")[2] for line in said.stdout.splitlines()]


def test_the_shell_completes_commands_options_and_instance_types() -> None:
    assert "_NODENET_COMPLETE=bash_complete" in started(_NODENET_COMPLETE="bash_source").stdout
    assert "compdef" in started(_NODENET_COMPLETE="zsh_source").stdout
    assert completed("nodenet", "max") == ["max-pods"]
    assert "--custom-networking" in completed("nodenet", "max-pods", "--cu")
    assert completed("nodenet", "max-pods", "m7g.m") == ["m7g.medium", "m7g.metal"]
    assert {"m7g.", "m7gd."} <= set(completed("nodenet", "max-pods", "m7"))
    assert completed("nodenet", "simulate", "m5.l") == ["m5.large"]
