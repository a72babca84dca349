"""Is a censored decoder worth it? Pairs of trainings, alike but for the decoder's likelihood.

    python -m benchmarks.ice_decoders [--pairs 3] [--copies 4] [--steps 1223 1098]

The latent variants of `ice_variants.py`, trained with seeds 0, 1, …; each draws `--copies` sets of
states for the days of the withheld truth, as they are and with the moments of the validation years'
states. Prints the RMSE of each one's probability of ice; after each pair the mean difference of all
pairs so far, censored minus Gaussian, with its 95 % interval over days (in blocks of a quarter of a
year) and trainings. Needs the prepared data and the calibrated model of the pipeline: `dvc repro
calibrate@seaice` before. A pair takes some twelve minutes of a core.
"""

import argparse
from collections import defaultdict
from dataclasses import replace

import numpy as np
import torch
from benchmarks.ice_training import trained
from benchmarks.ice_variants import HOW, VARIANTS
from numpy.typing import NDArray

from thermocline import systems
from thermocline.systems.config import load_config
from thermocline.systems.paths import StagePaths
from thermocline.systems.seaice.data.physics import CONCENTRATION
from thermocline.systems.seaice.data.states import States
from thermocline.systems.seaice.model.calibrate import contract_of, moments
from thermocline.systems.seaice.model.method import IceModel
from thermocline.verify.board.text import markdown_table
from thermocline.verify.metrics.ice_edge_error import (
    ice_probability,
    paired_probability_rmse,
    probability_rmse,
)

DECODERS = "censored", "Gaussian"
STATES = 360
"""Days of the truth, one in five."""
BLOCK = 18
"""Days that are drawn together for the interval: a quarter of a year."""
APART = 1000
"""Between the seeds of two sets of states of a training."""


def main() -> None:
    """Train, draw, and print what both decoders are worth."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=3, help="trainings of each decoder")
    parser.add_argument("--copies", type=int, default=4, help="states of each, a day")
    parser.add_argument(
        "--steps",
        type=int,
        nargs=2,
        default=(1223, 1098),
        help="of autoencoder and denoiser; the default is 210 s of one core",
    )
    given = parser.parse_args()
    torch.set_num_threads(1)
    paths = StagePaths("seaice", load_config())
    store, judged = States.open(paths.store), systems.get("seaice").load(paths.model)
    truth = store.states("test", STATES)
    true_ice, area = truth.values[:, CONCENTRATION], np.asarray(store.grid.cell_area()) / 1e6
    wanted = ice_probability(true_ice, store.ocean)
    drawn: dict[tuple[str, str], list[NDArray]] = defaultdict(list)
    steps = dict(zip(("autoencoder", "denoiser"), given.steps, strict=True))
    rows = []
    for seed in range(given.pairs):
        for decoder in DECODERS:
            model = one_trained(decoder, seed, store, judged, steps)
            own = model.contract.seed
            for how, matching in zip(HOW, (None, moments(model, store, own)), strict=True):
                ice = sets(model.matched(matching), truth.day.tolist(), own, given.copies)
                drawn[decoder, how].append(ice)
                p = ice_probability(ice.reshape(-1, *ice.shape[2:]), store.ocean)
                rmse = probability_rmse(p, wanted, area, store.ocean)
                rows.append([str(seed), decoder, how, f"{rmse:.4f}"])
                print(*rows[-1], flush=True)
        for how in HOW:
            pair = (drawn[decoder, how] for decoder in DECODERS)
            found = paired_probability_rmse(*pair, true_ice, area, store.ocean, BLOCK)
            print(
                f"P(ice) RMSE, censored minus Gaussian, {how}: {found.estimate:.4f}, 95 % interval "
                f"[{found.low:.4f}, {found.high:.4f}], pairs of trainings: {seed + 1}",
                flush=True,
            )
    print("\n".join(markdown_table(["Seed", "Decoder", "Moments", "P(ice) RMSE"], rows)))


def one_trained(
    decoder: str, seed: int, store: States, judged: IceModel, steps: dict[str, int]
) -> IceModel:
    """A latent variant, trained with the `seed`-th seed from that of params.yaml on."""
    changes = {f"seaice.{key}": value for key, value in VARIANTS[f"latent, {decoder}"].items()}
    config = load_config(overrides=changes | {"seed": load_config().seed + seed})
    contract = contract_of(config, store, judged.contract.data_digest)
    return replace(trained(config, store, judged, steps), contract=contract)


def sets(model: IceModel, days: list[int], seed: int, copies: int) -> NDArray[np.float32]:
    """Concentration of states [copies, N, H, W] of these days."""
    made = [model.generate_on(days, seed + APART * k)[:, CONCENTRATION] for k in range(copies)]
    return np.stack(made)


if __name__ == "__main__":
    main()
