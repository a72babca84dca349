"""DINEOF: gaps filled by the empirical orthogonal functions of the training states.

DINEOF (Beckers & Rixen, 2003) replaces the missing values of a map by their projection on the
leading EOFs, again and again, until they no longer change. With the EOFs of a fixed training set
the limit can be written down. Observation error, and the variance the truncation leaves out (it
is noise to the modes that are kept), enter as in its reduced-space form (Kaplan et al., 1997):

    (I + Pᵀ Hᵀ R⁻¹ H P) a = Pᵀ Hᵀ R⁻¹ y,   x = P a,   R = diag(s_y² + v_H)

P [V, K] are EOFs scaled so that a ~ N(0, I), and v the variance outside them. Without error and
truncation (R → 0) this is DINEOF's fixed point: the modes that interpolate the data. Observations
of other months enter by lagged patterns: the regression of what follows a state on its amplitudes.
"""

import time

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from thermocline.baselines.common.layout import Layout
from thermocline.baselines.common.observed import places
from thermocline.baselines.common.succession import partners
from thermocline.errors import BadConfig, BadObservations
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.grid import Grid
from thermocline.ocean.problem import Analysis, Field


class Dineof:
    """Gap filling on the leading EOFs of the training states.

    Args:
        states: normalised anomalies [N, C, H, W], 0 on land; cells that are 0 in all are land.
        grid: their grid; EOFs are orthogonal by cell area.
        modes: how many EOFs, at most N.
        serial: number [N] of each state's month (see `StateLibrary`), for observations of other
            months; without it these are not used.
        window: how many months on either side lagged patterns are kept for.
    """

    name = "dineof"

    def __init__(
        self,
        states: NDArray,
        grid: Grid,
        modes: int,
        *,
        serial: NDArray | None = None,
        window: int = 0,
    ):
        states = np.asarray(states)
        if not 1 <= modes <= len(states):
            raise BadConfig(
                f"{modes} modes of {len(states)} states",
                where="dineof.modes",
                fix="use at least one mode and at most as many as there are states",
            )
        self.grid, self.modes = grid, modes
        self.layout = Layout.of((states != 0).any(axis=0), grid)
        rows = self.layout.gather(states, np.arange(len(states)))
        amplitudes = _amplitudes(rows, self.layout, grid, modes)
        self.patterns = {0: rows @ amplitudes}
        if serial is not None:
            for lag in (*range(-window, 0), *range(1, window + 1)):
                self.patterns[lag] = _lagged_patterns(rows, amplitudes, partners(serial, lag))
        self.total = np.einsum("vn,vn->v", rows, rows).astype(np.float64) / len(states)

    def with_modes(self, modes: int) -> "Dineof":
        """The same EOFs, cut to the first `modes`."""
        most = self.patterns[0].shape[1]
        if not 1 <= modes <= most:
            raise BadConfig(f"{modes} modes of {most}", where="dineof.modes")
        other = object.__new__(Dineof)
        other.grid, other.modes, other.layout = self.grid, modes, self.layout
        other.patterns = {lag: each[:, :modes] for lag, each in self.patterns.items()}
        other.total = self.total
        return other

    def analyse(self, problem: AnomalyProblem, members: int = 0, seed: int = 0) -> Analysis:
        """Mean and standard deviation [C, H, W]; a Gaussian, so without members.

        Sea cells that no training state covers get the prior: mean 0, standard deviation 1.
        """
        start = time.perf_counter()
        if problem.ocean.shape != self.layout.shape:
            raise BadObservations(
                f"a problem of shape {problem.ocean.shape}, states of {self.layout.shape}",
                where=problem.case,
            )
        amplitudes, s, vt = self._fit(problem)
        mean = self.patterns[0] @ amplitudes
        directions = self.patterns[0] @ vt.T
        shrunk = np.square(directions, out=directions) @ (s**2 / (1 + s**2)).astype(np.float32)
        variance = np.maximum(self.total - shrunk, 0)
        return Analysis(
            np.where(problem.ocean, self.layout.scatter(mean), np.float32(0)),
            np.where(problem.ocean, self.layout.scatter(np.sqrt(variance), 1), np.float32(0)),
            seconds=time.perf_counter() - start,
        )

    def mean(self, problem: AnomalyProblem) -> Field:
        """The mean [C, H, W] alone, for less."""
        mean = self.layout.scatter(self.patterns[0] @ self._fit(problem)[0])
        return np.where(problem.ocean, mean, np.float32(0))

    def _fit(self, problem: AnomalyProblem) -> tuple[NDArray, NDArray, NDArray]:
        """Amplitudes a [K]; and s, Vᵀ of H P / √R = U s Vᵀ.

        By its SVD and not by the normal equations, since s² may be 1e12.
        """
        row, lag, y, s_y = places(problem, self.layout)
        seen = np.zeros((row.size, self.modes))
        for each in np.unique(lag):
            if int(each) not in self.patterns:
                raise BadObservations(
                    f"observations {each:+d} months away, and no patterns of that lag",
                    where=problem.case,
                    fix="leave them out",
                )
            mine = lag == each
            seen[mine] = self.patterns[int(each)][row[mine]]
        outside = np.maximum(self.total[row] - np.einsum("pk,pk->p", seen, seen), 0)
        error = np.maximum(np.sqrt(s_y**2 + outside), 1e-6)
        u, s, vt = _svd(seen / error[:, None])
        amplitudes = vt.T @ (s / (1 + s**2) * (u.T @ (y / error)))
        return amplitudes.astype(np.float32), s, vt.astype(np.float32)


def _svd(matrix: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Thin SVD; of no observation at all, no direction."""
    if not len(matrix):
        return np.zeros((0, 0)), np.zeros(0), np.zeros((0, matrix.shape[1]))
    return scipy.linalg.svd(matrix, full_matrices=False, check_finite=False)


def _amplitudes(
    rows: NDArray[np.float32], layout: Layout, grid: Grid, modes: int
) -> NDArray[np.float32]:
    """Factors [N, K] that turn rows [V, N] into scaled EOFs; from the N × N inner products."""
    area = np.broadcast_to(grid.cell_area(), layout.shape).reshape(-1)[layout.cell]
    weight = np.sqrt(area / area.mean()).astype(np.float32)
    count = rows.shape[1]
    inner = np.zeros((count, count))
    for _, tile in layout.tiles:
        part = rows[tile] * weight[tile, None]
        inner += part.T @ part
    _, vectors = scipy.linalg.eigh(
        inner, subset_by_index=(count - modes, count - 1), check_finite=False
    )
    return (vectors[:, ::-1] / np.sqrt(count)).astype(np.float32)


def _lagged_patterns(
    rows: NDArray[np.float32], amplitudes: NDArray[np.float32], partner: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Regression [V, K] of each state's partner on its amplitudes."""
    known = partner >= 0
    share = known.mean() or 1.0
    return rows[:, partner[known]] @ (amplitudes[known] / np.float32(share))
