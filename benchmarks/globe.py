"""The whole real globe made five times finer: how long, how well, and whether seams show.

    THERMOCLINE_REAL_DATA=… python -m benchmarks.globe [--model build/models/superres] [--members 8]

A day of NOAA OISST at 0.25° is told as means over 5 × 5 cells; the model, trained on blocks of
0.25°, makes the cells again. Errors are on cells that have a value in both. A seam is a step
between neighbouring cells that is larger on the edge of a block than within one, or larger on the
edge of a tile than on that of another block: the ratio of both means of |Δ| is 1 where there is
none, and the truth's own is printed beside it.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from thermocline.baselines.downscaling.upsampling import Upsampling
from thermocline.errors import BadFile
from thermocline.observe.tiles import Tiling
from thermocline.ocean.blocks import block_mean
from thermocline.ocean.downscaling import LowResolution
from thermocline.ocean.latlon import LatLonGrid
from thermocline.systems.superres.endpoints.coarse import read_coarse
from thermocline.systems.superres.endpoints.dataset import superresolve
from thermocline.systems.superres.endpoints.fine import fine_problem
from thermocline.systems.superres.endpoints.tiled import OVERLAP, SIZE
from thermocline.systems.superres.model.method import Superresolver

FILE, FACTOR = "sst/oisst-avhrr.nc", 5
Field = NDArray[np.floating]


def coarsened(path: Path, folder: Path) -> tuple[Field, Path]:
    """The day's cells [H, W], °C, and a file of their block means."""
    day = read_coarse(path)
    grid = LatLonGrid(day.latitude, (day.longitude + 180) % 360 - 180)
    value = block_mean(day.value, grid.cell_area(), FACTOR)
    axes = {
        name: (name, axis.reshape(-1, FACTOR).mean(axis=1), {"units": f"degrees_{way}"})
        for name, axis, way in (
            ("latitude", day.latitude, "north"),
            ("longitude", day.longitude, "east"),
        )
    }
    about = {"standard_name": "sea_surface_temperature", "units": "degree_Celsius"}
    coarse = xr.Dataset(
        {"sst": (("time", *axes), value[None].astype(np.float32), about)},
        axes | {"time": ("time", [np.datetime64("1981-09-01", "ns")])},
    )
    coarse.to_netcdf(folder / "coarse.nc")
    return day.value, folder / "coarse.nc"


Columns = NDArray[np.bool_]


def seam(field: Field, edges: Columns, others: Columns) -> float:
    """Mean |Δ| from column to column on `edges` [W − 1], over that on `others`."""
    step = np.abs(np.diff(field, axis=1))
    return float(np.nanmean(step[:, edges]) / np.nanmean(step[:, others]))


def edges_of(problem: LowResolution, columns: int) -> list[tuple[Columns, Columns]]:
    """Steps between columns to compare: blocks' edges and the rest; tiles' and other blocks'."""
    step = np.arange(columns - 1) + 1
    sides = {
        int(side)
        for _, across in Tiling(problem, SIZE, OVERLAP).cells
        for side in (across.ravel()[0], (across.ravel()[-1] + 1) % columns)
    }
    blocks, tiles = step % problem.factor == 0, np.isin(step, sorted(sides))
    return [(blocks, ~blocks), (tiles, blocks & ~tiles)]


def main() -> None:
    """Time, score, and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", type=Path, default=Path("build/models/superres"))
    parser.add_argument("--members", type=int, default=8)
    given = parser.parse_args()
    root = os.environ.get("THERMOCLINE_REAL_DATA")
    if not root:
        raise BadFile("no real data", where="THERMOCLINE_REAL_DATA", fix="set it to their folder")
    model, console = Superresolver.load(given.model), Console()
    with tempfile.TemporaryDirectory() as folder:
        truth, path = coarsened(Path(root) / FILE, Path(folder))
        began = time.perf_counter()
        answer = superresolve(model, path, members=given.members, keep_members=True)
        answer.to_netcdf(Path(folder) / "answer.nc")
        seconds = time.perf_counter() - began
        problem = fine_problem(read_coarse(path), FACTOR)
    mean = answer["analysed_sst"].values.squeeze()
    maps = {
        "Thermocline": mean,
        "a member": answer["analysed_sst_members"].values.squeeze()[0],
        "bicubic": np.where(
            problem.ocean, Upsampling("bicubic").analyse(problem, 0, 0).mean[0], np.nan
        ),
    }
    both = np.isfinite(mean) & np.isfinite(truth)
    area = problem.grid.cell_area()
    edges = edges_of(problem, truth.shape[1])
    table = Table(
        "Map",
        "RMSE (°C)",
        "bias (°C)",
        "global mean less the blocks' (°C)",
        "steps at blocks",
        "steps at tiles",
        title=f"{truth.shape[0]} × {truth.shape[1]} cells",
    )
    given_cells = problem.value.repeat(FACTOR, axis=0).repeat(FACTOR, axis=1)[problem.ocean]
    given_mean = np.average(given_cells, weights=area[problem.ocean])
    for name, field in maps.items():
        error = (field - truth)[both]
        w = area[both] / area[both].sum()
        total = np.nansum(area * np.where(problem.ocean, field, 0)) / (area * problem.ocean).sum()
        shown = np.where(both, field, np.nan)
        table.add_row(
            name,
            f"{np.sqrt((w * error**2).sum()):.4f}",
            f"{(w * error).sum():+.4f}",
            f"{total - given_mean:+.5f}",
            *(f"{seam(shown, *each):.3f}" for each in edges),
        )
    shown = np.where(both, truth, np.nan)
    table.add_row("truth", "", "", "", *(f"{seam(shown, *each):.3f}" for each in edges))
    console.print(table)
    missing = int((np.isnan(mean) & np.isfinite(truth)).sum())
    console.print(
        f"{seconds:.1f} s with {given.members} members, from file to file; "
        f"{int(np.isfinite(mean).sum()):,} cells of sea, {missing:,} of the truth's left without."
    )


if __name__ == "__main__":
    main()
