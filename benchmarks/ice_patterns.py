"""In how many patterns generated sea ice should vary as states of the validation years do.

Prints a table, a line for each number of patterns (0: states as they are drawn): Fréchet distance
from the withheld truth and from validation states, RMSE of the probability of ice, of the seasonal
cycles of extent and volume, width of the marginal ice zone and length of the edge. The moments are
those of the validation states, so that the distance from them is no test. Needs the prepared data
and the calibrated model of the pipeline: `dvc repro calibrate@seaice` before.

    python -m benchmarks.ice_patterns [0 20 40 64 100]
"""

import argparse
from typing import Any

import numpy as np
import torch

from thermocline import systems
from thermocline.systems.config import load_config
from thermocline.systems.paths import StagePaths
from thermocline.systems.seaice.data.states import States
from thermocline.systems.seaice.evaluation.generation import Judge
from thermocline.systems.seaice.model.calibrate import drawn_and_encoded
from thermocline.systems.seaice.model.generate import decoded
from thermocline.systems.seaice.model.matching import fitted
from thermocline.verify.board.text import markdown_table

STATES = 360
HEADS = ["Patterns", "FAED, truth", "FAED, validation", "P(ice) RMSE", "Extent (10⁶ km²)"]
HEADS += ["Volume (10³ km³)", "Marginal zone (km; truth)", "Edge (km; truth)"]


def main() -> None:
    """Draw once, give moments in each number of patterns, judge, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("patterns", type=int, nargs="*", default=[0, 20, 40, 64, 100])
    counts = parser.parse_args().patterns
    torch.set_num_threads(1)
    config = load_config()
    paths = StagePaths("seaice", config)
    store, model = States.open(paths.store), systems.get("seaice").load(paths.model)
    truth = store.states("test", STATES)
    judge = Judge(model.features, np.asarray(store.grid.cell_area()) / 1e6, store.ocean)
    states = torch.cat([part for _, part in model.draws(truth.day.tolist(), config.seed)])
    fit = drawn_and_encoded(model, store, config.seed)
    validation, rows = store.states("validation", STATES), []
    for count in counts:
        matching = fitted(*fit, count)
        moved = states if matching is None else matching(states, torch.from_numpy(truth.day))
        fields = decoded(model.network, model.scaling, moved)
        sets = ((each.values, each.month) for each in (truth, validation))
        rows.append(row(count, *(judge.distances(fields, truth.month, *each) for each in sets)))
        print(*rows[-1], flush=True)
    print("\n".join(markdown_table(HEADS, rows)))


def row(count: int, found: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """A line of the table; in brackets what the truth has."""
    zone, edge = found["marginal_zone_km"], found["edge_km"]
    return [
        str(count),
        f"{found['faed']:.3f}",
        f"{other['faed']:.3f}",
        f"{found['extent_probability_rmse']:.4f}",
        *(f"{found['cycle_rmse'][name]:.2f}" for name in ("extent", "volume")),
        f"{zone[0]:.0f} ({zone[1]:.0f})",
        f"{edge[0]:,.0f} ({edge[1]:,.0f})",
    ]


if __name__ == "__main__":
    main()
