"""Objects that endpoints import when they are used exist under the names given."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

from thermocline import systems

FOLDER = Path(systems.__file__).parent
PLACES = sorted(
    str(ast.literal_eval(call.args[0]))
    for path in FOLDER.rglob("*.py")
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    if isinstance(call, ast.Call)
    and getattr(call.func, "id", "") in ("lazy_object", "lazy_function")
    and isinstance(call.args[0], ast.Constant)
)


def test_every_endpoint_of_this_package_has_a_lazy_request() -> None:
    routes = [endpoint for name in systems._built_in() for endpoint in systems.get(name).endpoints]
    assert len([place for place in PLACES if place.endswith("Request")]) == len(routes)


@pytest.mark.parametrize("place", PLACES)
def test_it_is_there(place: str) -> None:
    module, _, name = place.partition(":")
    assert callable(getattr(import_module(module), name))
