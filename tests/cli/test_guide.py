"""docs/guides/plan-capacity.md shows what the command shows, of the document that it shows."""

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Run

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/guides/plan-capacity.md").read_text()
DOCUMENT = ROOT / "tests/page/prod.yaml"
EXAMPLES = re.findall(r"```\nnodenet ([^\n]*)\n```\n```\n(.*?)```", PAGE, re.DOTALL)


def test_the_document_is_the_one_that_its_picture_is_made_of() -> None:
    assert re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) == [DOCUMENT.read_text()]


@pytest.mark.parametrize(("words", "shown"), EXAMPLES, ids=[words for words, _ in EXAMPLES])
def test_every_example_is_what_the_command_writes(run: Run, words: str, shown: str) -> None:
    arguments = [str(DOCUMENT) if word == "prod.yaml" else word for word in words.split()]
    assert run(*arguments).stdout.startswith(shown)


def test_what_it_tries_is_the_first_advice(run: Run) -> None:
    first = json.loads(run("plan", str(DOCUMENT), "--json").stdout)["advice"][0]["settings"]
    assert f"`{' '.join(f'{name}={value}' for name, value in first.items())}`" in PAGE
    assert f"--set {','.join(f'{name}={value}' for name, value in first.items())}\n" in PAGE


def test_there_are_examples_of_every_command() -> None:
    assert {words.split()[0] for words, _ in EXAMPLES} == {"plan", "simulate", "max-pods"}


def test_every_file_that_it_points_to_is_there() -> None:
    for target in re.findall(r"\]\(([^)#:]+)", PAGE):
        assert (ROOT / "docs/guides" / target).exists(), target
