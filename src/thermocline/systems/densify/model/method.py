"""A trained model: temperature and salinity of a region, given columns and surface fields."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import nn

from thermocline.files import atomic_directory
from thermocline.ocean.convection import convect
from thermocline.ocean.grids import grid_from_description
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.problem import Analysis, Channel, Field, Problem
from thermocline.ocean.variables import VARIABLES
from thermocline.systems.calibration import Calibration
from thermocline.systems.contract import CONTRACT, WEIGHTS
from thermocline.systems.densify.baselines.leave_member_out import STARTS
from thermocline.systems.densify.baselines.linear import Linear
from thermocline.systems.densify.baselines.methods import SurfaceOI, physical, region_of
from thermocline.systems.densify.config import DensifySection
from thermocline.systems.densify.data.columns import columns_of, share_of
from thermocline.systems.densify.data.raw import WATER
from thermocline.systems.densify.model.calibration import AnswerParts
from thermocline.systems.densify.model.conditioning import Conditioning, batched, describe
from thermocline.systems.densify.model.contract import WaterContract
from thermocline.systems.densify.model.network import Prior, new_network
from thermocline.systems.densify.model.reliance import Corrected, Reliance, judged
from thermocline.systems.densify.model.sampling import draw_members
from thermocline.systems.densify.model.tiled import Tiled
from thermocline.training.weights import read_weights, stored_weights, use_weights

Analyse = Callable[[Problem, int, int], Analysis]
"""Analysis of a problem, for a number of members and a seed."""


@dataclass(eq=False)
class Densifier:
    """A network, and the classical method of its first guess; a `Method`.

    Attributes:
        start: that method, with its statistics of each region, in the contract's order.
    """

    contract: WaterContract
    network: nn.Module
    start: SurfaceOI
    name: str = "thermocline"

    def __post_init__(self) -> None:
        self.settings = DensifySection.model_validate(self.contract.settings)
        self.depth = np.array(self.contract.depth)

    @cached_property
    def grids(self) -> dict[str, LatLonGrid]:
        """Cells of each region."""
        grids = {}
        for name, description in self.contract.regions.items():
            grid = grid_from_description(description)
            assert isinstance(grid, LatLonGrid)
            grids[name] = grid
        return grids

    @property
    def regions(self) -> dict[str, Linear]:
        """Climate, sea and modes of each region."""
        return dict(zip(self.contract.regions, self.start.regions, strict=True))

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Temperature at every level, then salinity."""
        return tuple(Channel(VARIABLES[name], float(z)) for name in WATER for z in self.depth)

    @property
    def prior(self) -> Prior:
        """The network as a denoiser of regions of any size."""
        own, side = self.settings.model, self.settings.sampling.tile
        return Prior.of(self.network, own, Tiled(self.network, side, side // 4))

    def draw(
        self,
        problem: Problem,
        members: Sequence[int],
        seed: int,
        start: SurfaceOI | None = None,
        analyse: Analyse | None = None,
    ) -> AnswerParts:
        """The parts of an answer.

        Args:
            start: instead of the model's, such as one that was fitted without the problem's run.
            analyse: instead of the start's own `analyse`, such as one with a cache.
        """
        method, own = start or self.start, self.settings
        near = own.model.start != "climatology" and own.sampling.start == "draws"
        count = max(members) + 1 if near else 0
        given, analysis = self._given(problem, method, analyse or method.analyse, count, seed)
        a, s, mean, deviation = self._moments(given)
        origin = None
        if near and analysis is not None and analysis.members is not None:
            region = region_of(method.regions, problem)
            normal = region.climate.mean(problem.time)[: region.channels]
            unit = region.climate.std[: region.channels, None, None]
            draws = (analysis.members[list(members)] - normal) / unit
            origin = mean + deviation * np.nan_to_num((draws - a) / s)
        fields, evaluations = draw_members(self.prior, given, own.sampling, members, seed, origin)
        if not own.training.mean_fraction:  # the mean was not trained
            return AnswerParts(a, s, fields.mean(axis=0), fields, evaluations, own=True)
        stated = None if origin is None else deviation
        return AnswerParts(a, s, mean, fields, evaluations + own.model.sides, stated)

    def analyse(self, problem: Problem, members: int, seed: int) -> Analysis:
        """Mean, spread and members in physical units, without unstable columns."""
        return self.relying(problem, members, seed, self.judge(problem))

    def relying(self, problem: Problem, members: int, seed: int, reliance: Reliance) -> Analysis:
        """As `analyse`, with a given reliance on the network."""
        began = time.perf_counter()
        parts = self.draw(problem, range(max(members, 2)), seed)
        g, f = self.factors(problem)
        mean, fields = parts.combined(g * reliance.weight, f * reliance.spread)
        std = parts.std(fields, f * reliance.spread)
        region = region_of(self.start.regions, problem)
        answer = physical(problem, region, mean, std, fields, began)
        assert answer.members is not None
        stable = self._stable(problem, np.concatenate([answer.mean[None], answer.members]))
        return replace(
            answer,
            mean=stable[0],
            members=stable[1 : members + 1],
            evaluations=parts.evaluations,
            seconds=time.perf_counter() - began,
        )

    def judge(self, problem: Problem) -> Reliance:
        """The reliance on the network's increment, estimated from the observed columns."""
        own, channels = self.settings, len(self.channels)
        if not (
            own.sampling.trust and own.training.mean_fraction and own.model.start != "climatology"
        ):
            return Reliance.full(channels)
        region = region_of(self.start.regions, problem)
        seen = columns_of(problem, region.climate, region.modes)
        return judged(problem, seen.place, seen.anomaly, seen.error, self._corrected)

    def _corrected(self, problem: Problem) -> Corrected:
        given, _ = self._given(problem, self.start, self.start.analyse, 0, 0)
        a, s, mean, deviation = self._moments(given)
        g, f = (factor.astype(np.float32)[:, None, None] for factor in self.factors(problem))
        return Corrected(a, g * s * mean, f * s * deviation)

    def _given(
        self, problem: Problem, method: SurfaceOI, analyse: Analyse, members: int, seed: int
    ) -> tuple[Conditioning, Analysis | None]:
        """The conditioning, and the analysis of the first guess with its draws."""
        analysis = None
        if self.settings.model.start != "climatology":
            analysis = analyse(problem, members, seed)
        device = next(self.network.parameters()).device
        region = region_of(method.regions, problem)
        return batched([describe(problem, region, analysis)]).float().on(device), analysis

    def _moments(self, given: Conditioning) -> tuple[Field, Field, Field, Field]:
        """a, s, and the network's mean and deviation in their units, each [C, H, W]."""
        with torch.no_grad():
            mean, log_std = (part[0].cpu().numpy() for part in self.prior.answer(given))
        a, s = (part[0].cpu().numpy() for part in (given.first_guess, given.scale))
        return a, s, mean, np.exp(log_std)

    def factors(self, problem: Problem) -> tuple[NDArray, NDArray]:
        """Factors on the increment and the spread [C], for what the problem gives."""
        given = region_of(self.start.regions, problem).surface(problem)
        gate = self.contract.gate if given else self.contract.alone
        return gate.at(np.full(len(self.channels), share_of(problem)))

    def calibrated(self, gate: Calibration, alone: Calibration) -> "Densifier":
        """The model with other factors, with surface fields and without any."""
        factors = {"gate": gate, "alone": alone}
        return replace(self, contract=self.contract.model_copy(update=factors))

    def _stable(self, problem: Problem, fields: NDArray) -> NDArray[np.float32]:
        half = len(self.depth)
        t, s = convect(fields[:, :half], fields[:, half:], self.depth, *problem.grid.centres())
        return np.concatenate([t, s], axis=1).astype(np.float32)

    def save(self, directory: str | Path) -> None:
        """Write contract, weights and statistics of each region; whole or not at all."""
        with atomic_directory(directory) as folder:
            self.contract.save(folder / CONTRACT)
            save_file(stored_weights(self.network, {}), folder / WEIGHTS)
            for name, region in self.regions.items():
                region.save(folder / f"{name}.safetensors")


def load(directory: str | Path) -> Densifier:
    """Read what `save` wrote; raises BadFile naming what is missing or damaged."""
    folder = Path(directory)
    contract = WaterContract.load(folder / CONTRACT)
    settings = DensifySection.model_validate(contract.settings)
    network = new_network(settings.model, 2 * len(contract.depth), seed=0)
    use_weights(network, read_weights(folder / WEIGHTS), str(folder / WEIGHTS))
    regions = [Linear.load(folder / f"{name}.safetensors") for name in contract.regions]
    return assembled(contract, network, regions)


def assembled(contract: WaterContract, network: nn.Module, regions: Sequence[Linear]) -> Densifier:
    """A model on the accelerator, if there is one."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    own = DensifySection.model_validate(contract.settings).model
    start = SurfaceOI(regions, STARTS[own.start], **contract.linear)
    return Densifier(contract, network.to(device), start)
