"""Making training pairs, which are kept beside the prepared data.

A network that starts from an analysis must be trained on analyses as wrong as those it will meet:
a state is analysed with the covariance of the other members alone (see `leave_out`). One layout of
observations, drawn anew for each few states, serves them all: its factorisation is what costs.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.common.succession import partners
from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.concurrency import side_by_side
from thermocline.config import Config
from thermocline.observe.gridding import error_std
from thermocline.prepare.split import Split
from thermocline.systems.closure import module_digest
from thermocline.systems.paths import pairs_file
from thermocline.systems.reconstruct.baselines.leave_out import Index, LeaveMemberOut, folds
from thermocline.systems.reconstruct.config import settings
from thermocline.systems.reconstruct.data.states import States
from thermocline.systems.reconstruct.model.layouts import draw_around, draw_layout
from thermocline.systems.reconstruct.model.pairs import Pairs, lags_of

CHECKS = 12
"""Layouts of the pairs that training is watched by."""

Progress = Callable[[Sequence[int], str], Iterable[int]]


def make_pairs(
    config: Config,
    store: States,
    ensemble: EnsembleOI,
    split: Split = "train",
    progress: Progress = lambda layouts, label: layouts,
) -> Pairs:
    """Pairs of a split's states; they depend on `config.seed`, the store and `ensemble` alone.

    Args:
        ensemble: the tuned one, whose radius, season and inflation are used.
        split: `validation` gets a pair for each of a few layouts: enough to watch training by.
    """
    masking = settings(config).model.masking
    layouts, each = (masking.layouts, masking.states) if split == "train" else (CHECKS, 1)
    states, months, names = store.states(split)
    ocean = common_ocean(store)
    s_y = observation_error(config, store)
    window = settings(config).data.observe.window
    serial = store.serial(split)
    beside = np.array([partners(serial, lag) for lag in lags_of(2 * window)], np.int64)
    beside = beside.reshape(2 * window, len(states)).T
    layout = np.repeat(np.arange(layouts), each)
    pairs = Pairs(
        observed=np.zeros((layouts, *ocean.shape), bool),
        share=np.zeros(layouts),
        columns=np.zeros(layouts, bool),
        around=np.zeros((layouts, 2 * window, *ocean.shape), bool),
        layout=layout,
        state=np.zeros(layout.size, np.int64),
        beside=np.full((layout.size, 2 * window), -1),
        analysis=np.zeros((layout.size, *ocean.shape), np.float16),
        seed=config.seed + (split != "train"),
    )
    others = LeaveMemberOut(store, ensemble)
    parts = folds(names)
    for part, held_out in enumerate(parts):
        method = others(names[held_out[0]], names[held_out[-1]])
        label = f"Analyses of {len(parts)} folds, {part + 1}"

        def fill(number: int, method: EnsembleOI = method, held_out: Index = held_out) -> None:
            rng = np.random.default_rng([pairs.seed, number])
            drawn = draw_layout(ocean, rng)
            pairs.observed[number], pairs.share[number], pairs.columns[number] = drawn
            pairs.around[number] = draw_around(ocean, *drawn, 2 * window, rng)
            mine = np.flatnonzero(layout == number)
            # All states of a layout are observed in the same months: those at a run's end are not.
            needed = pairs.around[number].any(axis=(1, 2, 3))
            able = held_out[(beside[held_out][:, needed] >= 0).all(axis=1)]
            pairs.state[mine] = rng.choice(able, each, replace=able.size < each)
            pairs.beside[mine] = np.where(needed, beside[pairs.state[mine]], -1)
            pairs.analysis[mine] = method.means(
                [pairs.problem(int(p), states, months, ocean, s_y) for p in mine]
            )

        numbers = range(part, layouts, len(parts))
        for _ in zip(progress(numbers, label), side_by_side(fill, numbers), strict=True):
            pass
    return pairs


def pairs_of(config: Config, store: States, ensemble: EnsembleOI, split: Split = "train") -> Pairs:
    """The pairs of a split, made once; see `pairs_file`."""
    own = settings(config)
    masking = own.model.masking
    identity = f"{store.digest()} {config.seed} {own.data.observe} {ensemble.parameters} {split} "
    identity += f"{masking.layouts} {masking.states} {module_digest(__name__)}"
    make = lambda path: make_pairs(config, store, ensemble, split, _progress).save(path)
    return Pairs.load(pairs_file(store.path, split, identity, make))


def _progress(numbers: Sequence[int], label: str) -> Iterable[int]:
    from rich.progress import track

    return track(numbers, label)


def common_ocean(store: States) -> NDArray[np.bool_]:
    """Where every training state is known, [C, H, W]."""
    masks = store.masks("train")
    return masks if masks.ndim == 3 else np.asarray(masks.all(axis=0))


def observation_error(config: Config, store: States) -> NDArray[np.float32]:
    """Error of an observation in normalised anomalies, [C, H, W]."""
    std = store.statistics.std
    return (error_std(settings(config).data.observe, std) / std).astype(np.float32)
