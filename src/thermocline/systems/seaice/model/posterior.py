"""The answer to observations: a censored Gaussian with the structure of the ensemble OI's draws.

    v = clip(μ + s ζ, l, r),      ζ: the draws in deviations of their own

μ and s are those of the network for observations (see `correcting`).
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from thermocline.diffusion.censored import centre_of, mean_and_variance
from thermocline.ocean.problem import Problem
from thermocline.systems.seaice.baselines.ensemble import Ensemble
from thermocline.systems.seaice.baselines.methods import EnsembleOI
from thermocline.systems.seaice.data.physics import enforced, within
from thermocline.systems.seaice.model.correcting import corrected, scaled_moments, seen_fields
from thermocline.systems.seaice.model.scaling import Scaling

Field = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Censored:
    """In scaled units.

    Attributes:
        mu, s: μ and s [5, H, W].
        zeta: ζ [M, 5, H, W].
    """

    scaling: Scaling
    mu: Tensor
    s: Tensor
    zeta: Tensor

    def widened(self, factor: NDArray[np.floating]) -> "Censored":
        """With s of each variable multiplied by a factor [5]."""
        by = torch.from_numpy(factor.astype(np.float32)).to(self.s.device)
        return replace(self, s=self.s * by[:, None, None])

    def widened_about_its_mean(self, factor: NDArray[np.floating]) -> "Censored":
        """Likewise, with μ moved so that the mean stays: bounds draw that of a wider one in."""
        wider, bounds = self.widened(factor), (self.scaling.lower, self.scaling.upper)
        mean = mean_and_variance(self.mu, self.s, *bounds)[0]
        moved = torch.where(wider.s > self.s, centre_of(mean, wider.s, *bounds), self.mu)
        return replace(wider, mu=moved)

    def moments(self) -> tuple[Field, Field]:
        """Mean and standard deviation [5, H, W] in physical units, 0 on land."""
        scaling = self.scaling
        expected, variance = mean_and_variance(self.mu, self.s, scaling.lower, scaling.upper)
        std = variance.sqrt() * scaling.deviation[:, None, None] * scaling.ocean
        return within(scaling.physical(expected).cpu().numpy()), std.cpu().numpy()

    def states(self) -> Field:
        """Members [M, 5, H, W] in physical units, as physics allows."""
        drawn = self.scaling.clipped(self.mu + self.s * self.zeta)
        return enforced(self.scaling.physical(drawn).cpu().numpy())


@torch.inference_mode()
def posterior(
    network: nn.Module,
    scaling: Scaling,
    ensemble: Ensemble,
    problem: Problem,
    day: int,
    members: int,
    seed: int,
) -> Censored:
    """Of a problem with observations, on a day of the year."""
    method, device = EnsembleOI(ensemble), scaling.mean.device
    found = method.posterior(problem, members, seed)
    given = (
        *scaled_moments(method, scaling, found.mean, found.std),
        seen_fields(problem, scaling),
        np.array(day, np.float32),
    )
    batch = (torch.from_numpy(part)[None].to(device) for part in given)
    mu, s = (part[0] for part in corrected(network, scaling, *batch))
    zeta = ensemble.fields((found.draws - found.mean) / found.std)
    return Censored(scaling, mu, s, torch.from_numpy(zeta).to(device))
