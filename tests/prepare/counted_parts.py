"""Parts that note each time that one is made; run as a script, it writes a store and may be killed.

counted_parts.py FOLDER
"""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from thermocline.config import PrepareConfig
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.variables import VARIABLES
from thermocline.prepare import engine
from thermocline.prepare.climatology import Monthly
from thermocline.prepare.parts import Part
from thermocline.prepare.sample import Group, Layout, Sample
from thermocline.prepare.store import Store
from thermocline.prepare.writer import write_store

ONE = PrepareConfig(workers=1)
LAYOUT = Layout(VARIABLES["thetao"], LatLonGrid.regular(4, 8), np.array([5.0, 50.0]))


def year(path: Path) -> Iterator[Sample]:
    """Twelve months, from a seed in a file; with a file `deadly` beside it, death in the sixth."""
    with (path.parent / "calls").open("a") as calls:
        calls.write(f"{path.stem}\n")
    random = np.random.default_rng(int(path.read_text()))
    group = Group("states", {"thetao": LAYOUT})
    for month in range(1, 13):
        deadly = path.parent / "deadly"
        if month == 6 and path.stem == "1992" and deadly.exists():
            deadly.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        field = 10 + 3 * random.standard_normal(LAYOUT.shape)
        field[:, 0, 0] = np.nan
        time = np.datetime64(f"{path.stem}-{month:02d}")
        yield Sample(f"r1/{time}", "train", time, group, {"thetao": field})


def archive(folder: Path) -> list[Part]:
    """Four years."""
    found = []
    for number in range(1990, 1994):
        path = folder / f"{number}.txt"
        if not path.exists():
            path.write_text(f"{number}")
        found.append(Part(path.stem, year, (path,), (path,)))
    return found


def calls(folder: Path) -> list[str]:
    """The years that were made since the last time that this was asked."""
    path = folder / "calls"
    made = path.read_text().split() if path.exists() else []
    path.unlink(missing_ok=True)
    return sorted(made)


def store(folder: Path, parts: list[Part], settings: PrepareConfig = ONE) -> str:
    """The digest of the store that is made of them."""
    path = folder / "store.nc"
    with engine.made(parts, settings, path, lambda things, _: things, "") as samples:
        write_store(path, samples, "test", [Monthly("thetao", reference=10.0)])
    return Store.open(path).digest()


if __name__ == "__main__":
    import counted_parts  # whose functions are named as a test names them

    engine.SMALL_ARCHIVE = -1
    store(Path(sys.argv[1]), counted_parts.archive(Path(sys.argv[1])))
