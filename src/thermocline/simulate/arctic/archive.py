"""The bundled nature run's Arctic: members and truth, as raw files."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from thermocline.simulate.arctic.configuration import MEMBERS, TRUTH, Ice
from thermocline.simulate.arctic.files import (
    CMIP6,
    cmip6_name,
    moorings_name,
    write_cmip6,
    write_moorings,
)
from thermocline.simulate.arctic.geography import make_arctic
from thermocline.simulate.arctic.run import simulate

FOLDER = "arctic"
FIRST_YEAR, LAST_YEAR = 1990, 2009
TRUTH_FROM = 2005
FILES = len(CMIP6) + len(MEMBERS)  # r1's variables, the other members and the truth


def write_arctic(
    folder: Path,
    seed: int = 0,
    workers: int = 1,
    done: Callable[[Path], None] = lambda path: None,
) -> list[Path]:
    """Simulate every Arctic and write its files into `folder`; returns their paths.

    Each Arctic is a task of its own: results do not depend on `workers`. `done` is called with
    each path as it is finished.
    """
    paths: list[Path] = []
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        tasks = [pool.submit(_make, folder, ice, seed) for ice in (*MEMBERS, TRUTH)]
        for task in tasks:
            for path in task.result():
                paths.append(path)
                done(path)
    return paths


def _make(folder: Path, ice: Ice, seed: int) -> list[Path]:
    first = TRUTH_FROM if ice == TRUTH else FIRST_YEAR
    archive = simulate(ice, make_arctic(), first, LAST_YEAR, seed)
    variant = f"{ice.name}i1p1f1"
    if ice != MEMBERS[0]:
        path = folder / moorings_name(variant, archive.days)
        write_moorings(path, archive, _attributes("Thermocline-X1", variant))
        return [path]
    source, paths = "Thermocline-A1", []
    for variable in CMIP6:
        path = folder / cmip6_name(variable, source, variant, archive.days)
        about = {"mip_era": "CMIP6", "activity_id": "none", "table_id": "SIday"}
        about |= {"experiment_id": "historical", "frequency": "day", "grid_label": "gn"}
        write_cmip6(path, archive, variable, _attributes(source, variant) | about)
        paths.append(path)
    return paths


def _attributes(source: str, variant: str) -> dict[str, str]:
    return {
        "institution": "Thermocline project",
        "institution_id": "Thermocline",
        "source": f"{source}: the Thermocline project's sea-ice simulator",
        "source_id": source,
        "variant_label": variant,
        "nominal_resolution": "100 km",
        "license": "Apache-2.0",
        "comment": "Simulated; every fifth day, at noon; in the form of a provider's files but "
        "not one of them. Thickness is volume per area of the whole cell.",
    }
