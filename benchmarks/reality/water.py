"""Real Argo profiles through the `densify` model: what is deeper, and salinity from temperature.

    THERMOCLINE_REAL_DATA=… python -m benchmarks.reality water

Run `dvc repro calibrate@densify` before. Profiles of the folder that lie in a region of the
model are taken one at a time, at the model's levels. Of each is given

    upper          temperature and salinity down to 300 m; deeper levels are asked for
    temperature    temperature at every level; salinity is asked for

and no surface field. Errors at the profile, by depth, are those of the model's climatology, of
the classical analysis that the model starts from, of the model, and of Levitus, a real climatology
(4°, monthly, layers of 50 m and more). The model has never seen the real ocean.
"""

import argparse
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadFile, ThermoclineError
from thermocline.observe.profiles import at_levels
from thermocline.sources import read_profiles
from thermocline.systems.config import load_config
from thermocline.systems.densify.data.raw import WATER
from thermocline.systems.densify.endpoints.observed import problem_of_request
from thermocline.systems.densify.endpoints.request import DensifyRequest, WaterObservation
from thermocline.systems.densify.model.method import Densifier, load
from thermocline.systems.paths import StagePaths
from thermocline.verify.board.text import markdown_table

UPPER = 300.0
FOLDER = "multilayer/levitus_mitgcm"
THICKNESS = (50, 70, 100, 140, 190, 240, 290, 340, 390, 440, 490, 540, 590, 640, 690)
NAMES = ("climatology", "classical", "thermocline", "levitus")
BANDS = ((0, 100), (100, 300), (300, 600), (600, 1000), (1000, 1600))


class Profile(NamedTuple):
    """A profile at the model's levels: day, place, and water [2, L], NaN where it has none."""

    day: np.datetime64
    latitude: float
    longitude: float
    water: NDArray[np.float64]


def main(argv: Sequence[str] | None = None) -> None:
    """Score, and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.parse_args(argv)
    if "THERMOCLINE_REAL_DATA" not in os.environ:
        raise BadFile("no real data", fix="set THERMOCLINE_REAL_DATA to their folder")
    root = Path(os.environ["THERMOCLINE_REAL_DATA"])
    model = load(StagePaths("densify", load_config()).model)
    levitus = Levitus(root / FOLDER)
    found = list(profiles(model, root / "profiles"))
    print(f"{len(found)} profiles, {min(p.day for p in found)} to {max(p.day for p in found)}")
    for task in ("upper", "temperature"):
        errors = np.stack([scored(model, levitus, each, task) for each in found])
        print(f"\nGiven: {task}\n")
        for variable, name in enumerate(WATER):
            if np.isfinite(errors[:, :, variable]).any():
                print("\n".join(table(name, model.depth, errors[:, :, variable])), "\n")


def profiles(model: Densifier, folder: Path) -> Iterator[Profile]:
    """Those in a region that reach 1000 m; of profiles of one day and place the fullest."""
    best: dict[tuple[np.datetime64, float, float], Profile] = {}
    for path in sorted(folder.glob("*.nc")):
        try:
            read = read_profiles(path)
        except ThermoclineError:
            continue
        place = read.latitude.values, read.longitude.values
        inside = np.any([grid.contains(*place) for grid in model.grids.values()], axis=0)
        if not inside.any():
            continue
        read = read.isel(n_prof=np.flatnonzero(inside))
        water = np.stack([at_levels(read, model.depth, name)[0] for name in WATER], axis=1)
        for number, each in enumerate(water):
            day = read.time.values[number].astype("datetime64[D]")
            here = float(read.latitude[number]), float(read.longitude[number])
            deep = np.isfinite(each[:, model.depth >= 1000]).any(axis=1).all()
            known = best.get((day, *here))
            size = lambda water: np.isfinite(water).sum()
            if deep and (known is None or size(each) > size(known.water)):
                best[day, *here] = Profile(day, *here, each)
    yield from best.values()


def scored(model: Densifier, levitus: "Levitus", of: Profile, task: str) -> NDArray[np.float64]:
    """Errors of `NAMES` [4, 2, L] where something is asked for, NaN elsewhere."""
    given = of.water.copy()
    if task == "upper":
        given[:, model.depth > UPPER] = np.nan
    else:
        given[1] = np.nan
    known = lambda value: None if np.isnan(value) else float(value)
    points = [
        WaterObservation(
            latitude=of.latitude,
            longitude=of.longitude,
            depth=float(z),
            temperature=known(t),
            salinity=known(s),
        )
        for z, t, s in zip(model.depth, *given, strict=True)
        if np.isfinite(t) or np.isfinite(s)
    ]
    question = problem_of_request(model, DensifyRequest(date=str(of.day), observations=points))
    problem, grid = question.problem, model.grids[question.region]
    row, column = (int(np.ravel(i)[0]) for i in grid.locate(of.latitude, of.longitude))
    climate = model.regions[question.region].climate.mean(problem.time)
    levels = len(model.depth)
    answers = (
        climate[: 2 * levels, row, column],
        model.start.analyse(problem, 0, 0).mean[:, row, column],
        model.analyse(problem, 8, 0).mean[:, row, column],
        levitus.at(of.latitude, of.longitude, of.day, model.depth).ravel(),
    )
    error = np.stack([each.reshape(2, levels) - of.water for each in answers])
    error[:, np.isfinite(given)] = np.nan
    return error


class Levitus:
    """Monthly temperature and salinity on 4° × 4°; bilinear in place, linear in depth."""

    def __init__(self, folder: Path):
        shape = 12, len(THICKNESS), 40, 90
        read = lambda name: np.fromfile(folder / name, ">f4").reshape(shape).astype(float)
        fields = np.stack([read("lev_t.bin"), read("lev_s.bin")])
        self.fields = np.where(fields[1:] == 0, np.nan, fields)
        self.depth = np.cumsum(THICKNESS) - np.array(THICKNESS) / 2

    def at(self, latitude: float, longitude: float, day: np.datetime64, depth: NDArray) -> NDArray:
        """Water [2, L]; of the cells around a place those that are sea."""
        y, x = (latitude + 78) / 4, (longitude % 360 - 2) / 4
        month = int(str(day)[5:7]) - 1
        total = weight = np.zeros((2, len(THICKNESS)))
        for j in (int(y), int(y) + 1):
            for i in (int(np.floor(x)), int(np.floor(x)) + 1):
                w = (1 - abs(y - j)) * (1 - abs(x - i))
                column = self.fields[:, month, :, j, i % 90]
                total = total + w * np.nan_to_num(column)
                weight = weight + w * np.isfinite(column)
        with np.errstate(invalid="ignore"):
            found = total / weight
        return np.stack([np.interp(depth, self.depth, each) for each in found])


def table(name: str, depth: NDArray, errors: NDArray[np.float64]) -> list[str]:
    """RMSE by band of depth, of errors [P, 4, L]."""
    rows = []
    for top, bottom in BANDS:
        part = errors[:, :, (depth > top) & (depth <= bottom)]
        count = int(np.isfinite(part[:, 0]).sum())
        if count:
            size = np.sqrt(np.nanmean(part**2, axis=(0, 2)))
            rows.append([name, f"{top}–{bottom}", *(f"{e:.3f}" for e in size), str(count)])
    return list(markdown_table(("variable", "depth (m)", *NAMES, "values"), rows))
