"""Write docs/settings.md, the list of all settings, from the models that read params.yaml.

A setting's sentence is the docstring below it in the code. `python -m docs.settings`; a test
compares the page with it.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from thermocline.config.words import described_field
from thermocline.systems.config import config_class

PAGE = Path(__file__).with_name("settings.md")
HEAD = """\
# Settings

Every setting of `params.yaml`: what it may be, its default, and what it is. Unknown keys are
errors, and so are numbers that are not finite. `thermocline check-config` checks a file.

A setting without a default (–) has to be in the file wherever its system's section is: what comes
with Thermocline in `params.yaml` is not what the code falls back on for models of earlier versions,
which have no such setting in their contracts.

This page is written by `python -m docs.settings`.
"""
Row = tuple[str, str, str, str]


def written() -> str:
    """The page of today."""
    config = config_class()
    shared = [row for row in rows(config) if "." not in row[0]]
    parts = [HEAD, table("seed", shared)]
    for name, field in config.model_fields.items():
        if is_section(field):
            section: Any = field.annotation
            parts.append(table(name, list(rows(section, "", getattr(section, "stated", ())))))
    return "\n".join(parts)


def table(name: str, found: list[Row]) -> str:
    """A section's settings."""
    lines = [("Setting", "What it may be", "Default", "What it is"), ("---",) * 4]
    lines += [(f"`{key}`", kind, default, said) for key, kind, default, said in found]
    return f"## `{name}`\n\n" + "\n".join(f"| {' | '.join(each)} |" for each in lines) + "\n"


def rows(model: Any, prefix: str = "", stated: tuple[str, ...] = ()) -> Iterator[Row]:
    """Each setting of a section and of the sections in it."""
    for name, field in model.model_fields.items():
        key = f"{prefix}{name}"
        if is_section(field):
            if prefix or model is not config_class():
                yield from rows(field.annotation, f"{key}.", stated)
        else:
            none = key in stated or field.is_required()
            yield key, described_field(field), "–" if none else shown(field), sentence(model, name)


def is_section(field: FieldInfo) -> bool:
    """Whether it holds settings itself."""
    kind = field.annotation
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def shown(field: FieldInfo) -> str:
    """A default as params.yaml has it."""
    value = field.get_default(call_default_factory=True)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {list(each)}" for key, each in value.items()) or "none"
    if isinstance(value, tuple):
        return f"`{plain(value)}`" if value else "none"
    words = {None: "null", True: "true", False: "false"}
    exact = [word for key, word in words.items() if value is key]
    return f"`{exact[0] if exact else plain(value)}`"


def plain(value: Any) -> str:
    """A value, numbers without needless digits."""
    if isinstance(value, tuple):
        return f"[{', '.join(plain(each) for each in value)}]"
    return f"{value:g}" if isinstance(value, float) else "null" if value is None else str(value)


def sentence(model: type[BaseModel], name: str) -> str:
    """What a setting is: from the class that describes it, or one that this one is made from.

    Raises:
        LookupError: if none does.
    """
    for kind in model.__mro__:
        if said := sentences(kind).get(name):
            return said
    raise LookupError(f"{model.__module__}.{model.__name__}.{name} has no docstring below it")


@cache
def sentences(kind: type) -> dict[str, str]:
    """The docstrings below a class's settings, by name."""
    if not issubclass(kind, BaseModel) or not kind.__module__.startswith("thermocline."):
        return {}
    try:
        (node,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    except OSError:  # made by `create_model`
        return {}
    body = node.body if isinstance(node, ast.ClassDef) else []
    return {
        each.target.id: " ".join(str(after.value.value).split())
        for each, after in pairwise(body)
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
    }


if __name__ == "__main__":
    PAGE.write_text(written(), "utf-8")
