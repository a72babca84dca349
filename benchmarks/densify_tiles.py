"""Regions denoised in overlapping squares against whole ones: errors at seams and elsewhere.

    python -m benchmarks.densify_tiles [--side 32] [--cases 2]

Run `dvc repro calibrate@densify` before. States of the withheld ocean with 2.5 % of columns. Errors
are of the mean, over each level's standard deviation. A seam is the strip in which neighbouring
squares are blended; what it costs is its error over that of the same cells in the region that was
denoised whole, against the same ratio of all other cells.
"""

import argparse

import numpy as np
from rich.progress import track

from thermocline.observe.tiles import Line
from thermocline.systems.config import load_config
from thermocline.systems.densify.data.cases import COLUMNS, MIDDLE, cases
from thermocline.systems.densify.data.raw import WATER
from thermocline.systems.densify.data.waters import Waters
from thermocline.systems.densify.model.method import Densifier, load
from thermocline.systems.paths import StagePaths
from thermocline.verify.board.text import markdown_table


def main() -> None:
    """Score, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--side", type=int, default=32, help="cells of a square")
    parser.add_argument("--cases", type=int, default=2, help="states of each region")
    given = parser.parse_args()
    config = load_config()
    paths = StagePaths("densify", config)
    store, model = Waters.open(paths.store), load(paths.model)
    climates = {name: each.climate for name, each in model.regions.items()}
    asked = cases(config, store, "test", climates, [(COLUMNS, MIDDLE)], given.cases)
    problems = [case for case in asked if case.variable == WATER[0]]
    whole, cut = (_tiled(model, side) for side in (10_000, given.side))
    sums = np.zeros((2, 2, 2))  # variable, at seams or not, whole or cut
    for number, case in enumerate(track(problems, "States")):
        region = next(r for r in model.regions.values() if r.digest == case.problem.grid.digest())
        seam = _seams(case.problem.grid.shape, given.side)
        for place, method in enumerate((whole, cut)):
            mean = method.analyse(case.problem, 2, number).mean
            error = (mean - case.truth) / region.climate.std[: len(mean), None, None]
            half = len(mean) // 2
            for variable in range(2):
                part = np.square(error[variable * half : (variable + 1) * half]).mean(axis=0)
                for at, where in enumerate((seam, ~seam)):
                    sums[variable, at, place] += part[where & region.climate.ocean].sum()
    rows = []
    for name, (at, elsewhere) in zip(WATER, np.sqrt(sums), strict=True):
        ratios = at[1] / at[0], elsewhere[1] / elsewhere[0]
        total = np.sqrt(sums[WATER.index(name)].sum(axis=0))
        rows.append(
            [name, f"{total[1] / total[0]:.4f}", *(f"{r:.4f}" for r in ratios),
             f"{100 * (ratios[0] / ratios[1] - 1):+.2f} %"]
        )  # fmt: skip
    head = ("variable", "RMSE, cut over whole", "at seams", "elsewhere", "seams cost")
    print("\n".join(markdown_table(head, rows)))


def _tiled(model: Densifier, side: int) -> Densifier:
    contract = model.contract
    sampling = {**contract.settings["sampling"], "tile": side}
    settings = {**contract.settings, "sampling": sampling}
    return Densifier(contract.model_copy(update={"settings": settings}), model.network, model.start)


def _seams(shape: tuple[int, int], side: int) -> np.ndarray:
    """Cells of more than one square [H, W]."""
    seen = []
    for size in shape:
        line = Line(size, side, side // 4, periodic=False, factor=1)
        seen.append(np.bincount(np.concatenate([line.cells(s) for s in line.starts])) > 1)
    return seen[0][:, None] | seen[1][None]


if __name__ == "__main__":
    main()
