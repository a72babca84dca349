"""How far two ice edges are apart: of pairs of states, of an ensemble, and of sets of states.

Between a state and the truth the integrated ice-edge error is

    IIEE = O + U,    O, U: area ice-covered in the state only, in the truth only

(Goessling et al., 2016, GRL). O and U are of one pair of states: extents of many states, summed
with their signs, would cancel. With the ensemble's probability of ice p and the truth o ∈ {0, 1}
the spatial probability score is

    SPS = Σ area · (p − o)²

which is IIEE for one member (Goessling & Jung, 2018, QJRMS).

Shapes, units and errors are those of `ice_edge`: concentration [..., H, W], area [H, W] in km²,
ocean [H, W].
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.verify.metrics.ice_edge import is_ice
from thermocline.verify.significance.bootstrap import Interval, mean_reach, widened
from thermocline.verify.significance.resampling import resample


class EdgeError(NamedTuple):
    """Areas [...] in km² that are ice-covered in the state only, and in the truth only."""

    over: NDArray[np.float64]
    under: NDArray[np.float64]

    @property
    def total(self) -> NDArray[np.float64]:
        """The integrated ice-edge error [...], km²."""
        return self.over + self.under


def ice_probability(concentration: NDArray, ocean: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Share of the states [N, ..., H, W] in which a cell is ice-covered, [..., H, W]; 0 on land."""
    return is_ice(concentration, ocean).mean(axis=0)


def probability_rmse(
    probability: NDArray, other: NDArray, area: NDArray, ocean: NDArray[np.bool_]
) -> float:
    """RMSE [1] over the sea, by area, between two fields [H, W] of `ice_probability`.

    Two sets of N and M states of one distribution differ by √(mean p(1 − p) · (1/N + 1/M)).
    """
    return float(np.sqrt(np.average((probability - other)[ocean] ** 2, weights=area[ocean])))


def paired_probability_rmse(
    first: Sequence[NDArray],
    second: Sequence[NDArray],
    truth: NDArray,
    area: NDArray,
    ocean: NDArray[np.bool_],
    block: int,
    n: int = 1000,
    seed: int = 0,
) -> Interval:
    """How far the first's `probability_rmse` is above the second's, mean over pairs of trainings.

    Day k is the same in all sets, and days are in order. The interval holds what days and what
    trainings leave open. Blocks of `block` consecutive days are drawn with replacement, of all sets
    together: states of the truth that follow each other are alike. Of trainings, Student's t is
    taken for the mean of so few; of a single pair nothing is known of another one. The noise that
    resampling adds to each probability is about the same in both errors, so that it makes their
    difference rather too small than too large.

    Args:
        first: of each training, concentration [K, N, H, W] of K states a day.
        second: the same of the other kind, trained alike pair by pair.
        truth: concentration [N, H, W].
        block: days that are drawn together.
        n: resamples.
        seed: of the draws.
    """
    index = resample(len(truth), n, seed, block)
    share = np.stack([np.bincount(i, minlength=len(truth)) for i in index]) / len(truth)
    share = np.concatenate([np.full((1, len(truth)), 1 / len(truth)), share])
    weight = area[ocean] / area[ocean].sum()
    wanted = share @ is_ice(truth, ocean)[:, ocean]
    rmse = lambda states: np.sqrt(
        (share @ ice_probability(states, ocean)[:, ocean] - wanted) ** 2 @ weight
    )
    apart = np.stack([rmse(a) - rmse(b) for a, b in zip(first, second, strict=True)])
    estimate, *draws = apart.mean(axis=0)
    days = widened(float(estimate), np.array(draws), len(truth) / block)
    trainings = mean_reach(apart[:, 0]) if len(apart) > 1 else 0.0
    below, above = np.hypot([estimate - days.low, days.high - estimate], trainings)
    return Interval(float(estimate), float(estimate - below), float(estimate + above))


def ice_edge_error(
    state: NDArray, truth: NDArray, area: NDArray, ocean: NDArray[np.bool_]
) -> EdgeError:
    """Over- and underestimated areas of every pair of states; leading axes broadcast."""
    ice, true_ice = is_ice(state, ocean), is_ice(truth, ocean)
    over, under = ((a * area).sum(axis=(-2, -1)) for a in (ice & ~true_ice, true_ice & ~ice))
    return EdgeError(over, under)


def spatial_probability_score(
    members: NDArray, truth: NDArray, area: NDArray, ocean: NDArray[np.bool_], fair: bool = False
) -> NDArray[np.float64]:
    """SPS [...] of an ensemble [M, ..., H, W] against the truth [..., H, W], km².

    The published score is lower for more members of the same quality; `fair` subtracts
    p(1 − p)/(M − 1), which makes it independent of M (Ferro, 2014, QJRMS), and needs two members.
    """
    if fair and len(members) < 2:
        raise BadData("one member", where="fair spatial probability score", fix="give two or more")
    p = ice_probability(members, ocean)
    score = (p - is_ice(truth, ocean)) ** 2
    if fair:
        score = score - p * (1 - p) / (len(members) - 1)
    return (score * area).sum(axis=(-2, -1))


def wrong_cells(state: NDArray, truth: NDArray, ocean: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many cells [...] are on the wrong side of the edge, whatever their area."""
    return (is_ice(state, ocean) ^ is_ice(truth, ocean)).sum(axis=(-2, -1))
