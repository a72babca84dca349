"""Learning from observed columns alone, without a dense truth.

    L = ‖A·Y·o·(x − x̂)‖² / Σ A·Y·o,      x̂ = D(x_t; α, σ | Ã x, Ã),      Ã = B·A

A: columns that were observed; Y: their valid levels; o: ocean; B hides columns, the same in every
channel. Which columns will be hidden the network cannot know, so it has to be right everywhere.
Source: Daras et al. (2023), "Ambient Diffusion".

Of a training state nothing but its observed columns, with their errors, gets as far as the network
or the loss: they are taken from what the network is told, and `Pairs.truth` is not read. Elsewhere
x is 0 and x_t noise alone: away from columns the network learns the mean and its deviation, and has
no reason to follow the noise. Use these two, not members.

The network may start from OI of the columns (`model.start: profiles`). OI must not have seen what
is hidden, so B is drawn once for each pair, and `Pairs.truth` has the hidden columns alone. There
errors count: L = ‖(A − Ã)·Y·o·(x − x̂)‖² over their number. In a column that OI has seen, x would
be its error of observation, which the network could copy: such columns stay as OI has them. Members
are OI's draws, moved by the mean.

The deviation that it learns is that of an observation: the error of that is in it. Not from
profiles alone are the climate that anomalies are taken from, what OI knows (modes, their variances,
what they leave, length and inflation) and, after training, the factors of `calibrate`.
"""

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from thermocline.errors import BadConfig, BadData
from thermocline.systems.densify.config import AmbientConfig
from thermocline.systems.densify.model.told import Told

WHERE = "densify.training.ambient.keep"


def further_masked(told: Told, own: AmbientConfig, generator: torch.Generator) -> Told:
    """What is left to tell when Ã is drawn."""
    kept = further_mask(told.where.amax(dim=1) > 0, own, generator)[:, None]
    return told._replace(values=told.values * kept, where=told.where * kept)


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
