"""YAML that says one thing: what other readers, DVC's among them, may take otherwise is refused."""

import re
from typing import Any

import yaml

BOOLEAN = re.compile(r"(?i:true|false)")
WHOLE = re.compile(r"[-+]?(0|[1-9][0-9_]*)")
KINDS = {
    "tag:yaml.org,2002:bool": (BOOLEAN, "true or false, or quotes for a word"),
    "tag:yaml.org,2002:int": (WHOLE, "a plain decimal number, or quotes for a word"),
    "tag:yaml.org,2002:float": (re.compile(r"[^:]+"), "a plain decimal number"),
}
"""By tag: how such a value has to be written, in a pattern and in words."""


def load(text: str) -> Any:
    """The values of a text.

    Raises:
        yaml.MarkedYAMLError: for what is no YAML, a key that is there twice, and numbers and
            booleans of YAML 1.1 alone: `010` (8), `1:30` (90), `yes`.
    """
    return yaml.load(text, Loader=_Loader)


class _Loader(yaml.SafeLoader):
    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(getattr(key, "value", ""))
            if name in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{name!r} is there twice: keep one of them", key.start_mark
                )
            seen.add(name)
        return dict(super().construct_mapping(node, deep))

    def construct_scalar(self, node: Any) -> Any:
        pattern, wanted = KINDS.get(node.tag, (None, ""))
        if pattern is not None and not pattern.fullmatch(str(node.value)):
            raise yaml.constructor.ConstructorError(
                None, None, f"{node.value!r} has two meanings: write {wanted}", node.start_mark
            )
        return super().construct_scalar(node)
