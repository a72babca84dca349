"""Real states of ice from no observation: months that a model learned to draw, beside later ones.

Autoencoder, denoiser and the features of the Fréchet distance are trained on NSIDC's months of
1978–2004, averaged to 100 km; 2005–2009 was seen by none of them. How far two halves of the record
(even and odd years) are apart, and the months that were learned from those of 2005–2009, stands
beside: the ice has become less. A distance grows as sets shrink, so each is of 60 states a set.

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
from thermocline.systems.seaice.baselines.ensemble import Ensemble
from thermocline.systems.seaice.baselines.tune import library_of
from thermocline.systems.seaice.config import IceSection, settings
from thermocline.systems.seaice.data.physics import CONCENTRATION
from thermocline.systems.seaice.data.states import Ice, States
from thermocline.systems.seaice.evaluation.generation import violations_of
from thermocline.systems.seaice.model.calibrate import contract_of
from thermocline.systems.seaice.model.method import IceModel
from thermocline.systems.seaice.model.training import IceTraining
from thermocline.verify.frechet import frechet_distance
from thermocline.verify.ice_edge import edge_length, extent, marginal_zone_width
from thermocline.verify.text import markdown_table

STATES = 60
"""Of each set: the months of 2005–2009."""
DRAWS = 20
"""Sets of so many states whose distances are averaged."""


class Learned(States):
    """A store whose training states are those of tuning, too."""

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
    parser.add_argument("--steps", type=int, nargs=2, default=(350, 900), help="of both trainings")
    given = parser.parse_args()
    torch.set_num_threads(1)
    config = configuration(1)
    place = StagePaths("seaice", config).store
    write(given.file, config, place)
    own = shortened(settings(config), *given.steps)
    config = config.model_copy(update={"seaice": own})
    store = Learned.open(place)
    training = IceTraining(config, store, None)
    training.run_features(OUT / "states")
    training.run(OUT / "states", lambda step, metrics: print(step, metrics, flush=True))
    ensemble = Ensemble(library_of(store, 12), 3000, 1, 1.0)  # is not asked for anything here
    contract = contract_of(config, store, store.digest())
    model = IceModel(contract, training.networks, training.scaling, ensemble)
    truth, learned = store.states("test"), store.states("train")
    drawn = model.generate_on(truth.day.tolist() * 3, seed=0)
    print(f"{violations_of(drawn, store.ocean)['total']} cells break physics.")
    known = Ice(*(np.concatenate(p) for p in list(zip(learned, truth, strict=True))[:3]), [])
    years = np.concatenate([learned.year, truth.year])
    sets = {
        "generated": (drawn, truth.values),
        "months of 1978–2004": (learned.values, truth.values),
        "even years, odd years": (known.values[years % 2 == 0], known.values[years % 2 == 1]),
    }
    rng = np.random.default_rng(0)
    area = np.asarray(store.grid.cell_area()) / 1e6
    rows = [
        line(name, *pair, training.features, area, store.ocean, rng) for name, pair in sets.items()
    ]
    rows.append(["2005–2009", "–", *shape(truth.values, area, store.ocean)])
    heads = ["States", "FAED", "extent (10⁶ km²)", "edge (km)", "marginal zone (km)"]
    print("\n".join(markdown_table(heads, rows)))


def shortened(own: IceSection, encoding: int, denoising: int) -> IceSection:
    """The section with so many steps of the autoencoder and the denoiser."""
    often = lambda steps: {"steps": steps, "checkpoint_every": steps, "validate_every": steps}
    part = own.training.autoencoder.model_copy(update=often(encoding))
    training = own.training.model_copy(update={**often(denoising), "autoencoder": part})
    return own.model_copy(update={"training": training})


def line(
    name: str,
    first: NDArray,
    second: NDArray,
    features: object,
    area: NDArray,
    ocean: NDArray[np.bool_],
    rng: np.random.Generator,
) -> list[str]:
    """A row: the mean distance of equally large parts of two sets, and what the first is like."""
    sets = [features(each) for each in (first, second)]  # type: ignore[operator]
    some = lambda each: each[rng.choice(len(each), STATES, replace=False)]
    distance = np.mean([frechet_distance(*map(some, sets)) for _ in range(DRAWS)])
    return [name, f"{distance:.3f}", *shape(first, area, ocean)]


def shape(states: NDArray, area: NDArray, ocean: NDArray[np.bool_]) -> list[str]:
    """Mean extent, edge length and width of the marginal zone."""
    ice = states[:, CONCENTRATION]
    found = (f(ice, area, ocean) for f in (extent, edge_length, marginal_zone_width))
    wide, long, narrow = (float(np.nanmean(each)) for each in found)
    return [f"{wide / 1e6:.2f}", f"{long:.0f}", f"{narrow:.0f}"]


if __name__ == "__main__":
    main()
