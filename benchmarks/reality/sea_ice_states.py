"""Real states of ice from no observation: months that a model learned to draw, beside later ones.

Autoencoder, denoiser and the features of the Fréchet distance are trained on NSIDC's months of
1978–2004, averaged to 100 km; 2005–2009 was seen by none of them. How far the learned months are
from those, and two halves of the record (even and odd years) from each other, stands beside. A
distance grows as sets shrink, so that all are of 60 states a set.

    python -m benchmarks.reality.sea_ice_states nsidc0051_nasateam_arctic_monthly_197811-200912.nc
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from benchmarks.reality.sea_ice import OUT, configuration, write
from numpy.typing import NDArray

from thermocline.prepare.split import Split
from thermocline.systems.paths import StagePaths
from thermocline.systems.seaice.config import IceSection, settings
from thermocline.systems.seaice.data.physics import CONCENTRATION
from thermocline.systems.seaice.data.states import Ice, States
from thermocline.systems.seaice.evaluation.generation import violations_of
from thermocline.systems.seaice.model.generate import decoded, draw
from thermocline.systems.seaice.model.training import IceTraining
from thermocline.verify.board.text import markdown_table
from thermocline.verify.metrics.frechet import frechet_distance
from thermocline.verify.metrics.ice_edge import edge_length, extent, marginal_zone_width

STATES = 60
"""Of each set: the months of 2005–2009."""
DRAWS = 20
"""Sets of so many states whose distances are averaged."""
SEEDS = 3


class Learned(States):
    """A store whose training states are those for tuning, too."""

    def states(self, split: Split, most: int | None = None) -> Ice:
        """See `States`."""
        if split != "train":
            return super().states(split, most)
        both = [super(Learned, self).states(each) for each in ("train", "validation")]
        *arrays, names = zip(*both, strict=True)
        return Ice(*(np.concatenate(part) for part in arrays), [n for part in names for n in part])


def main() -> None:
    """Prepare, train, draw, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--steps", type=int, nargs=2, default=(300, 500), help="of both trainings")
    given = parser.parse_args()
    torch.set_num_threads(1)
    config = configuration(2)
    place = StagePaths("seaice", config).store
    write(given.file, config, place)
    own = shortened(settings(config), *given.steps)
    store = Learned.open(place)
    training = IceTraining(config.model_copy(update={"seaice": own}), store, None)
    training.run_features(OUT / "states")
    training.run(OUT / "states", lambda step, metrics: print(step, metrics, flush=True))
    truth, learned = store.states("test"), store.states("train")
    parts = training.networks, training.scaling, own.model.process, own.sampling
    latents = (draw(*parts, truth.day.tolist(), range(STATES), seed) for seed in range(SEEDS))
    drawn = np.concatenate([decoded(*parts[:2], each) for each in latents])
    print(f"{violations_of(drawn, store.ocean)['total']} cells break physics.")
    record = np.concatenate([learned.values, truth.values])
    even = np.concatenate([learned.year, truth.year]) % 2 == 0
    sets = {
        "generated": (drawn, truth.values),
        "months of 1978–2004": (learned.values, truth.values),
        "even years, from odd years": (record[even], record[~even]),
    }
    area = np.asarray(store.grid.cell_area()) / 1e6
    rows = []
    for name, pair in sets.items():
        features = [training.features(each) for each in pair]
        rows.append([name, f"{distance(*features):.3f}", *shape(pair[0], area, store.ocean)])
    rows.append(["2005–2009", "–", *shape(truth.values, area, store.ocean)])
    heads = ["States", "FAED", "extent (10⁶ km²)", "edge (km)", "marginal zone (km)"]
    print("\n".join(markdown_table(heads, rows)))


def shortened(own: IceSection, encoding: int, denoising: int) -> IceSection:
    """The section with so many steps of the autoencoder and the denoiser."""
    often = lambda steps: {"steps": steps, "checkpoint_every": steps, "validate_every": steps}
    part = own.training.autoencoder.model_copy(update=often(encoding))
    training = own.training.model_copy(update={**often(denoising), "autoencoder": part})
    return own.model_copy(update={"training": training})


def distance(first: NDArray, second: NDArray) -> float:
    """Mean Fréchet distance of equally large parts of two sets of features [N, F]."""
    rng = np.random.default_rng(0)
    some = lambda each: each[rng.choice(len(each), STATES, replace=False)]
    return float(np.mean([frechet_distance(some(first), some(second)) for _ in range(DRAWS)]))


def shape(states: NDArray, area: NDArray, ocean: NDArray[np.bool_]) -> list[str]:
    """Mean extent, edge length and width of the marginal zone."""
    ice = states[:, CONCENTRATION]
    found = (f(ice, area, ocean) for f in (extent, edge_length, marginal_zone_width))
    wide, long, narrow = (float(np.nanmean(each)) for each in found)
    return [f"{wide / 1e6:.2f}", f"{long:.0f}", f"{narrow:.0f}"]


if __name__ == "__main__":
    main()
