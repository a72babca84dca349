"""Learning from observed columns only, without a dense truth.

    L = ‖A·Y·o·(x − x̂)‖² / Σ A·Y·o,      x̂ = D(x_t; α, σ | Ã x, Ã),      Ã = B·A

A: observed columns; Y: their valid levels; o: ocean; B hides columns, the same in every channel.
The network does not know which columns are hidden, so it has to be right everywhere.
Source: Daras et al. (2023), "Ambient Diffusion".

Only the observed columns of a training state, with their errors, reach the network and the loss:
they are taken from the conditioning, and `Pairs.truth` is not read. Elsewhere x is 0 and x_t is
noise: away from columns the network learns the mean and the standard deviation, but not to denoise.
Use these two, not members.

The first guess may be OI of the columns (`model.start: profiles`). OI must not use the hidden
columns, so B is drawn once for each pair, and `Pairs.truth` holds the hidden columns only. Errors
count there: L = ‖(A − Ã)·Y·o·(x − x̂)‖² over their number. In a column that OI uses, x would be the
error of observation, which the network could copy: such columns keep the values of OI. Members are
OI's draws plus the mean's increment.

The standard deviation that it learns is that of an observation, with its error. Not learned from
profiles only are the climate of the anomalies, the statistics of OI (modes, their variances, the
truncated variance, length and inflation) and, after training, the factors of `calibrate`.
"""

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from thermocline.errors import BadConfig, BadData
from thermocline.systems.densify.config.training import AmbientConfig
from thermocline.systems.densify.model.conditioning import Conditioning

WHERE = "densify.training.ambient.keep"


def further_masked(
    conditioning: Conditioning, own: AmbientConfig, generator: torch.Generator
) -> Conditioning:
    """The conditioning with the columns Ã only, which are drawn."""
    kept = further_mask(conditioning.where.amax(dim=1) > 0, own, generator)[:, None]
    return conditioning._replace(values=conditioning.values * kept, where=conditioning.where * kept)


def further_mask(observed: Tensor, own: AmbientConfig, generator: torch.Generator) -> Tensor:
    """Ã [B, H, W] of observed columns A: each is kept with probability 1 − `drop`.

    Raises:
        BadData: for a state with fewer than `keep` observed columns.
    """
    columns = observed.flatten(1)
    fewest = int(columns.sum(dim=1).min())
    if fewest < own.keep:
        raise BadData(
            f"a state with {fewest} observed columns, of which {own.keep} are to be kept",
            where=WHERE,
            fix=f"give at most {fewest}, or leave the state out",
        )
    rank = torch.rand(columns.shape, generator=generator).to(columns.device)
    rank = torch.where(columns, rank, 2.0)
    least = rank.kthvalue(own.keep, dim=1, keepdim=True).values
    return (rank <= least.clamp(min=1 - own.drop)).view_as(observed)


def shown_columns(
    observed: NDArray[np.bool_], own: AmbientConfig, rng: Generator
) -> NDArray[np.bool_]:
    """Ã [H, W] of observed columns A, as `further_mask` draws it; all if they are too few."""
    rank = np.where(observed, rng.random(observed.shape), 2.0)
    least = np.sort(rank, axis=None)[min(own.keep, rank.size) - 1]
    return observed & (rank <= max(least, 1 - own.drop))


def enough(observed: Tensor, allowed: Tensor, keep: int) -> Tensor:
    """The states [N] of those `allowed` of which more than `keep` columns [N, H, W] were observed.

    Raises:
        BadConfig: if there is none.
    """
    columns = observed[allowed].sum(dim=(1, 2))
    if not (columns > keep).any():
        raise BadConfig(
            f"no state has more than {keep} observed columns; the most is {int(columns.max())}",
            where=WHERE,
            fix="keep fewer, or observe more",
        )
    return allowed[columns > keep]
