"""Training pairs: a state, how it was observed, and what the ensemble OI made of that."""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermocline.config import MaskingConfig
from thermocline.errors import BadConfig
from thermocline.files import atomic_path
from thermocline.ocean.anomalies import AnomalyNeighbour, AnomalyProblem
from thermocline.ocean.problem import Field, Mask
from thermocline.systems.reconstruct.baselines.leave_out import Index
from thermocline.systems.reconstruct.model.layouts import MAX_SHARE, MIN_SHARE


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
        if masking.ratio < 1 - MAX_SHARE:
            raise BadConfig(
                f"a ratio of {masking.ratio:g}, and every analysis hides {1 - MAX_SHARE:g} or more",
                where="reconstruct.model.masking.ratio",
                fix=f"give at least {1 - MAX_SHARE:g}, lower ones are the same training; or set "
                "masking.analysis to false",
            )
        fits = self.share <= max(1 - masking.ratio, MIN_SHARE * 1.5)
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


def lags_of(months: int) -> tuple[int, ...]:
    """The lags of the months around, such as (−1, 1) for two."""
    window = months // 2
    return (*range(-window, 0), *range(1, window + 1))
