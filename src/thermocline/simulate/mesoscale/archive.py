"""The bundled regions with eddies: withheld truths and what is observed of them, as raw files.

What models learn from is not here: the prepare stage simulates it (`run.states`).
"""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from thermocline.simulate.en4_file import file_name, write_en4
from thermocline.simulate.mesoscale import files
from thermocline.simulate.mesoscale.configuration import (
    REGIONS,
    SHIFTED,
    TRUTH,
    Member,
    Region,
)
from thermocline.simulate.mesoscale.run import states
from thermocline.simulate.profiles import Profiles
from thermocline.simulate.sst_files import ostia_name, write_ostia

FOLDER = "eddies"
FIRST = np.datetime64("2005-01-05")
STATES_KEPT = {TRUTH: (16, 3), SHIFTED: (8, 6)}  # states, and weeks between them
PROFILES = 40  # of a state
ROUNDING = 0.02  # °C, of sea-surface temperature
FILES = 4 * len(REGIONS) * len(STATES_KEPT) + 11  # and a file of profiles a month


def write_eddies(
    folder: Path,
    seed: int = 0,
    workers: int = 1,
    done: Callable[[Path], None] = lambda path: None,
) -> list[Path]:
    """Simulate and write everything into `folder`; returns the paths.

    What is written does not depend on `workers`; `done` is called with each path.
    """
    paths, by_month = [], dict[str, list[Profiles]]()
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = [(region, member) for member in STATES_KEPT for region in REGIONS]
        tasks = [pool.submit(_make, folder, *job, seed) for job in jobs]
        for task in tasks:
            made, profiles = task.result()
            for month, each in profiles.items():
                by_month.setdefault(month, []).append(each)
            for path in made:
                paths.append(path)
                done(path)
    for month, parts in sorted(by_month.items()):
        year, number = (int(part) for part in month.split("-"))
        path = folder / "en4" / file_name(year, number)
        write_en4(path, _joined(parts), year, number, "Simulated profiles of the withheld truth")
        paths.append(path)
        done(path)
    return paths


def _make(
    folder: Path, region: Region, member: Member, seed: int
) -> tuple[list[Path], dict[str, Profiles]]:
    count, every = STATES_KEPT[member]
    ocean, grid, variant = region.ocean(), region.grid(), f"{member.name}i1p1f1"
    made = list(states(region, member, FIRST, (count - 1) * every + 1, ocean, seed))[::every]
    days = np.array([state.day for state in made])
    water = {name: np.stack([getattr(state, name) for state in made]) for name in files.WATER}
    seen = {name: np.stack([s.products[name] for s in made]) for name in made[0].products}
    about = {
        "institution": "Thermocline project",
        "source": "Thermocline-Q1: the Thermocline project's simulator of mesoscale eddies",
        "variant_label": variant,
        "license": "Apache-2.0",
        "comment": f"Simulated: {region.name}, {member.name}; not a provider's file.",
    }
    of = grid, days, variant
    paths = [
        folder / files.subset_name(files.MODEL, "thetao-so-zos", *of),
        folder / ostia_name(grid, days, variant),
        folder / files.subset_name(files.SALINITY, "sos", *of),
        folder / files.subset_name(files.ALTIMETRY, "adt", *of),
    ]
    files.write_grid(paths[0], water, grid, days, about)
    write_ostia(paths[1], seen["tos"], grid, days, ROUNDING, about)
    files.write_grid(paths[2], {"sos": seen["sos"]}, grid, days, about)
    files.write_grid(paths[3], {"adt": seen["zos"]}, grid, days, about)
    profiles = {}
    if member == TRUTH:
        random = np.random.default_rng([seed, member.seed, len(region.name)])
        for month in np.unique(days.astype("datetime64[M]")):
            of_month = [s for s in made if s.day.astype("datetime64[M]") == month]
            profiles[str(month)] = files.profiles_of(of_month, grid, PROFILES, random)
    return paths, profiles


def _joined(parts: list[Profiles]) -> Profiles:
    """Profiles of several regions, one after another."""
    joined: dict[str, Any] = {}
    for name in vars(parts[0]):
        values = [getattr(part, name) for part in parts]
        listed = isinstance(values[0], list)
        joined[name] = list(chain(*values)) if listed else np.concatenate(values)
    return Profiles(**joined)
