"""From observations to a complete field in degrees Celsius."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from thermocline.answers.departure import departure
from thermocline.answers.request import check_members, check_seed
from thermocline.answers.warnings import far_from_climatology, few_members, outside_training
from thermocline.baselines.ensemble.library import MOST_OBSERVATIONS
from thermocline.baselines.ensemble.quality_control import screen_window
from thermocline.concurrency import in_turn
from thermocline.observe import Observations, Usage, to_window
from thermocline.observe.gridding import OFF_LEVEL, OFF_MONTH, ON_LAND
from thermocline.observe.window import months_from
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.systems.reconstruct.endpoints import rejected
from thermocline.systems.reconstruct.endpoints.month import parse_month
from thermocline.trust.judgement import Trust

RUN = 1_000_000
"""Members' months lie this far apart in a library's serial numbers; see `data.states`."""

if TYPE_CHECKING:
    from thermocline.systems.reconstruct.model.method import Reconstructor


@dataclass(frozen=True)
class Answer:
    """Fields of one month in °C, NaN on land.

    Attributes:
        mean, std: [C, H, W].
        members: [M, C, H, W], or None for a method that states a Gaussian.
        month: first day of the month, datetime64[M].
        usage: what became of the observations.
        observed: whose observations, of any month, were used [C, H, W].
        rejected: gridded values, of all months, that the background check rejected.
        error_factor: what the stated errors of the month's values were multiplied by.
        trust: how far the observations found the model worth trusting.
        evaluations: network evaluations a member.
        seconds: wall-clock time of the analysis; no part of the answer's identity.
        flags: what became of each of the observations [n]; see `rejected.REASONS`.
        dropped: how many of the values given were not used, by reason.
        notes: which platforms' values were rejected, in words.
        departure: of the observations of the month from the climatology (`answers.departure`).
        warnings: what to beware of, in words.
    """

    mean: NDArray[np.float32]
    std: NDArray[np.float32]
    members: NDArray[np.float32] | None
    month: np.datetime64
    usage: Usage
    observed: NDArray[np.bool_]
    rejected: int
    error_factor: float
    trust: Trust
    evaluations: int
    seconds: float
    flags: NDArray[np.int8]
    dropped: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    departure: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def analyse(
    model: "Reconstructor",
    observations: Observations,
    date: str | np.datetime64,
    members: int | None = None,
    seed: int = 0,
) -> Answer:
    """Analyse the observations of a month, and of the months around it that the model accepts.

    Those that cannot be true are left out (see `thermocline.baselines.ensemble.quality_control`).

    Args:
        observations: those without times are taken to be of the month itself.
        date: the month the field is for.
        members: ensemble size; the model's default if None. Member k depends on (seed, k) alone.
        seed: 0…2⁵³ − 1; the same observations and seed give the same answer.

    Raises:
        BadObservations: for a bad date, member count or seed, or if no observation is usable.
    """
    month = parse_month(date)
    count = check_members(model.sampling.members if members is None else members)
    check_seed(seed)
    calendar_month = int(month.astype(int)) % 12 + 1
    problem, usage = to_window(
        observations,
        model.grid,
        model.depth,
        model.statistics,
        month,
        model.errors,
        model.contract.window,
        MOST_OBSERVATIONS,
    )
    with in_turn():
        checked, found = screen_window(problem, model.ensemble)
        trust = model.judge(checked)
        analysis = model.analyse(checked, count, seed, trust)
    drawn, off = analysis.members, departure(problem.y[problem.observed])
    flags = _flags(observations, month, usage, problem, checked)
    return Answer(
        mean=model.statistics.denormalise(analysis.mean, calendar_month),
        std=_stated(model, analysis),
        members=None if drawn is None else model.statistics.denormalise(drawn, calendar_month),
        month=month,
        usage=usage,
        observed=np.any([checked.observed, *(each.observed for each in checked.around)], axis=0),
        rejected=sum(int(each.rejected.sum()) for each in found),
        error_factor=found[0].error_factor,
        trust=trust,
        evaluations=analysis.evaluations,
        seconds=analysis.seconds,
        flags=flags,
        dropped=rejected.counts(flags, observations),
        notes=rejected.by_platform(flags, observations),
        departure=off,
        warnings=(
            *rejected.warnings(problem, checked, flags, observations, off),
            *trust.words(),
            *far_from_climatology(analysis.mean, model.statistics.ocean),
            *_outside_training(model, month),
            *([] if drawn is None else few_members(count)),
        ),
    )


def _stated(model: "Reconstructor", analysis: Any) -> NDArray[np.float32]:
    """The standard deviation of each cell, °C; the members' own if none is stated."""
    scale = np.where(model.statistics.ocean, model.statistics.std, np.nan)
    std, drawn = analysis.std, analysis.members
    if std is None and drawn is not None and len(drawn) > 1:
        std = drawn.std(axis=0, ddof=1)
    stated = np.full_like(scale, np.nan) if std is None else std * scale
    return np.asarray(stated, np.float32)


def _flags(
    observations: Observations,
    month: np.datetime64,
    usage: Usage,
    problem: AnomalyProblem,
    checked: AnomalyProblem,
) -> NDArray[np.int8]:
    """What became of each observation."""
    cell, lag = usage.cell, months_from(observations, month)
    given = {0: problem.observed} | {each.lag: each.observed for each in problem.around}
    left = {0: checked.observed} | {each.lag: each.observed for each in checked.around}
    nowhere = np.zeros_like(problem.observed)

    def among(months: dict[int, NDArray[np.bool_]]) -> NDArray[np.bool_]:
        found = np.zeros(len(observations), dtype=bool)
        for each in np.unique(lag):
            here = (lag == each) & (cell >= 0)
            found[here] = months.get(int(each), nowhere).ravel()[cell[here]]
        return found

    gridded, kept = among(given), among(left)
    found = (
        cell == OFF_MONTH,
        cell == OFF_LEVEL,
        cell == ON_LAND,
        (cell >= 0) & ~gridded,
        gridded & ~kept,
    )
    return np.select(found, range(1, len(rejected.REASONS)), 0).astype(np.int8)


def _outside_training(model: "Reconstructor", month: np.datetime64) -> list[str]:
    """A warning, if the model's library says of which months its states are."""
    serial = model.ensemble.library.serial
    if serial is None or not len(serial):
        return []
    years = (serial % RUN) // 12
    return outside_training(int(str(month)[:4]), int(years.min()), int(years.max()))
