"""The `reconstruct` system: an ensemble OI, and a denoiser that starts from it, conditioned on it.

The answer's mean and member k are

    m = a + g·c,     z_k = m + s·(d_k − a − c′)

where a is the ensemble-OI analysis, c′ = E[x | y, a] − a what the denoiser makes of it in one
evaluation, c the same without its mean over the sea of each level (if `centred`; else c = c′), and
d_k what the denoiser makes of a draw e_k from the ensemble OI's posterior: noise of strength
σ_start is added to e_k + c′ and removed again. The factor g and the spread factor s depend on depth
and on how much was observed; both are fitted on validation years, so that g = 0 (the ensemble OI's
mean) is what a useless network is given. Before all this the observations of a request say how far
the ensemble OI's prior is to be trusted (see `thermocline.trust`).

A model whose denoiser is not conditioned on analyses (contracts before version 3) is guided by the
observations instead; there z_k = a + s·(e_k − a) + g·(d_k − e_k), and m = a + g·mean(d_k − e_k).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from safetensors.torch import save_file
from torch import Tensor, nn

from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.baselines.ensemble.trusted import adapted, judge_prior, restored
from thermocline.config import ErrorConfig, SamplingConfig
from thermocline.files import atomic_directory
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.problem import Analysis, Field
from thermocline.ocean.statistics import Statistics
from thermocline.systems.calibration import Calibration
from thermocline.systems.contract import CONTRACT, WEIGHTS
from thermocline.systems.reconstruct.model.calibration import AnswerParts, combine
from thermocline.systems.reconstruct.model.contract import ReconstructContract
from thermocline.systems.reconstruct.model.guided import guided_members
from thermocline.systems.reconstruct.model.posterior_mean import centred, mean_of
from thermocline.systems.reconstruct.model.prior import Prior, load_prior
from thermocline.training.weights import read_weights, stored_weights
from thermocline.trust.judgement import Trust


@dataclass(eq=False)
class Reconstructor:
    """A trained `reconstruct` model; an `AnomalyMethod`."""

    contract: ReconstructContract
    prior: Prior
    ensemble: EnsembleOI
    statistics: Statistics
    raw: dict[str, Tensor]
    name: str = "thermocline"

    @property
    def grid(self) -> LatLonGrid:
        return self.contract.grid

    @property
    def depth(self) -> np.ndarray:
        return np.array(self.contract.depth)

    @property
    def errors(self) -> ErrorConfig:
        return self.contract.errors

    @property
    def sampling(self) -> SamplingConfig:
        return self.contract.sampling

    @property
    def network(self) -> nn.Module:
        return self.prior.network

    def calibrated(self, calibration: Calibration) -> "Reconstructor":
        """The model with other factors on the network's correction and on the spread."""
        contract = self.contract.model_copy(update={"gate": calibration})
        return replace(self, contract=contract)

    def posterior(
        self,
        problem: AnomalyProblem,
        members: Sequence[int],
        seed: int,
        ensemble: EnsembleOI | None = None,
    ) -> tuple[Field, Field]:
        """Mean [C, H, W] and draws [M, C, H, W] of the model's ensemble OI, or of another."""
        gaussian = self.contract.masking.analysis
        return (ensemble or self.ensemble).posterior(problem, members, seed, gaussian=gaussian)

    def draw(
        self,
        problem: AnomalyProblem,
        members: Sequence[int],
        seed: int,
        posterior: tuple[Field, Field] | None = None,
    ) -> AnswerParts:
        """Ensemble-OI posterior draws and what diffusion makes of them.

        Args:
            posterior: the ensemble OI's for these members and this seed, if it is known already.
        """
        analysis, draws = posterior or self.posterior(problem, members, seed)
        given, increment = None, np.zeros_like(analysis)
        if self.contract.masking.analysis:
            given, increment = analysis, mean_of(self.prior, problem, analysis) - analysis
        diffused, evaluations = guided_members(
            self.prior,
            problem,
            self.sampling,
            members,
            seed,
            start=draws + increment if self.sampling.start == "analysis" else None,
            analysis=given,
        )
        if given is None:
            return AnswerParts(analysis, draws, diffused, evaluations)
        draws = diffused - increment
        if self.sampling.centred:
            increment = centred(increment, problem.ocean, self.grid.cell_area())
            diffused = draws + increment
        return AnswerParts(analysis, draws, diffused, evaluations + 1, increment)

    def judge(self, problem: AnomalyProblem) -> Trust:
        """How far the observations find the model's prior worth trusting."""
        if not self.sampling.trust:
            return Trust.full(len(self.depth))
        return judge_prior(self.ensemble, problem)

    def analyse(
        self, problem: AnomalyProblem, members: int, seed: int, trust: Trust | None = None
    ) -> Analysis:
        """Mean, spread and members [M, C, H, W]; member k depends on (seed, k) alone.

        Args:
            trust: that of `judge`, if it is known already.
        """
        began = time.perf_counter()
        trust = self.judge(problem) if trust is None else trust
        own = replace(self, ensemble=self.ensemble.with_coupling(trust.factors.coupling))
        drawn = own.draw(adapted(problem, trust), range(members), seed)
        mean, fields = combine(drawn, *self.contract.gate.at(observed_fraction(problem)))
        answer = Analysis(
            mean=mean,
            std=fields.std(axis=0, ddof=1) if members > 1 else None,
            members=fields,
            evaluations=drawn.evaluations,
        )
        # Where members make the mean, they widen about the analysis, which they do not change.
        answer = restored(answer, trust, None if drawn.increment is not None else drawn.analysis)
        return replace(answer, seconds=time.perf_counter() - began)

    def save(self, directory: str | Path) -> None:
        """Write contract.json, weights, ensemble states and statistics; whole or not at all."""
        with atomic_directory(directory) as folder:
            self.contract.save(folder / CONTRACT)
            save_file(stored_weights(self.network, self.raw), folder / WEIGHTS)
            self.ensemble.save(folder / "states.safetensors")
            self.statistics.save(folder / "statistics.safetensors")

    @classmethod
    def load(cls, directory: str | Path) -> "Reconstructor":
        """Read what `save` wrote; raises BadFile naming what is missing or damaged."""
        folder = Path(directory)
        contract = ReconstructContract.load(folder / CONTRACT)
        prior, raw = load_prior(read_weights(folder / WEIGHTS), contract)
        return cls(
            contract,
            prior,
            EnsembleOI.load(folder / "states.safetensors"),
            Statistics.load(folder / "statistics.safetensors"),
            raw,
        )


def observed_fraction(problem: AnomalyProblem) -> np.ndarray:
    """Share of the water columns that were observed at any depth or month, for every level [C]."""
    columns = max(int(problem.ocean.any(axis=0).sum()), 1)
    return np.full(len(problem.ocean), problem.touched().sum() / columns)


load = Reconstructor.load
