"""The default method with one ingredient taken away, or put in another's place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.problem import Field
from thermocline.systems.reconstruct.model.calibration import AnswerParts
from thermocline.systems.reconstruct.model.method import Reconstructor

Memory = dict[tuple[Any, ...], tuple[Field, Field]]
Change = Callable[["Variant", AnswerParts, AnomalyProblem], AnswerParts]

FULL = "everything"


@dataclass(frozen=True)
class Training:
    """A training of its own: settings that differ, and whether all covariance is localised."""

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    localised: bool = False


TRAININGS = (
    Training(FULL),
    Training("trained on whole columns alone", {"model.masking.pattern": "columns"}),
    Training("half the width", {"model.network.width": 16}),
    Training(
        "not shown the analysis (ΠGDM)",
        {"model.masking.analysis": False, "sampling.guidance": "pigdm", "sampling.steps": 4},
    ),
    Training("all covariance localised", localised=True),
    Training("a quarter of the layouts: 15 of 60", {"model.masking.layouts": 15}),
)


@dataclass(eq=False)
class Variant(Reconstructor):
    """A `Reconstructor` whose drawn parts are changed before the gate combines them.

    Attributes:
        memory: the ensemble OI's posteriors by case, which many variants share.
    """

    memory: Memory = field(default_factory=dict)
    change: Change = lambda model, drawn, problem: drawn

    @classmethod
    def of(cls, model: Reconstructor, name: str, memory: Memory) -> Variant:
        """`model` under another name."""
        parts = (model.contract, model.prior, model.ensemble, model.statistics, model.raw)
        return cls(*parts, name=name, memory=memory)

    def posterior(
        self,
        problem: AnomalyProblem,
        members: Sequence[int],
        seed: int,
        ensemble: EnsembleOI | None = None,
    ) -> tuple[Field, Field]:
        used, informed = ensemble or self.ensemble, self.contract.masking.analysis
        known = problem.case, int(problem.observed.sum()), ensemble is None, seed
        key = (*known, len(members), used.share, informed)
        if key not in self.memory:
            self.memory[key] = super().posterior(problem, members, seed, ensemble)
        return self.memory[key]

    def draw(
        self,
        problem: AnomalyProblem,
        members: Sequence[int],
        seed: int,
        posterior: tuple[Field, Field] | None = None,
    ) -> AnswerParts:
        posterior = posterior or self.posterior(problem, members, seed)
        return self.change(self, super().draw(problem, members, seed, posterior), problem)


def without_network(model: Variant, drawn: AnswerParts, problem: AnomalyProblem) -> AnswerParts:
    """The ensemble OI's draws alone, though with the gate's spread."""
    e = _ensemble_draws(model, drawn, problem)
    return AnswerParts(drawn.analysis, e, e, 0)


def without_diffusion(model: Variant, drawn: AnswerParts, problem: AnomalyProblem) -> AnswerParts:
    """The ensemble OI's draws, all moved by the network's one mean correction."""
    e = _ensemble_draws(model, drawn, problem)
    moved = (drawn.diffused - drawn.draws).mean(axis=0)
    return AnswerParts(drawn.analysis, e, e + moved, 1)


def averaged_with(other: Reconstructor) -> Change:
    """The mean correction of two networks, the members' shapes of the first."""

    def change(model: Variant, drawn: AnswerParts, problem: AnomalyProblem) -> AnswerParts:
        from thermocline.systems.reconstruct.model.posterior_mean import mean_of

        second = mean_of(other.prior, problem, drawn.analysis) - drawn.analysis
        first = (drawn.diffused - drawn.draws).mean(axis=0)
        moved = (first + second) / 2
        return AnswerParts(drawn.analysis, drawn.draws, drawn.draws + moved, drawn.evaluations + 1)

    return change


def sampled(model: Variant, name: str, **settings: Any) -> Variant:
    """The same network with other settings of sampling."""
    sampling = model.sampling.model_copy(update=settings)
    contract = model.contract.model_copy(update={"sampling": sampling})
    return replace(model, name=name, contract=contract)


def ungated(model: Variant, name: str) -> Variant:
    """A calibrated model that trusts its network fully wherever anything was observed."""
    return _with_gate(model, name, "correction")


def unspread(model: Variant, name: str) -> Variant:
    """A calibrated model whose members keep the spread that diffusion gave them."""
    return _with_gate(model, name, "spread")


def _with_gate(model: Variant, name: str, part: str) -> Variant:
    gate = model.contract.gate
    ones = tuple((1.0,) * len(row) for row in getattr(gate, part))
    contract = model.contract.model_copy(update={"gate": gate.model_copy(update={part: ones})})
    return replace(model, name=name, contract=contract)


def _ensemble_draws(model: Variant, drawn: AnswerParts, problem: AnomalyProblem) -> Field:
    """The posterior draws that `drawn` was made from, as `memory` has them."""
    count = len(drawn.draws)
    for key, (analysis, draws) in list(model.memory.items()):  # others may add to it meanwhile
        same_case = key[0] == problem.case and key[1] == int(problem.observed.sum())
        if same_case and len(draws) == count and np.array_equal(analysis, drawn.analysis):
            return draws
    raise LookupError(f"no draws of {problem.case} are remembered")
