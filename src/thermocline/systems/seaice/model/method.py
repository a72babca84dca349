"""A trained model: it generates states, and reconstructs them from observations."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor

from thermocline.errors import BadFile
from thermocline.files import atomic_directory
from thermocline.ocean.grids import grid_from_description
from thermocline.ocean.problem import Analysis, Problem
from thermocline.ocean.projected import ProjectedGrid
from thermocline.systems import progress
from thermocline.systems.contract import CONTRACT, WEIGHTS
from thermocline.systems.members import BLOCK
from thermocline.systems.seaice.baselines.ensemble import Ensemble
from thermocline.systems.seaice.config import IceSection
from thermocline.systems.seaice.data.raw import NAMES
from thermocline.systems.seaice.model.agreement import Agreement, agreement
from thermocline.systems.seaice.model.contract import IceContract
from thermocline.systems.seaice.model.features import FILE as FEATURES
from thermocline.systems.seaice.model.features import Features
from thermocline.systems.seaice.model.generate import decoded, draw
from thermocline.systems.seaice.model.matching import Matching
from thermocline.systems.seaice.model.networks import IceNetworks, weights_of
from thermocline.systems.seaice.model.posterior import Censored, posterior
from thermocline.systems.seaice.model.scaling import KNOWN, Scaling
from thermocline.training.weights import FIX, read_weights

ENSEMBLE = "ensemble.safetensors"
Field = NDArray[np.float32]


@dataclass(frozen=True)
class Judged(Analysis):
    """An answer, and how far it agrees with its observations; None without any."""

    agreement: Agreement | None = None


@dataclass(eq=False)
class IceModel:
    """Networks, the statistics of the training states, and the ensemble OI they go on from.

    Attributes:
        network: all networks in one module, for what is counted of it.
        features: what its states are judged by; a trial has none.
        matching: the moments that drawn states are given, if they are.
    """

    contract: IceContract
    network: IceNetworks
    scaling: Scaling
    ensemble: Ensemble
    features: Features | None = None
    matching: Matching | None = None
    name: str = "thermocline"

    def __post_init__(self) -> None:
        self.settings = IceSection.model_validate(self.contract.settings)
        grid = grid_from_description(self.contract.grid)
        assert isinstance(grid, ProjectedGrid)
        self.grid = grid
        self.ocean = self.scaling.ocean.cpu().numpy() > 0

    def generate(self, members: int, day: int | None, seed: int, *, enforce: bool = True) -> Field:
        """States [M, 5, H, W] of a day of the year, or of any.

        State k is of (seed, k) alone, but for rounding, which is of how many are asked for.
        Without `enforce`, bounds may be broken, and ice-free cells may have thickness or drift.
        """
        return self.generate_on([day] * members, seed, enforce=enforce)

    def generate_on(self, days: list[int | None], seed: int, *, enforce: bool = True) -> Field:
        """The same of a day for each state.

        A state of any season (None) is of a day of its own, if states are given moments.
        """
        if self.matching is not None:
            days = [day or _any_day(seed, number) for number, day in enumerate(days)]
        parts = []
        for some, drawn in self.draws(days, seed):
            if self.matching is not None:
                drawn = self.matching(drawn, torch.tensor(some, device=drawn.device))
            parts.append(decoded(self.network, self.scaling, drawn, enforce=enforce))
        return np.concatenate(parts)

    def draws(
        self, days: Sequence[int | None], seed: int
    ) -> Iterator[tuple[Sequence[int | None], Tensor]]:
        """Some of the days, and what is denoised as it is drawn for them, until all are drawn."""
        own, block = self.settings, 16 * BLOCK[self.scaling.mean.device.type]
        for first in progress.parts(range(0, len(days), block)):
            some = days[first : first + block]
            numbers = range(first, first + len(some))
            parts = self.network, self.scaling, own.model.process, own.sampling
            yield some, draw(*parts, some, numbers, seed)

    def analyse(self, problem: Problem, members: int, seed: int) -> Judged:
        """States given the observations; without any, states of the season.

        Where observations lie further away than the answer says, its deviation and members are
        made wider (see `agreement`); the mean stays.
        """
        start = time.perf_counter()
        year = problem.time.astype("datetime64[Y]")
        day = int((problem.time.astype("datetime64[D]") - year).astype(np.int64)) + 1
        if not any(each.operator.size for each in problem.observations):
            states = self.generate(max(members, 2), day, seed)
            steps = 2 * self.settings.sampling.steps - 1
            mean, std, agrees = states.mean(axis=0), states.std(axis=0, ddof=1), None
        else:
            given = self._posterior(problem, day, members, seed)
            mean, std = self._moments(given)
            agrees = self._agreement(problem, mean, std)
            if not agrees.is_full:
                given = given.widened_about_its_mean(agrees.factor)
                std = self._moments(given)[1]
            states, steps = given.states(), 1
        seconds = time.perf_counter() - start
        return Judged(mean, std, states, steps, seconds, agrees)

    def _posterior(self, problem: Problem, day: int, members: int, seed: int) -> Censored:
        """With members as wide as validation years have them."""
        parts = self.network.analysis, self.scaling, self.ensemble
        return posterior(*parts, problem, day, members, seed).widened(_each(self.contract.spread))

    def _moments(self, given: Censored) -> tuple[Field, Field]:
        """Mean and standard deviation [5, H, W], this as large as validation years have it."""
        mean, std = given.moments()
        return mean, std * _each(self.contract.stated)[:, None, None]

    def _agreement(self, problem: Problem, mean: Field, std: Field) -> Agreement:
        """Of an answer [5, H, W] with the observations of its problem."""
        channel, cell, y, s_y = self.ensemble.seen(problem)
        at = lambda field: field[:, self.ocean][channel, cell]
        return agreement(channel, y, s_y, at(mean), at(std))

    def matched(self, matching: Matching | None) -> "IceModel":
        """The same model whose drawn states are given these moments, or none."""
        patterns = 0 if matching is None else len(matching.patterns)
        contract = self.contract.model_copy(update={"patterns": patterns})
        return replace(self, contract=contract, matching=matching)

    def calibrated(
        self, spread: dict[str, float], stated: dict[str, float] | None = None
    ) -> "IceModel":
        """The same model with other factors (see `IceContract`)."""
        factors = {"spread": spread, "stated": stated or {}}
        return replace(self, contract=self.contract.model_copy(update=factors))

    def save(self, directory: str | Path) -> None:
        """Write contract, weights and ensemble, whole or not at all."""
        with atomic_directory(directory) as folder:
            self.contract.save(folder / CONTRACT)
            weights = weights_of(self.network, self.scaling, self.matching)
            save_file(weights, folder / WEIGHTS)
            self.ensemble.save(folder / ENSEMBLE)
            if self.features is not None:
                self.features.save(folder / FEATURES)


def load(folder: str | Path) -> IceModel:
    """The model in a folder; raises BadFile if it is not whole."""
    folder = Path(folder)
    contract = IceContract.load(folder / CONTRACT)
    ensemble = Ensemble.load(folder / ENSEMBLE)
    model = model_of(contract, read_weights(folder / WEIGHTS), ensemble, str(folder / WEIGHTS))
    return replace(model, features=Features.load(folder / FEATURES))


def model_of(
    contract: IceContract, weights: dict[str, torch.Tensor], ensemble: Ensemble, where: str
) -> IceModel:
    """Put together from what `weights_of` gave; raises BadFile if it is of another model."""
    part = lambda kind: {
        k.removeprefix(f"{kind}."): v for k, v in weights.items() if k.startswith(f"{kind}.")
    }
    grid = grid_from_description(contract.grid)
    scaling = Scaling((grid.shape[0], grid.shape[1]))
    settings = IceSection.model_validate(contract.settings)
    try:
        scaling.load_state_dict(part("scaling"))
        assert len(scaling.known) == KNOWN
        networks = IceNetworks(settings.model, scaling.known, contract.seed)
        networks.load_state_dict(part("ema"))
        matching = Matching.of(part("matching")) if part("matching") else None
    except (RuntimeError, TypeError, ValueError) as problem:
        raise BadFile(
            f"weights do not fit the contract: {problem}", where=where, fix=FIX
        ) from problem
    device = "cuda" if torch.cuda.is_available() else "cpu"
    networks.eval().requires_grad_(False)
    model = IceModel(contract, networks.to(device), scaling.to(device), ensemble)
    return model if matching is None else replace(model, matching=matching.to(device))


def _each(factors: dict[str, float]) -> Field:
    """Of each variable [5], 1 where none was fitted."""
    return np.array([factors.get(name, 1.0) for name in NAMES], np.float32)


def _any_day(seed: int, number: int) -> int:
    """A day of the year, of a state's seed and number alone."""
    return int(np.random.default_rng([seed % 2**32, number]).integers(1, 366))
