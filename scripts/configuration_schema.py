"""Writes docs/reference/configuration.schema.json from the configuration's model.

    python scripts/configuration_schema.py [--check]

With --check it writes nothing, and fails where the file is not what the model makes.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Final

from nodenet.configuration.model import Configuration

SCHEMA: Final = Path(__file__).parents[1] / "docs" / "reference" / "configuration.schema.json"


def render() -> str:
    """The JSON Schema of the document, as text."""
    made = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | Configuration.model_json_schema()
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--check", action="store_true", help="write nothing, fail where the file is out of date")
    if not arguments.parse_args().check:
        SCHEMA.write_text(render(), encoding="utf-8")
    elif not SCHEMA.is_file() or SCHEMA.read_text(encoding="utf-8") != render():
        sys.exit(f"{SCHEMA.name} is not what the model makes: run scripts/configuration_schema.py")


if __name__ == "__main__":
    main()
