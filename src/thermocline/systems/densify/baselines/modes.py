"""Joint vertical modes of temperature and salinity: empirical orthogonal functions of columns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Modes:
    """Columns as coefficients: anomaly = E c + truncation error.

    Attributes:
        vectors: E [C, K], orthonormal, the strongest first.
        lost: truncated variance [C].
    """

    vectors: NDArray[np.float32]
    lost: NDArray[np.float32]

    @classmethod
    def of(cls, anomalies: NDArray, ocean: NDArray[np.bool_], explained: float) -> "Modes":
        """As many as explain that share of the variance of states [N, C, H, W]."""
        covariance = np.zeros((anomalies.shape[1],) * 2)
        for state in anomalies:
            column = state[:, ocean].astype(np.float64)
            covariance += column @ column.T
        covariance /= len(anomalies) * ocean.sum()
        values, vectors = np.linalg.eigh(covariance)
        values, vectors = values[::-1], vectors[:, ::-1]
        count = int(np.searchsorted(np.cumsum(values) / values.sum(), explained)) + 1
        kept = vectors[:, :count]
        lost = np.maximum(np.diag(covariance) - (kept**2 @ values[:count]), 0)
        return cls(kept.astype(np.float32), lost.astype(np.float32))

    def coefficients(self, anomalies: NDArray) -> NDArray[np.float32]:
        """c [..., K, H, W] of anomalies [..., C, H, W]."""
        return np.einsum("ck,...cyx->...kyx", self.vectors, anomalies, optimize=True)

    def anomalies(self, coefficients: NDArray) -> NDArray[np.float32]:
        """Anomalies [..., C, H, W] of coefficients [..., K, H, W]."""
        return np.einsum("ck,...kyx->...cyx", self.vectors, coefficients, optimize=True)

    def variance(self, covariance: NDArray) -> NDArray[np.float32]:
        """Variance [C, s] of anomalies whose coefficients have covariances [s, K, K]."""
        e = self.vectors
        return np.einsum("ck,skl,cl->cs", e, covariance, e, optimize=True) + self.lost[:, None]
