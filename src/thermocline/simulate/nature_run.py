"""The bundled nature run: members, truth and the profiles observed from it, as raw files."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from thermocline.config import GridConfig
from thermocline.ocean.latlon import LatLonGrid
from thermocline.simulate import cmip6_file, en4_file
from thermocline.simulate.configuration import MEMBERS, TRUTH, Ocean
from thermocline.simulate.geography import Geography, make_geography
from thermocline.simulate.model import simulate
from thermocline.simulate.profiles import observe_month

FIRST_YEAR, YEARS = 1980, 30
TRUTH_FROM = 2003  # nothing reads earlier years of the truth, and every megabyte counts
OBSERVED_YEARS = (2008, 2009)


def write_nature_run(
    folder: Path,
    grid: GridConfig,
    seed: int = 0,
    workers: int = 1,
    done: Callable[[Path], None] = lambda path: None,
) -> list[Path]:
    """Simulate every ocean and write its files below `folder`; returns their paths.

    Each ocean is a task of its own: results do not depend on `workers`. `done` is called with
    each path as it is finished.
    """
    paths: list[Path] = []
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        tasks = [pool.submit(_make, folder, grid, o, seed) for o in (TRUTH, *MEMBERS)]
        for task in tasks:
            for path in task.result():
                paths.append(path)
                done(path)
    return paths


def _make(folder: Path, config: GridConfig, ocean: Ocean, seed: int) -> list[Path]:
    grid = LatLonGrid.regular(config.rows, config.columns)
    geography = make_geography(grid, np.array(config.depth))
    if ocean.name == TRUTH.name:
        since = TRUTH_FROM - FIRST_YEAR
        field = simulate(ocean, geography, YEARS - since, seed=seed, since=since)
        return _write_truth(folder, ocean, geography, field, seed)
    field = simulate(ocean, geography, YEARS, seed=seed)
    variant = f"{ocean.name}i1p1f1"
    last = FIRST_YEAR + YEARS - 1
    name = cmip6_file.file_name("Thermocline-S1", "historical", variant, FIRST_YEAR, last)
    path = folder / "cmip6" / name
    attributes = _attributes("Thermocline-S1", "historical", variant)
    cmip6_file.write_cmip6(path, field, grid, geography.depth, FIRST_YEAR, attributes)
    return [path]


def _write_truth(
    folder: Path, ocean: Ocean, geography: Geography, field: np.ndarray, seed: int
) -> list[Path]:
    last, variant = FIRST_YEAR + YEARS - 1, "r1i1p1f1"
    name = cmip6_file.file_name("Thermocline-N1", "nature", variant, TRUTH_FROM, last)
    paths = [folder / "nature" / name]
    attributes = _attributes("Thermocline-N1", "nature", variant)
    cmip6_file.write_cmip6(paths[0], field, geography.grid, geography.depth, TRUTH_FROM, attributes)
    random = np.random.default_rng([seed, ocean.seed, 2008])
    for year in OBSERVED_YEARS:
        for month in range(1, 13):
            state = field[12 * (year - TRUTH_FROM) + month - 1]
            days = int(cmip6_file.MONTH_DAYS[month - 1])
            profiles = observe_month(state, geography, days, random)
            path = folder / "en4" / en4_file.file_name(year, month)
            title = "Simulated profiles observed from Thermocline-N1, in EN.4.2.2 format"
            en4_file.write_en4(path, profiles, year, month, title)
            paths.append(path)
    return paths


def _attributes(source: str, experiment: str, variant: str) -> dict[str, str]:
    return {
        "Conventions": "CF-1.7 CMIP-6.2",
        "mip_era": "CMIP6",
        "activity_id": "none",
        "institution": "Thermocline project",
        "institution_id": "Thermocline",
        "source": f"{source}: the Thermocline project's kinematic ocean simulator",
        "source_id": source,
        "experiment_id": experiment,
        "variant_label": variant,
        "table_id": "Omon",
        "variable_id": "thetao",
        "frequency": "mon",
        "realm": "ocean",
        "grid_label": "gn",
        "nominal_resolution": "250 km",
        "license": "Apache-2.0",
        "comment": "Simulated; in the form of CMIP6 output but not a part of CMIP6.",
    }
