"""Write the fine sea-surface temperature of all members, and what a coarse product makes of it."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from thermocline.errors import BadFile
from thermocline.simulate import sst_files
from thermocline.simulate.fine_configuration import (
    CELL,
    FACTOR,
    TRUTH,
    Configuration,
    Region,
    jobs,
)
from thermocline.simulate.fine_sst import Surface, states


def write_fine_sst(
    folder: Path,
    raw: Path,
    seed: int = 0,
    workers: int = 1,
    done: Callable[[Path], None] = lambda path: None,
) -> list[Path]:
    """Write every region and member below `folder`, from the nature run's monthly files in `raw`.

    Returns the paths, fine and coarse in turn; what is written does not depend on `workers`.
    """
    paths: list[Path] = []
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        tasks = [pool.submit(_write, folder, raw, *job, seed) for job in jobs()]
        for task in tasks:
            for path in task.result():
                paths.append(path)
                done(path)
    return paths


def _write(folder: Path, raw: Path, region: Region, member: Configuration, seed: int) -> list[Path]:
    made = list(states(region, member, Surface(_monthly(raw, member)), seed))
    dated, variant = np.array([state.day for state in made]), f"{member.name}i1p1f1"
    fine, coarse, error = (
        np.stack([getattr(state, name) for state in made]) for name in ("fine", "coarse", "error")
    )
    grid, blocks = region.grid(), region.grid(FACTOR * CELL)
    paths = [
        folder / "ostia" / sst_files.ostia_name(grid, dated, variant),
        folder / "oisst" / sst_files.oisst_name(blocks, dated, variant),
    ]
    notes = {"source": "Thermocline", "institution": "Thermocline project", "license": "Apache-2.0"}
    notes |= {"variant_label": variant, "comment": f"Simulated: {region.name}, {member.name}"}
    sst_files.write_ostia(paths[0], fine, grid, dated, region.rounding, notes)
    sst_files.write_oisst(paths[1], coarse, error, blocks, dated, notes)
    return paths


def _monthly(raw: Path, member: Configuration) -> Path:
    pattern = "nature/*.nc" if member == TRUTH else f"cmip6/*_{member.name}i1p1f1_*.nc"
    found = sorted(raw.glob(pattern))
    if not found:
        raise BadFile("no monthly file", where=f"{raw}/{pattern}", fix="make the nature run first")
    return found[0]
