"""States to begin an ensemble from, each with what it would have been observed as.

Draw k depends on the seed, the season and k alone, to the bit: not on which others are asked for.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.library import StateLibrary
from thermocline.baselines.localised import draw, signs
from thermocline.baselines.observed import Observed

Draws = tuple[NDArray[np.float64], NDArray[np.float64]]


def dealt_states(
    library: StateLibrary, observed: Observed, members: Sequence[int], seed: int
) -> Draws:
    """Training states of the season, dealt like cards: [M, V], and at observations [M, p]."""
    cards = np.concatenate([np.arange(s.start, s.stop) for s in observed.season])
    deal = np.random.default_rng([seed, 0]).permutation(cards.size)
    chosen = np.array([deal[k % deal.size] for k in members], np.int64)
    states = library.states[:, cards[chosen]].T.astype(np.float64)
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
