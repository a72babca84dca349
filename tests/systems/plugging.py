"""Makes a system from outside the repository known for one test, as an installed package would."""

from importlib.metadata import EntryPoint

import pytest

from thermocline import systems


def plug_in(patch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """Pretend that a package is installed whose entry point `name` is `module:object`."""
    entry = EntryPoint(name, value, systems.GROUP)
    patch.setattr(systems, "entry_points", lambda group: [entry])
    for found in (systems._plugged_in, systems.get):
        found.cache_clear()


def unplug() -> None:
    """Forget what was plugged in; call it when the patch is undone."""
    for found in (systems._plugged_in, systems.get):
        found.cache_clear()
