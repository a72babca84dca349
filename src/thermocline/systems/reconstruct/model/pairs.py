"""Training pairs: a state, how it was observed, and what the ensemble OI made of that.

A network that starts from an analysis must be trained on analyses as wrong as those it will meet:
a state is analysed with the covariance of the other members alone (see `leave_out`). One layout of
observations, drawn anew for each few states, serves them all: its factorisation is what costs.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.ensemble_oi import EnsembleOI
from thermocline.baselines.succession import partners
from thermocline.concurrency import side_by_side
from thermocline.config import Config, MaskingConfig
from thermocline.errors import BadConfig
from thermocline.files import atomic_path
from thermocline.observe.gridding import error_std
from thermocline.observe.patterns import random_cells, random_columns
from thermocline.observe.window import thinned
from thermocline.ocean.anomalies import AnomalyNeighbour, AnomalyProblem
from thermocline.ocean.problem import Field, Mask
from thermocline.prepare.split import Split
from thermocline.systems.closure import module_digest
from thermocline.systems.reconstruct.baselines.leave_out import Index, LeaveOut, folds
from thermocline.systems.reconstruct.config import settings
from thermocline.systems.reconstruct.data.cases import MOST as CELLS
from thermocline.systems.reconstruct.data.states import States

LEAST, MOST = 0.003, 0.1
"""The smallest and the largest share of columns or cells observed."""
WHOLE = 0.8
"""The share of layouts that observe whole columns; the others observe cells of each level."""
CHECKS = 12
"""Layouts of the pairs that training is watched by."""
SEEN = 0.75
"""The share of layouts that observe a month of the window, drawn for each of its months."""

Progress = Callable[[Sequence[int], str], Iterable[int]]


@dataclass(frozen=True, eq=False)
class Pairs:
    """P pairs of L layouts.

    Attributes:
        observed: the layouts [L, C, H, W].
        share: of the columns or cells that each observes [L].
        columns: whether it observes whole columns [L].
        around: what is observed in the months around, [L, 2·W, C, H, W] for a window of W months.
        layout, state: of each pair [P], as indices of a layout and of a training state.
        beside: the states of those months [P, 2·W]; −1 where there is none, and nothing is seen.
        analysis: normalised anomalies [P, C, H, W], in half precision.
        seed: of the observations' errors.
    """

    observed: NDArray[np.bool_]
    share: NDArray[np.float64]
    columns: NDArray[np.bool_]
    around: NDArray[np.bool_]
    layout: Index
    state: Index
    beside: Index
    analysis: NDArray[np.float16]
    seed: int

    def __len__(self) -> int:
        return len(self.state)

    def within(self, masking: MaskingConfig) -> Index:
        """The pairs whose layout is of the pattern, and hides as much as the ratio says.

        Raises:
            BadConfig: if there is none, or if the ratio is less than all of them hide.
        """
        if masking.ratio < 1 - MOST:
            raise BadConfig(
                f"a ratio of {masking.ratio:g}, and every analysis hides {1 - MOST:g} or more",
                where="reconstruct.model.masking.ratio",
                fix=f"give at least {1 - MOST:g}, lower ones are the same training; or set "
                "masking.analysis to false",
            )
        fits = self.share <= max(1 - masking.ratio, LEAST * 1.5)
        if masking.pattern != "mixed":
            fits &= self.columns == (masking.pattern == "columns")
        found = np.flatnonzero(fits[self.layout])
        if not found.size:
            raise BadConfig(
                f"none of {len(self.share)} layouts hides {masking.ratio:.1%} as {masking.pattern}",
                where="masking",
                fix="give more masking.layouts, or a lower masking.ratio",
            )
        return found

    def noise(self, pair: int, month: int = 0) -> NDArray[np.float32]:
        """Standard normal errors [C, H, W] of a pair's observations, the same at each call.

        Args:
            month: 0 for its own; k for the k-th of those around.
        """
        rng = np.random.default_rng([self.seed, 1, pair, *([month] if month else [])])
        return rng.standard_normal(self.observed.shape[1:], dtype=np.float32)

    def seen(
        self, pair: int, states: NDArray, s_y: NDArray, around: int | None = None
    ) -> tuple[Field, Field, Mask]:
        """What is observed of a pair's state: y, its error, and where, each [C, H, W].

        Args:
            s_y: standard deviation of the errors [C, H, W].
            around: the k-th of the months around, instead of the pair's own.
        """
        layout = self.layout[pair]
        if around is None:
            state, observed, month = self.state[pair], self.observed[layout], 0
        else:
            state, observed = self.beside[pair, around], self.around[layout, around]
            month = around + 1
        y = np.where(observed, states[state] + s_y * self.noise(pair, month), 0)
        errors = np.where(observed, s_y, np.float32(1))
        return y.astype(np.float32), errors.astype(np.float32), observed

    def problem(
        self, pair: int, states: NDArray, months: NDArray, ocean: NDArray[np.bool_], s_y: NDArray
    ) -> AnomalyProblem:
        """What was observed of a pair's state and of the months around; `s_y` as for `seen`."""
        around = tuple(
            AnomalyNeighbour(lag, *self.seen(pair, states, s_y, k))
            for k, lag in enumerate(lags_of(self.beside.shape[1]))
            if self.beside[pair, k] >= 0 and self.around[self.layout[pair], k].any()
        )
        month = int(months[self.state[pair]])
        return AnomalyProblem(*self.seen(pair, states, s_y), ocean, month, around=around)

    def save(self, path: Path) -> None:
        """Write as safetensors, atomically."""
        from safetensors.numpy import save_file

        arrays = {each.name: np.asarray(getattr(self, each.name)) for each in fields(self)}
        with atomic_path(path) as temporary:
            save_file(arrays, temporary)

    @classmethod
    def load(cls, path: Path) -> "Pairs":
        """What `save` wrote, read where it is indexed: large parts stay in the file."""
        from safetensors.torch import load_file

        arrays = {name: part.numpy() for name, part in load_file(path).items()}
        return cls(seed=int(arrays.pop("seed")), **arrays)


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
    others = LeaveOut(store, ensemble)
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
    """The pairs of a split: those beside the store, or new ones, that are kept there.

    Of earlier data, settings or code nothing is kept. Processes that make them at once make the
    same.
    """
    own = settings(config)
    masking = own.model.masking
    identity = f"{store.digest()} {config.seed} {own.data.observe} {ensemble.parameters} {split} "
    identity += f"{masking.layouts} {masking.states} {module_digest(__name__)}"
    digest = sha256(identity.encode())
    folder = store.path.with_suffix(".pairs")
    path = folder / f"{split}-{digest.hexdigest()[:16]}.safetensors"
    if not path.is_file():
        for stale in folder.glob(f"{split}-*.safetensors"):
            stale.unlink(missing_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        make_pairs(config, store, ensemble, split, _progress).save(path)
    return Pairs.load(path)


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


def draw_layout(
    ocean: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[NDArray[np.bool_], float, bool]:
    """Where is observed [C, H, W], the share, and whether whole columns are.

    The share is drawn evenly over orders of magnitude.
    """
    share = LEAST * (MOST / LEAST) ** rng.random()
    columns = bool(rng.random() < WHOLE)
    draw = random_columns if columns else random_cells
    return draw(ocean, share, rng), share, columns


def draw_around(
    ocean: NDArray[np.bool_],
    own: NDArray[np.bool_],
    share: float,
    columns: bool,
    months: int,
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """What is observed in the months around [months, C, H, W]: other columns, some months none.

    Where cells are observed, not columns, nothing is: as in the published protocol.
    """
    found = np.zeros((months, *ocean.shape), bool)
    for month in found:
        if columns and rng.random() < SEEN:
            month[:] = random_columns(ocean, share, rng)
    unseen = np.zeros(ocean.shape, np.float32)
    seen = [
        AnomalyNeighbour(k + 1, unseen, unseen + 1, month)
        for k, month in enumerate(found)
        if month.any()
    ]
    kept = {each.lag: each.observed for each in thinned(seen, CELLS - int(own.sum()))}
    nothing = unseen > 0
    return np.array([kept.get(k + 1, nothing) for k in range(months)]).reshape(found.shape)


def lags_of(months: int) -> tuple[int, ...]:
    """The lags of the months around, such as (−1, 1) for two."""
    window = months // 2
    return (*range(-window, 0), *range(1, window + 1))
