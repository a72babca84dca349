"""Classical methods for temperature and salinity at depth, on the withheld truth, as a table.

RMSE and CRPS of a level are divided by the standard deviation of the truth there (season included),
and averaged over levels. Needs the prepared data and the tuned methods of the pipeline:
`dvc repro baselines@densify` before; or `--make`, which makes both below a folder.

    python -m benchmarks.densify_classical [--cases 4] [--protocols columns ...] [--make FOLDER]
"""

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from thermocline.concurrency import side_by_side
from thermocline.config import Config
from thermocline.ocean.case import Case
from thermocline.ocean.convection import convect, inverted
from thermocline.systems.densify.baselines.stored import classical_methods
from thermocline.systems.densify.baselines.tune import tune_baselines
from thermocline.systems.densify.config import DensifySection, settings
from thermocline.systems.densify.data.cases import cases, protocols
from thermocline.systems.densify.data.prepare import prepare
from thermocline.systems.densify.data.raw import WATER
from thermocline.systems.densify.data.waters import Waters
from thermocline.systems.paths import StagePaths
from thermocline.verify.board.text import markdown_table
from thermocline.verify.metrics.probabilistic import crps_ensemble, crps_gaussian
from thermocline.verify.metrics.water_columns import mixed_layer_depth

MEMBERS = 16


class Settings(Config):
    """What this needs of params.yaml."""

    densify: DensifySection = DensifySection()


def main() -> None:
    """Score every method on every protocol, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=4, help="states of each region")
    parser.add_argument("--make", type=Path, help="make data and methods below this folder")
    parser.add_argument("--protocols", nargs="*", help="only these, such as columns shifted")
    given = parser.parse_args()
    values = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    known = {key: each for key, each in values.items() if key in Settings.model_fields}
    config = Settings.model_validate(known)
    if given.make:
        data = config.data.model_copy(update={"prepared": given.make})
        config = config.model_copy(update={"data": data})
    store = StagePaths("densify", config).store
    baselines = given.make / "baselines" if given.make else StagePaths("densify", config).baselines
    if given.make and not store.is_file():
        prepare(config, store, lambda things, _: things)
    if given.make and not baselines.is_dir():
        tune_baselines(config, baselines)
    print((baselines / "tuned.json").read_text())
    own = settings(config)
    asked = protocols(own.evaluate.densities, own.data.variants)
    asked = [each for each in asked if each[0] in (given.protocols or [each[0]])]
    report(config, Waters.open(store), baselines, asked, given.cases)


def report(
    config: Config,
    store: Waters,
    baselines: Path,
    of_protocols: list[tuple[str, float]],
    most: int,
) -> None:
    """Print the table of protocols and densities, with so many states of each region."""
    methods = classical_methods(baselines)
    climates = {region: methods[0].regions[i].climate for i, region in enumerate(store.regions)}
    std = {
        region: np.nanstd(store.states("test", region).values, axis=(0, 2, 3))
        for region in store.regions
    }
    found: dict[tuple[str, float], dict[str, list[NDArray]]] = defaultdict(
        lambda: defaultdict(list)
    )
    every = cases(config, store, "test", climates, of_protocols, most)
    asked = [case for case in every if case.variable == WATER[0]]
    for method in methods:
        of = lambda case, method=method: measured(case, method, store, std)
        for case, row in zip(asked, side_by_side(of, asked), strict=True):
            found[case.protocol, case.density][method.name].append(row)
    names = (
        "T RMSE",
        "T CRPS",
        "S RMSE",
        "S CRPS",
        "spread/skill",
        "MLD, m",
        "inverted %",
        "s",
        "mixed T",
        "mixed S",
    )
    rows = []
    for (protocol, density), by_method in found.items():
        for name, values in by_method.items():
            mean = np.mean(values, axis=0)
            mean[4] = np.sqrt(mean[4] / mean[8])
            mean[5] = np.sqrt(mean[5])
            mean[9:] /= mean[[0, 2]]
            digits = 3, 3, 3, 3, 2, 1, 2, 2, 4, 4
            shown = [f"{x:.{d}f}" for x, d in zip(np.delete(mean, 8), digits, strict=True)]
            rows.append([protocol, f"{density:.1%}", name, *shown])
    print("\n".join(markdown_table(["protocol", "columns", "method", *names], rows)))


def measured(case: Case, method, store: Waters, std: dict[str, NDArray]) -> NDArray:
    """RMSE and CRPS of T and S, variance, squared error of the mixed layer, inversions, s, MSE.

    Last, RMSE of T and of S when unstable water has been mixed (the table shows the ratio).
    """
    region = case.problem.case.split("/")[0]
    answer = method.analyse(case.problem, MEMBERS, 0)
    ocean, half = store.ocean(region)[0], len(store.depth)
    scale = std[region][: 2 * half]
    truth, mean = (each[:, ocean] for each in (case.truth, answer.mean))
    squared = np.square(mean - truth).mean(axis=1)
    if answer.members is not None:
        crps = crps_ensemble(answer.members[..., ocean], truth)
    else:
        crps = crps_gaussian(mean, answer.std[:, ocean], truth)
    variance = answer.std[:, ocean] ** 2
    halves = slice(0, half), slice(half, None)
    relative = np.sqrt(squared) / scale, crps.mean(axis=1) / scale
    layer = mixed_layer_depth(np.stack([answer.mean[:half], case.truth[:half]]), store.depth)
    water = answer.mean[:half], answer.mean[half:], store.depth, *store.grid(region).centres()
    mixed = np.concatenate(convect(*water))[:, ocean]
    relative_mixed = np.sqrt(np.square(mixed - truth).mean(axis=1)) / scale
    return np.array(
        [
            *(each[part].mean() for part in halves for each in relative),
            (variance.mean(axis=1) / scale**2).mean(),
            np.nanmean((layer[0] - layer[1]) ** 2),
            100 * inverted(*water).sum() / ((half - 1) * ocean.sum()),
            answer.seconds,
            (squared / scale**2).mean(),
            *(relative_mixed[part].mean() for part in halves),
        ]
    )


if __name__ == "__main__":
    main()
