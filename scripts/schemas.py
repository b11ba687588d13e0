"""Writes the JSON Schemas of the documents that people write for nodenet, each from its model, into docs/reference.

    python scripts/schemas.py [--check]

With --check it writes nothing, and fails where a file is not what its model makes.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from nodenet.capacity.document import PlanDocument
from nodenet.configuration.model import Configuration
from nodenet.migration.input.model import Input

REFERENCE: Final = Path(__file__).parents[1] / "docs" / "reference"
CONFIGURATION: Final = REFERENCE / "configuration.schema.json"
PLAN: Final = REFERENCE / "plan.schema.json"
MIGRATION: Final = REFERENCE / "migration.schema.json"

_MODELS: Final[dict[Path, type[BaseModel]]] = {CONFIGURATION: Configuration, PLAN: PlanDocument, MIGRATION: Input}


def render(schema: Path) -> str:
    """The text that belongs into one of these files."""
    made = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | _MODELS[schema].model_json_schema()
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--check", action="store_true", help="write nothing, fail where a file is out of date")
    check = arguments.parse_args().check
    for schema in _MODELS:
        if not check:
            schema.write_text(render(schema), encoding="utf-8")
        elif not schema.is_file() or schema.read_text(encoding="utf-8") != render(schema):
            sys.exit(f"{schema.name} is not what the model makes: run scripts/schemas.py")


if __name__ == "__main__":
    main()
