"""The same observations of several oceans, mapped by the same ensemble OI."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from benchmarks.headroom.climates import Climate, own_climate
from numpy.typing import NDArray

from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.case import Case
from thermocline.ocean.problem import Field
from thermocline.systems.reconstruct.data.states import States
from thermocline.systems.reconstruct.model.method import Reconstructor, observed_fraction
from thermocline.systems.reconstruct.model.posterior_mean import mean_of

REAL, CENTRED, TWIN = "real fields", "own mean removed", "Gaussian twin"
OWN, PERFECT = "N(0, B own)", "N(0, B own), B known"
LIBRARY, UNLOCALISED = "N(0, B)", "N(0, B) not localised"
LEARNED = (REAL, CENTRED, TWIN, LIBRARY)
"""The worlds the trained model is asked about too."""


DRAWS = 4
"""Of each Gaussian ocean a case; their errors are averaged, as a few modes make most of them."""


@dataclass
class Errors:
    """Mean squared errors, °C², of one subject at one density: a number for each case.

    Attributes:
        ensemble: of the ensemble OI, by world.
        model: of the trained model's mean, by world.
        stated: the error variance the ensemble OI states.
    """

    ensemble: dict[str, list[float]] = field(default_factory=dict)
    model: dict[str, list[float]] = field(default_factory=dict)
    stated: list[float] = field(default_factory=list)


def measure(
    cases: Iterable[Case],
    store: States,
    given: Callable[[str], EnsembleOI],
    model: Reconstructor,
    seed: int,
) -> Errors:
    """Errors of a case's ensemble OI, `given`, and of the model, on its fields and on others."""
    errors = Errors()
    area, std = np.asarray(store.grid.cell_area()), store.statistics.std
    climates: dict[str, tuple[Field, Climate, Climate]] = {}
    for number, case in enumerate(cases):
        problem = replace(case.problem, around=())
        ensemble = given(problem.case)
        member = problem.case.split("/")[0]
        if member not in climates:
            climates[member] = (*own_climate(store, member, ensemble), Climate(ensemble))
        mean, own, library = climates[member]
        rng = np.random.default_rng([seed, number])
        fields = oceans(problem, case.truth, mean, own, library, rng)
        problems = [observe(problem, case.truth, ocean) for _, ocean in fields]
        weight = area * problem.ocean

        def mse(answer: Field, ocean: Field, weight: NDArray = weight) -> float:
            return weighted_mean(((answer - ocean) * std) ** 2, weight)

        linear: dict[str, list[float]] = {}
        learned: dict[str, list[float]] = {}
        for (name, ocean), seen, answer in zip(
            fields, problems, ensemble.means(problems), strict=True
        ):
            linear.setdefault(name, []).append(mse(answer, ocean))
            if name in LEARNED:
                better = learned_mean(model, seen, answer)
                learned.setdefault(name, []).append(mse(better, ocean))
        at = [i for i, (name, _) in enumerate(fields) if name == OWN]
        perfect = own.ensemble.means([problems[i] for i in at])
        linear[PERFECT] = [mse(a, fields[i][1]) for a, i in zip(perfect, at, strict=True)]
        for found, kept in ((linear, errors.ensemble), (learned, errors.model)):
            for name, values in found.items():
                kept.setdefault(name, []).append(float(np.mean(values)))
        stated = ensemble.analyse(problem).std
        errors.stated.append(weighted_mean((stated * std) ** 2, weight))
    return errors


def oceans(
    problem: AnomalyProblem,
    truth: Field,
    mean: Field,
    own: Climate,
    library: Climate,
    rng: np.random.Generator,
) -> list[tuple[str, Field]]:
    """The worlds of a case, those that are drawn `DRAWS` times."""
    found = [(REAL, truth), (CENTRED, truth - mean)]
    for _ in range(DRAWS):
        found += [
            (TWIN, own.field(problem, rng, localised=False)),
            (LIBRARY, library.field(problem, rng)),
            (UNLOCALISED, library.field(problem, rng, localised=False)),
            (OWN, own.field(problem, rng)),
        ]
    return found


def observe(problem: AnomalyProblem, truth: Field, ocean: Field) -> AnomalyProblem:
    """`problem` as it would be had its truth been another: with the very errors it had."""
    y = np.where(problem.observed, ocean + problem.y - truth, 0)
    return replace(problem, y=y.astype(np.float32))


def learned_mean(model: Reconstructor, problem: AnomalyProblem, analysis: Field) -> Field:
    """The gated mean of `reconstruct`, a + g·(E[x | y, a] − a), from any analysis a."""
    gate, _ = model.contract.gate.at(observed_fraction(problem))
    change = mean_of(model.prior, problem, analysis) - analysis
    return analysis + gate[:, None, None].astype(np.float32) * change


def shares(errors: Errors) -> list[tuple[str, float]]:
    """The mean squared error on the real fields, °C², taken apart; the parts add up to it."""
    mean = {name: float(np.mean(values)) for name, values in errors.ensemble.items()}
    return [
        ("a perfect Gaussian method's", mean[PERFECT]),
        ("wrong covariance", mean[OWN] - mean[PERFECT]),
        ("wrong mean", mean[REAL] - mean[CENTRED]),
        ("rest", mean[CENTRED] - mean[OWN]),
    ]


def weighted_mean(values: np.ndarray, weight: np.ndarray) -> float:
    """Mean over cells whose weight is positive; others may be NaN."""
    values, weight = np.broadcast_arrays(np.asarray(values, np.float64), weight)
    return float(np.average(values[weight > 0], weights=weight[weight > 0]))
