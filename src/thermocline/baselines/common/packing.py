"""Training states as one byte a value: small enough to travel with a model."""

import numpy as np
from numpy.typing import NDArray


def pack(states: NDArray) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Codes int8 and scale float32 [V] of states [V, N], so that states ≈ codes · scale[:, None].

    Each value (row) has a scale of its own, its largest magnitude / 127. The error is at most
    half a scale; of normal anomalies (|x| up to about 4 standard deviations), about 0.01
    standard deviations: far below any observation error.
    """
    largest = np.abs(states).max(axis=1, initial=0)
    scale = np.where(largest > 0, largest / 127, 1).astype(np.float32)
    codes = np.clip(np.rint(states / scale[:, None]), -127, 127).astype(np.int8)
    return codes, scale


def unpack(codes: NDArray[np.int8], scale: NDArray[np.float32]) -> NDArray[np.float32]:
    """States float32 [V, N] of what `pack` made."""
    states = codes.astype(np.float32)
    states *= scale[:, None]
    return states
