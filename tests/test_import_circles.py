"""No file imports another that comes back to it: inside functions or for types neither."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ROOT / "src" / "thermocline", ROOT / "bento", ROOT / "pipelines"


def module_name(path: Path) -> str:
    package = next(each for each in PACKAGES if each in path.parents)
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.AST, modules: set[str]) -> Iterator[str]:
    """Modules that a file imports anywhere."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                name = whole if whole in modules else node.module
                if name in modules:
                    yield name


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """The groups of files that reach each other, sorted (Tarjan's strong components)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in sorted(graph[name]):
            if other not in index:
                visit(other)
            if other in stack:
                low[name] = min(low[name], low[other])
        if low[name] == index[name]:
            place = stack.index(name)
            group = stack[place:]
            del stack[place:]
            if len(group) > 1 or name in graph[name]:
                found.append(sorted(group))

    for name in sorted(graph):
        if name not in index:
            visit(name)
    return found


def graph_of(files: Iterable[Path]) -> dict[str, set[str]]:
    trees = {module_name(path): ast.parse(path.read_text(encoding="utf-8")) for path in files}
    return {name: set(imported(tree, set(trees))) - {name} for name, tree in trees.items()}


def test_circles_are_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
    assert circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_no_circle_between_files() -> None:
    found = circles(graph_of(file for each in PACKAGES for file in each.rglob("*.py")))
    said = "\n".join(" <-> ".join(group) for group in found)
    assert not found, f"files that import each other:\n{said}"
