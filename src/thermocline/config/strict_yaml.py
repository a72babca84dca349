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

EXPONENT = re.compile(r"([-+]?[0-9][0-9_]*)(\.[0-9_]*)?[eE]([-+]?)([0-9]+)")
"""A number to many readers, and text to YAML 1.1, which wants a point and the exponent's sign."""


def load(text: str) -> Any:
    """The values of a text.

    Raises:
        yaml.MarkedYAMLError: for what is no YAML, a key that is there twice, and numbers and
            booleans of YAML 1.1 alone: `010` (8), `1:30` (90), `yes`; a number such as `1e-3`,
            which is text there; and a list or section that holds itself.
    """
    values = yaml.load(text, Loader=_Loader)
    _check_ends(values, (), set())
    return values


def _check_ends(values: Any, around: tuple[int, ...], known: set[int]) -> None:
    """Refuse what is within itself by an anchor; `known` are those that are not."""
    if id(values) in around:
        raise yaml.MarkedYAMLError(problem="an anchor (&) is named (*) within what it stands for")
    if isinstance(values, dict | list) and id(values) not in known:
        for each in values.values() if isinstance(values, dict) else values:
            _check_ends(each, (*around, id(values)), known)
        known.add(id(values))


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
        if node.tag == "tag:yaml.org,2002:str" and node.style is None:
            _check_exponent(node)
        return super().construct_scalar(node)


def _check_exponent(node: Any) -> None:
    if found := EXPONENT.fullmatch(str(node.value)):
        whole, part, sign, power = found.groups()
        number = f"{whole}{part or '.0'}e{sign or '+'}{power}"
        raise yaml.constructor.ConstructorError(
            None, None, f"{node.value!r} is text in YAML: write {number}", node.start_mark
        )
