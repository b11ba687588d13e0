"""Python source without what only people read: docstrings, comments, annotations, the help of options, and the names of
variables within functions and of what a module keeps to itself."""

import ast
import itertools
import keyword
import string
from collections.abc import Iterator

_HELP = ("help", "description", "metavar")
_SHORT = ["".join(letters) for size in (1, 2) for letters in itertools.product(string.ascii_lowercase, repeat=size)]


def compacted(source: str) -> str:
    """The same program, shorter. It must be a module that looks at no annotation but a dataclass's."""
    tree = _Shortened().visit(ast.parse(source))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    tree.body = [kept for statement in tree.body if (kept := _needed(statement, used))]
    _rename_private(tree)
    _rename(tree)
    lines = ast.unparse(ast.fix_missing_locations(tree)).splitlines()
    return "".join(f"{_narrow(line)}\n" for line in lines)


class _Shortened(ast.NodeTransformer):
    def visit_Module(self, node: ast.Module) -> ast.Module:
        return self._without_words(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        found = self._without_words(node)
        for field in found.body:
            if isinstance(field, ast.AnnAssign):
                field.annotation = ast.Constant(0)  # A dataclass asks only whether there is one.
        return found

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.returns = None
        node.body = [_unannotated(statement) for statement in node.body]
        return self._without_words(node)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("add_argument", "add_parser"):
            node.keywords = [each for each in node.keywords if each.arg not in _HELP]
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.Call:
        """An f-string as a call of format: today's Python writes quotes within one as 3.9 cannot read them."""
        self.generic_visit(node)
        text, values = "", []
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                text += "{}" if part.conversion < 0 else f"{{!{chr(part.conversion)}}}"
                values.append(part.value)
                assert part.format_spec is None, "format() would need the specification too"
            elif isinstance(part, ast.Constant):
                text += str(part.value).replace("{", "{{").replace("}", "}}")
        return ast.Call(ast.Attribute(ast.Constant(text), "format", ast.Load()), values, [])

    def _without_words[T: ast.Module | ast.ClassDef | ast.FunctionDef](self, node: T) -> T:
        self.generic_visit(node)
        node.body = [each for each in node.body if not _is_words(each)] or [ast.Pass()]
        return node


def _rename(tree: ast.Module) -> None:
    """Variables get the shortest names. Arguments keep theirs, since callers may say them; but not those of private
    functions, whose callers are all here and say none."""
    nodes = list(ast.walk(tree))
    taken = {node.id for node in nodes if isinstance(node, ast.Name)} | _spoken(tree) | set(keyword.kwlist)
    said = {node.arg for node in nodes if isinstance(node, ast.keyword)}
    free = [name for name in _SHORT if name not in taken]
    for function in _functions(tree):
        spoken = set[str]().union(*map(_spoken, function.body))
        own = [each for each in function.args.args if _is_private(function.name) and each.arg not in said | spoken]
        spoken |= {each.arg for each in ast.walk(function.args) if isinstance(each, ast.arg) and each not in own}
        stored = [node.id for node in _names(function) if isinstance(node.ctx, ast.Store) and node.id not in spoken]
        new = dict(zip(dict.fromkeys([*(each.arg for each in own), *stored]), free, strict=False))
        for argument in own:
            argument.arg = new[argument.arg]
        for node in _names(function):
            node.id = new.get(node.id, node.id)


def _rename_private(tree: ast.Module) -> None:
    """Functions, classes and constants of the module, and attributes, whose names begin with an underscore: no other
    module may know them."""
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    taken = {node.id for node in _names(tree)} | {node.attr for node in attributes} | _spoken(tree)
    free = (f"_{each}" for each in _SHORT if f"_{each}" not in taken)
    private: dict[str, str] = {}
    for statement in tree.body:
        for name in _bound(statement):
            if _is_private(name):
                private[name] = next(free)
    for attribute in attributes:
        if _is_private(attribute.attr) and attribute.attr not in private:
            private[attribute.attr] = next(free)
        attribute.attr = private.get(attribute.attr, attribute.attr)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            node.name = private.get(node.name, node.name)
    for used in _names(tree):
        used.id = private.get(used.id, used.id)


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def _bound(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [statement.name]
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return [name.id for target in targets for name in _names(target)]


def _functions(node: ast.AST) -> Iterator[ast.FunctionDef]:
    """The outermost: what is within them shares their variables."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            yield child
        else:
            yield from _functions(child)


def _names(node: ast.AST) -> list[ast.Name]:
    return [each for each in ast.walk(node) if isinstance(each, ast.Name)]


def _spoken(node: ast.AST) -> set[str]:
    """Names that are no ast.Name where they are bound: of arguments, of functions, of caught errors."""
    found: set[str] = set()
    for each in ast.walk(node):
        match each:
            case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.ExceptHandler(name=str(name)):
                found.add(name)
    return found


def _unannotated(statement: ast.stmt) -> ast.stmt:
    if isinstance(statement, ast.AnnAssign) and statement.value:
        return ast.copy_location(ast.Assign([statement.target], statement.value), statement)
    return statement


def _is_words(statement: ast.stmt) -> bool:
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _needed(statement: ast.stmt, used: set[str]) -> ast.stmt | None:
    """An import without the names that nothing uses any more."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        statement.names = [each for each in statement.names if (each.asname or each.name).split(".")[0] in used]
        return statement if statement.names else None
    return statement


def _narrow(line: str) -> str:
    """Indented by one blank for each level. No string goes over several lines: docstrings are gone, and what else has
    line breaks is written with them escaped."""
    text = line.lstrip(" ")
    return " " * ((len(line) - len(text)) // 4) + text
