"""Does a generator repeat its training states? A test by nearest neighbours.

The distance of a state to the training set is that to its nearest member,

    d(x) = min over training y of √ mean over variables v and sea cells of ((x_v − y_v)/s_v)²

Real states that were held out have such distances, too. A generator that learned the distribution
has the same ones; one that copies has smaller ones (Meehan et al., 2020, AISTATS, test the ranks
of the same distances). If both sets are alike, labels can be exchanged: the share of permutations
with a statistic as extreme as the real one is the p-value, exact for independent states.

Held-out states must be as far from the training set as new ones are: of other years or another
run, never days that lie between training days. Thin states that follow each other closely.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermocline.errors import BadData

QUANTILE = 0.01
"""Of the held-out distances: nearer than it is suspiciously near."""
_CHUNK = 256  # training states at a time


@dataclass(frozen=True)
class Memorisation:
    """What the nearest neighbours say.

    Attributes:
        ratio: median distance of generated states by that of held-out ones; below 1 if copied.
        share: share of generated states nearer than `threshold`; about 0.01 if none is copied.
        threshold: the 1 % quantile of the held-out distances.
        ratio_p: p-value of so small a ratio, if nothing is copied.
        share_p: p-value of so large a share; it finds the few copies that a median does not see.
    """

    ratio: float
    share: float
    threshold: float
    ratio_p: float
    share_p: float


def nearest_distance(
    states: NDArray, training: NDArray, scale: ArrayLike, ocean: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """d [N] of states [N, V, H, W] to the training set [M, V, H, W]; no unit.

    Args:
        scale: s, the standard deviation of each variable [V], in its unit.
        ocean: where there is sea [H, W]; what stands on land is not read.

    Raises:
        BadData: for missing values at sea, an empty training set or a scale that is not positive.
    """
    spread = np.asarray(scale, np.float64)
    if not (spread > 0).all() or len(training) == 0:
        raise BadData(f"{len(training)} training states, scale {spread}", where="memorisation")
    vectors = _vectors(states, spread, ocean)
    best = np.full(len(vectors), np.inf)
    for start in range(0, len(training), _CHUNK):
        others = _vectors(training[start : start + _CHUNK], spread, ocean)
        # ‖x‖² + ‖y‖² − 2 x·y finds the nearest fast; its rounding would hide an exact copy.
        nearest = np.argmin((others**2).sum(axis=1) - 2 * vectors @ others.T, axis=1)
        best = np.minimum(best, np.mean((vectors - others[nearest]) ** 2, axis=1))
    return np.sqrt(best)


def memorisation(
    generated: ArrayLike, held_out: ArrayLike, n: int = 999, seed: int = 0
) -> Memorisation:
    """Compare `nearest_distance` of generated states [N] with that of held-out real ones [M].

    Args:
        n: permutations; the smallest p-value is 1/(n + 1).

    Raises:
        BadData: for an empty set, a distance that is not finite, or held-out states that are
            training states themselves (a median distance of 0).
    """
    near, real = np.asarray(generated, np.float64), np.asarray(held_out, np.float64)
    if not near.size or not real.size or not np.isfinite(np.append(near, real)).all():
        raise BadData("distances are missing or not finite", where="memorisation")
    if np.median(real) <= 0:
        raise BadData(
            "half of the held-out states are training states",
            where="memorisation",
            fix="hold out years or members that were not trained on",
        )
    both, rng = np.concatenate([near, real]), np.random.default_rng(seed)
    drawn = rng.permuted(np.broadcast_to(both, (n, both.size)), axis=1)
    ratios, shares, _ = _statistics(drawn, near.size)
    ratio, share, threshold = (float(s[0]) for s in _statistics(both[None], near.size))
    ratio_p, share_p = (
        float((1 + extreme.sum()) / (n + 1)) for extreme in (ratios <= ratio, shares >= share)
    )
    return Memorisation(ratio, share, threshold, ratio_p, share_p)


def _statistics(distances: NDArray, count: int) -> tuple[NDArray, NDArray, NDArray]:
    """Ratio, share and threshold [n] if the first `count` of distances [n, N + M] are generated."""
    near, real = distances[:, :count], distances[:, count:]
    middle = np.median(real, axis=1)
    ratio = np.median(near, axis=1) / np.where(middle > 0, middle, np.nan)
    threshold = np.quantile(real, QUANTILE, axis=1)
    return ratio, (near < threshold[:, None]).mean(axis=1), threshold


def _vectors(states: NDArray, scale: NDArray, ocean: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Normalised sea values [N, V × cells]."""
    values = np.asarray(states)[..., ocean].astype(np.float64) / scale[:, None]
    if not np.isfinite(values).all():
        raise BadData(
            "missing values at sea", where="memorisation", fix="mask where there are none"
        )
    return values.reshape(len(values), -1)
