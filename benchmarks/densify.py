"""Our model of temperature and salinity at depth against the best classical methods, as a table.

    python -m benchmarks.densify [--cases 6] [--protocols columns tracks ...] [--members 8]

Run `dvc repro calibrate@densify` before. States of the withheld ocean are observed as on the
scoreboard. Ratios are to the better of the methods in RIVALS by RMSE, with paired 95 % intervals
over states; scores are over each level's standard deviation.
"""

import argparse

import numpy as np
from rich.progress import track

from thermocline.concurrency import side_by_side
from thermocline.ocean.case import Case
from thermocline.systems.config import load_config
from thermocline.systems.densify.baselines.stored import classical_methods
from thermocline.systems.densify.config import settings
from thermocline.systems.densify.data.cases import cases, protocols
from thermocline.systems.densify.data.waters import Waters
from thermocline.systems.densify.evaluation.score import Scorer, WaterScore
from thermocline.systems.densify.model.method import load
from thermocline.systems.paths import StagePaths
from thermocline.verify.board.text import markdown_table
from thermocline.verify.significance.bootstrap import mean, paired, root_mean

RIVALS = ("ridge_oi", "ensemble_oi")
HEAD = (
    *("protocol", "columns", "variable", "rival", "RMSE", "× rival", "CRPS", "× rival"),
    *("spread/skill", "mixed layer, m", "× rival", "inverted, %"),
)


def main() -> None:
    """Score, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=6, help="states of each region")
    parser.add_argument("--members", type=int, default=8)
    parser.add_argument("--protocols", nargs="*", help="only these, such as columns shifted")
    given = parser.parse_args()
    config = load_config()
    own, built = settings(config), StagePaths("densify", config)
    store, model = Waters.open(built.store), load(built.model)
    methods = [model, *(m for m in classical_methods(built.baselines) if m.name in RIVALS)]
    climates = {name: each.climate for name, each in model.regions.items()}
    asked = protocols(own.evaluate.densities, own.data.variants)
    asked = [each for each in asked if each[0] in (given.protocols or [each[0]])]
    score, rows = Scorer.of(model.regions.values()), []
    for protocol in asked:
        every = list(cases(config, store, "test", climates, [protocol], given.cases))
        half = len(every) // 2  # both variables of a state are one problem

        def scored(
            number: int, every: list[Case] = every, half: int = half
        ) -> list[list[WaterScore]]:
            pair = every[number], every[half + number]
            answers = [m.analyse(pair[0].problem, given.members, number) for m in methods]
            return [[score(answer, case) for answer in answers] for case in pair]

        label = f"{protocol[0]} {protocol[1]:.1%}"
        found = list(side_by_side(scored, track(range(half), label)))
        for variable in range(2):
            rows.append(_row(every[variable * half], [each[variable] for each in found]))
    print("\n".join(markdown_table(HEAD, rows)))


def _row(case: Case, found: list[list[WaterScore]]) -> list[str]:
    """A line of the table, of the scores [state][method] of a variable."""
    squared = np.array([[each.mse for each in row] for row in found])
    crps = np.array([[each.crps for each in row] for row in found])
    rival = 1 + int(np.argmin(squared[:, 1:].mean(axis=0)))
    ratio = lambda values, statistic: _interval(values[:, 0], values[:, rival], statistic)
    variance = [row[0].mean("variance") for row in found]
    layer = np.array([[each.columns.get("mixed_layer_mse", np.nan) for each in r] for r in found])
    own = layer[:, 0]
    water = bool(np.isfinite(own).all())
    return [
        case.protocol,
        f"{case.density:.1%}",
        case.variable,
        RIVALS[rival - 1],
        f"{np.sqrt(squared[:, 0].mean()):.3f}",
        ratio(squared, root_mean),
        f"{crps[:, 0].mean():.3f}",
        ratio(crps, mean),
        f"{np.sqrt(np.mean(variance) / squared[:, 0].mean()):.2f}",
        f"{np.sqrt(own.mean()):.1f}" if water else "",
        _interval(own, layer[:, 1:][:, layer[:, 1:].mean(axis=0).argmin()], root_mean)
        if water
        else "",
        f"{np.mean([row[0].columns['inverted'] for row in found]):.2f}" if water else "",
    ]


def _interval(ours: np.ndarray, theirs: np.ndarray, statistic) -> str:
    found = paired(ours, theirs, np.divide, statistic)
    if found is None:
        return f"{statistic(ours) / statistic(theirs):.3f}"
    return f"{found.estimate:.3f} [{found.low:.3f}, {found.high:.3f}]"


if __name__ == "__main__":
    main()
