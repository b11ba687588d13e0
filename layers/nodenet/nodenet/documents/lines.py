"""In which line of its text each value of a document stands."""

import yaml

from nodenet.documents.paths import Path


class Lines:
    """In which line of its text each value of a document stands.

    Any two are equal: what a document says does not depend on where it says it.
    """

    def __init__(self, root: yaml.Node | None = None) -> None:
        self._root = root

    def of(self, path: Path) -> int | None:
        """The line of the value at a path, or of the innermost that there is on the way to it; None without a text."""
        node, line = self._root, None
        if node is not None:
            line = line_of(node)
        for step in path:
            found = _step(node, step)
            if found is None:
                break
            node, line = found
        return line

    @property
    def several(self) -> bool:
        """Whether the text has more than one line that could be named."""
        return self._root is not None and self._root.end_mark.line > self._root.start_mark.line

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lines)

    def __hash__(self) -> int:
        return hash(Lines)


def line_of(node: yaml.Node) -> int:
    """The line where a node begins, counted from 1."""
    return int(node.start_mark.line) + 1


def _step(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, int] | None:
    """The node one step on, and its line: in a mapping its key's, and of equal keys the first, as the walk has it."""
    if isinstance(node, yaml.MappingNode):
        return next(((value, line_of(key)) for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], line_of(node.value[step])
    return None
