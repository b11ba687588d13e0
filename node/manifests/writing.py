"""Documents as YAML."""

from collections.abc import Iterable
from typing import Any

import yaml

from node.manifests.names import Document


def to_yaml(documents: Iterable[Document]) -> str:
    """One YAML stream, each document after `---`, keys in the order they were written in."""
    return yaml.dump_all(documents, Dumper=_Dumper, explicit_start=True, sort_keys=False, width=110)


class _Dumper(yaml.SafeDumper):
    """Text of several lines as a block; no anchors, which people do not expect in a manifest; lists indented."""

    def ignore_aliases(self, data: Any) -> bool:
        return data is not self

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless and flow)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)
