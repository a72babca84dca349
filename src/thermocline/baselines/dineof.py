"""DINEOF: gaps filled by the empirical orthogonal functions of the training states.

DINEOF (Beckers & Rixen, 2003) replaces the missing values of a map by their projection on the
leading EOFs, again and again, until they no longer change. With the EOFs of a fixed training set
the limit can be written down. Observation error, and the variance the truncation leaves out (it
is noise to the modes that are kept), enter as in its reduced-space form (Kaplan et al., 1997):

    (I + Pᵀ Hᵀ R⁻¹ H P) a = Pᵀ Hᵀ R⁻¹ y,   x = P a,   R = diag(s_y² + v_H)

P [V, K] are EOFs scaled so that a ~ N(0, I), and v the variance outside them. Without error and
truncation (R → 0) this is DINEOF's fixed point: the modes that interpolate the data.
"""

import time

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from thermocline.baselines.layout import Layout
from thermocline.errors import BadConfig, BadObservations
from thermocline.ocean.grid import Grid
from thermocline.ocean.problem import Analysis, Field, Problem


class Dineof:
    """Gap filling on the leading EOFs of the training states.

    Args:
        states: normalised anomalies [N, C, H, W], 0 on land; cells that are 0 in all are land.
        grid: their grid; EOFs are orthogonal by cell area.
        modes: how many EOFs, at most N.
    """

    name = "dineof"

    def __init__(self, states: NDArray, grid: Grid, modes: int):
        states = np.asarray(states)
        if not 1 <= modes <= len(states):
            raise BadConfig(
                f"{modes} modes of {len(states)} states",
                where="dineof.modes",
                fix="use at least one mode and at most as many as there are states",
            )
        self.grid, self.modes = grid, modes
        self.layout = Layout.of((states != 0).any(axis=0), grid)
        self.patterns, self.total = _eofs(states, self.layout, grid, modes)

    def with_modes(self, modes: int) -> "Dineof":
        """The same EOFs, cut to the first `modes`."""
        if not 1 <= modes <= self.patterns.shape[1]:
            raise BadConfig(f"{modes} modes of {self.patterns.shape[1]}", where="dineof.modes")
        other = object.__new__(Dineof)
        other.grid, other.modes, other.layout = self.grid, modes, self.layout
        other.patterns, other.total = self.patterns[:, :modes], self.total
        return other

    def analyse(self, problem: Problem, members: int = 0, seed: int = 0) -> Analysis:
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
        mean = self.patterns @ amplitudes
        directions = self.patterns @ vt.T
        shrunk = np.square(directions, out=directions) @ (s**2 / (1 + s**2)).astype(np.float32)
        variance = np.maximum(self.total - shrunk, 0)
        return Analysis(
            np.where(problem.ocean, self.layout.scatter(mean), np.float32(0)),
            np.where(problem.ocean, self.layout.scatter(np.sqrt(variance), 1), np.float32(0)),
            seconds=time.perf_counter() - start,
        )

    def mean(self, problem: Problem) -> Field:
        """The mean [C, H, W] alone, for less."""
        mean = self.layout.scatter(self.patterns @ self._fit(problem)[0])
        return np.where(problem.ocean, mean, np.float32(0))

    def _fit(self, problem: Problem) -> tuple[NDArray, NDArray, NDArray]:
        """Amplitudes a [K]; and s, Vᵀ of H P / √R = U s Vᵀ.

        By its SVD and not by the normal equations, since s² may be 1e12.
        """
        row = np.flatnonzero(problem.observed.reshape(-1)[self.layout.cell])
        cell = self.layout.cell[row]
        seen = self.patterns[row].astype(np.float64)
        outside = np.maximum(self.total[row] - np.einsum("pk,pk->p", seen, seen), 0)
        error = np.sqrt(problem.s_y.reshape(-1)[cell].astype(np.float64) ** 2 + outside)
        error = np.maximum(error, 1e-6)
        u, s, vt = _svd(seen / error[:, None])
        y = problem.y.reshape(-1)[cell] / error
        amplitudes = vt.T @ (s / (1 + s**2) * (u.T @ y))
        return amplitudes.astype(np.float32), s, vt.astype(np.float32)


def _svd(matrix: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Thin SVD; of no observation at all, no direction."""
    if not len(matrix):
        return np.zeros((0, 0)), np.zeros(0), np.zeros((0, matrix.shape[1]))
    return scipy.linalg.svd(matrix, full_matrices=False, check_finite=False)


def _eofs(
    states: NDArray, layout: Layout, grid: Grid, modes: int
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Scaled EOFs [V, K] and the total variance [V]; by the N × N matrix of inner products."""
    rows = layout.gather(states, np.arange(len(states)))
    area = np.broadcast_to(grid.cell_area(), layout.shape).reshape(-1)[layout.cell]
    weight = np.sqrt(area / area.mean()).astype(np.float32)
    inner = np.zeros((len(states), len(states)))
    for _, tile in layout.tiles:
        part = rows[tile] * weight[tile, None]
        inner += part.T @ part
    _, vectors = scipy.linalg.eigh(
        inner, subset_by_index=(len(states) - modes, len(states) - 1), check_finite=False
    )
    scaled = vectors[:, ::-1] / np.sqrt(len(states))
    total = np.einsum("vn,vn->v", rows, rows).astype(np.float64) / len(states)
    return rows @ scaled.astype(np.float32), total
