"""Universal kriging of the cells of a block from the means of the blocks around it, exactly.

The cells of a window of n × n blocks are a plane with unknown coefficients plus a Gaussian field
of covariance K; A takes their means over the sea of each block, with errors of covariance R. Then
(Cressie, 1993, Statistics for Spatial Data, ch. 3), with F the positions (1, y, x) of the blocks'
means, F_c those of the cells, S = A K Aᵀ + R, c = K_c· Aᵀ, M = Fᵀ S⁻¹ F and D = F_c − c S⁻¹ F:

    mean = (c S⁻¹ + D M⁻¹ Fᵀ S⁻¹) y,    variance = K_cc − c S⁻¹ cᵀ + D M⁻¹ Dᵀ  (the diagonal),

so that planes, and means over half a block of sea, come out right to rounding.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from thermocline.baselines.common.cholesky import factorise, solve
from thermocline.baselines.common.variogram import Covariance


@dataclass(frozen=True, eq=False)
class Filter:
    """Gain and error of the cells of a window's middle block, given p known blocks.

    Attributes:
        gain: [factor², p]; its rows sum to 1.
        std: [factor²], °C.
        precision: S⁻¹ − S⁻¹ F M⁻¹ Fᵀ S⁻¹ [p, p], of χ².
        freedom: p − q.
    """

    gain: NDArray[np.float64]
    std: NDArray[np.float64]
    precision: NDArray[np.float64]
    freedom: int


class Window:
    """The cells of a window and their covariance."""

    def __init__(self, covariance: Covariance, factor: int, reach: int):
        side = 2 * reach + 1
        row, column = np.indices((side * factor,) * 2).reshape(2, -1)
        self.block = row // factor * side + column // factor
        self.middle = np.flatnonzero(self.block == side * side // 2)
        y, x = ((each + 0.5) / factor - side / 2 for each in (row, column))  # in blocks
        self.plane = np.stack([np.ones(row.size), y, x], axis=1)
        self.covariance = covariance(row[:, None] - row, column[:, None] - column)
        # Errors differ from block to block and from day to day; sea and land do not.
        self._seen = lru_cache(maxsize=1024)(self._means)

    def filter(self, known: bytes, s_y: bytes, sea: bytes) -> Filter:
        """Weights of the known blocks: `known` [n²] and `sea` [cells] bool, `s_y` [p] float64."""
        means, c, plane = self._seen(known, sea)
        p, q = plane.shape
        factor = factorise(means.copy(), np.frombuffer(s_y))
        weighted = solve(factor, plane)  # S⁻¹ F
        m = plane.T @ weighted
        lacking = self.plane[self.middle, :q] - c @ weighted  # D
        direct, drift = solve(factor, c.T).T, np.linalg.solve(m, weighted.T)
        variance = self.covariance[0, 0] - np.einsum("fp,fp->f", direct, c)
        variance += np.einsum("fq,qr,fr->f", lacking, np.linalg.inv(m), lacking)
        precision = solve(factor, np.eye(p)) - weighted @ drift
        return Filter(direct + lacking @ drift, np.sqrt(np.maximum(variance, 0)), precision, p - q)

    def _means(self, known: bytes, sea: bytes) -> tuple[NDArray, NDArray, NDArray]:
        """A K Aᵀ [p, p], c [factor², p] and F [p, q], which do not depend on the errors."""
        number = np.cumsum(np.frombuffer(known, bool)) - 1
        p = int(number[-1]) + 1
        seen = np.flatnonzero(np.frombuffer(sea, bool) & np.frombuffer(known, bool)[self.block])
        of = number[self.block[seen]]
        mean = sp.csr_array(
            (1 / np.bincount(of, minlength=p)[of], (of, seen)), (p, self.block.size)
        )
        with_cells, plane = mean @ self.covariance, mean @ self.plane
        q = 3 if np.linalg.matrix_rank(plane) == 3 else 1  # no slope across a line of blocks
        means = np.ascontiguousarray((mean @ with_cells.T).T)
        return means, with_cells[:, self.middle].T, plane[:, :q]
