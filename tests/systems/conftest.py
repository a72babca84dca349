"""The model of sea ice on the small world, made once a run."""

from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def ice(shared) -> Iterator[tuple[Any, Any]]:
    """The configuration and the model, in their folder, in which nothing else is written."""
    import ice_world

    from ice_model import SYSTEM, to_the_model
    from thermocline.systems.paths import StagePaths

    def make(folder: Path) -> None:
        with chdir(folder):
            to_the_model()

    with chdir(shared("ice", make)):
        config = ice_world.settings("build/prepared")
        yield config, SYSTEM.load(StagePaths("seaice", config).model)
