"""Draws from the prior, each with its values at the observations.

Draw k depends on the seed, the season and k alone, to the bit, and not on other members.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.common.observed import Observed
from thermocline.baselines.ensemble.library import StateLibrary
from thermocline.baselines.ensemble.localised import draw, signs

Draws = tuple[NDArray[np.float64], NDArray[np.float64]]


def sampled_states(
    library: StateLibrary, observed: Observed, members: Sequence[int], seed: int
) -> Draws:
    """Training states of the season without replacement, while there are enough: [M, V], and at
    observations [M, p].
    """
    candidates = np.concatenate([np.arange(s.start, s.stop) for s in observed.season])
    order = np.random.default_rng([seed, 0]).permutation(candidates.size)
    chosen = np.array([order[k % order.size] for k in members], np.int64)
    states = library.states[:, candidates[chosen]].T.astype(np.float64)
    return states, observed.states[:, chosen].T.astype(np.float64)


def gaussian_states(
    library: StateLibrary,
    observed: Observed,
    members: Sequence[int],
    seed: int,
    root: NDArray[np.float32],
    coupling: float = 1.0,
) -> Draws:
    """Draws from N(0, C ∘ L ∘ V) of the season: [M, V], and at observations [M, p].

    Args:
        root: F with F Fᵀ ≈ L (see `localisation_root`).
        coupling: κ; V is κⁿ between levels that are n apart.
    """
    rows = np.zeros((len(members), library.layout.cell.size))
    seen = np.zeros((len(members), len(observed)))
    for row, at, k in zip(rows, seen, members, strict=True):
        signed = None
        if coupling < 1:
            shape = library.layout.shape[0], observed.states.shape[1]
            signed = signs(*shape, coupling, np.random.default_rng([seed, 4, k]))
        generator = np.random.default_rng([seed, 2, k])
        row[:], at[:] = draw(library, observed, root, generator, signed)
    return rows, seen
