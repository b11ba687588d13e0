"""A small plan's document to spoil, and what is told of it then."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from nodenet.capacity.document import read
from nodenet.errors import PlanningError
from nodenet.limits import shipped


def small() -> dict[str, Any]:
    """One group in two zones, with an extra network and a spare subnet for pods in each."""
    return {
        "cni": {},
        "subnets": [
            {"name": "nodes-a", "zone": "a", "cidr": "10.0.0.0/24"},
            {"name": "nodes-b", "zone": "b", "cidr": "10.0.1.0/24"},
            {"name": "pods-a", "zone": "a", "cidr": "100.64.0.0/24"},
            {"name": "pods-b", "zone": "b", "cidr": "100.64.1.0/24"},
            {"name": "n3-a", "zone": "a", "cidr": "10.0.2.0/24"},
            {"name": "n3-b", "zone": "b", "cidr": "10.0.3.0/24"},
        ],
        "networks": [{"name": "n3", "subnets": ["n3-a", "n3-b"]}],
        "nodeGroups": [
            {
                "name": "web",
                "instanceType": "m5.xlarge",
                "nodes": 4,
                "pods": 10,
                "subnets": ["nodes-a", "nodes-b"],
                "networks": ["n3"],
            }
        ],
    }


def told(document: Any) -> list[str]:
    """Every mistake, without its line: of the document as YAML, read with the shipped limits."""
    text = document if isinstance(document, str) else yaml.safe_dump(document, sort_keys=False)
    with pytest.raises(PlanningError) as error:
        read(text, shipped)
    return [mistake.split(": ", 1)[1] if mistake.startswith("line ") else mistake for mistake in error.value.mistakes]


def spoilt(spoil: Callable[[dict[str, Any]], Any]) -> list[str]:
    """What is told of the small document once it is spoilt."""
    document = small()
    spoil(document)
    return told(document)


def with_group(cni: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """The small document with other settings, and other fields of its group."""
    document = small() | {"cni": cni or {}}
    document["nodeGroups"][0].update(fields)
    return document


def right(document: dict[str, Any]) -> bool:
    """Whether nothing is wrong with it; PlanningError else."""
    read(yaml.safe_dump(document), shipped)
    return True
