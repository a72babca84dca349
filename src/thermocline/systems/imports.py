"""What a file of this package imports, read from its source and not by running it.

Imports inside functions count, those for type checkers do not.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
SOURCES = PACKAGE.parent

BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases")
"""The parts of a statement that hold statements."""


@cache
def file_of(name: str) -> Path | None:
    """The file of a module of this package; None if it is no such module."""
    if name.split(".")[0] != PACKAGE.name:
        return None
    place = SOURCES.joinpath(*name.split("."))
    for path in (place / "__init__.py", place.with_suffix(".py")):
        if path.is_file():
            return path
    return None


class _ImportsByName(ast.Module):
    """A file that calls `import_module`; imports of others are statements: less to read."""


@cache
def tree_of(path: Path) -> ast.Module:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text, filename=str(path))
    return _ImportsByName(tree.body, []) if "import_module" in text else tree


@cache
def imports_of(tree: ast.AST) -> list[str]:
    """Modules that are imported anywhere in a piece of code, but for type checkers."""
    found: list[str] = []
    for node in _executed(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.append(node.module)
            found += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "import_module":
            found += [str(a.value) for a in node.args if isinstance(a, ast.Constant)]
    return found


@cache
def finds_by_name(tree: ast.AST) -> bool:
    """Whether modules are imported whose names are made at run time: any of the package may be."""
    calls = (node for node in _executed(tree) if isinstance(node, ast.Call))
    return any(
        getattr(call.func, "id", "") == "import_module"
        and not all(isinstance(argument, ast.Constant) for argument in call.args)
        for call in calls
    )


def _executed(tree: ast.AST) -> Iterator[ast.AST]:
    """Statements outside of `if TYPE_CHECKING`; of code that imports by name expressions, too."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        yield node
        if isinstance(tree, _ImportsByName):
            waiting += ast.iter_child_nodes(node)
        else:
            waiting += [each for name in BLOCKS for each in getattr(node, name, ())]


def at_once(tree: ast.Module) -> ast.Module:
    """A file without its functions and classes."""
    kept = [n for n in tree.body if not isinstance(n, ast.FunctionDef | ast.ClassDef)]
    return type(tree)(kept, [])
