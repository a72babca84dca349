"""What methods that work in anomalies are asked: observed cells of the model's grid.

An anomaly is normalised, (value − climatology of the calendar month) / standard deviation. Such
methods receive the same problem, learned or classical, and answer in the same anomalies. C counts
channels (levels of depth), H rows, W columns.

`to_anomalies` converts a `Problem`; `Normalised` lets a method that works in anomalies answer one.
"""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from thermocline.errors import BadData
from thermocline.ocean.operators import Cells
from thermocline.ocean.problem import Analysis, Field, Mask, Method, Observed, Problem
from thermocline.ocean.statistics import Statistics


@dataclass(frozen=True)
class AnomalyNeighbour:
    """Observations of another month than the one that is asked for.

    Attributes:
        lag: how many months after it; before it, if negative; never 0.
        y, s_y, observed: [C, H, W], as an `AnomalyProblem`'s.
    """

    lag: int
    y: Field
    s_y: Field
    observed: Mask


@dataclass(frozen=True)
class AnomalyProblem:
    """Observations of one month on the model's grid.

    Attributes:
        y: observed anomalies [C, H, W]; 0 where nothing was observed.
        s_y: standard deviation of the observation error [C, H, W]; 1 where nothing was observed.
        observed: where an observation is [C, H, W]; always inside `ocean`.
        ocean: where there is sea water [C, H, W].
        month: calendar month, 1–12.
        case: a name for the case, such as `r4/2008-03`.
        around: observations of the months around it, each lag at most once.
    """

    y: Field
    s_y: Field
    observed: Mask
    ocean: Mask
    month: int
    case: str = ""
    around: tuple[AnomalyNeighbour, ...] = ()

    def touched(self) -> Mask:
        """Water columns that were observed at any depth, in any of the months, [H, W]."""
        months = [self.observed, *(month.observed for month in self.around)]
        return np.any([observed.any(axis=0) for observed in months], axis=0)


class AnomalyMethod(Protocol):
    """A mapping method, learned or classical, that works in anomalies."""

    @property
    def name(self) -> str:
        """What it is called on scoreboards."""
        ...

    def analyse(self, problem: AnomalyProblem, members: int, seed: int) -> Analysis:
        """Answer in anomalies, 0 on land; methods without members ignore `members` and `seed`."""
        ...


def to_anomalies(problem: Problem, statistics: Statistics) -> AnomalyProblem:
    """A problem in the anomalies of `statistics`; observations of each lag in its month's own.

    Raises:
        BadData: if an observation is not of single cells, a cell is observed twice at one time,
            the statistics are of other fields, or lags do not count months.
    """
    if statistics.ocean.shape != problem.ocean.shape:
        raise BadData(
            f"statistics {statistics.ocean.shape} for fields {problem.ocean.shape}",
            where=problem.case or "problem",
            fix="use the statistics, grid and channels of one store",
        )
    step, _ = np.datetime_data(problem.time)
    if step != "M" and any(seen.lag for seen in problem.observations):
        raise BadData(
            f"observations of other times, in steps of {step!r}",
            where=problem.case or "problem",
            fix="give the time as a datetime64[M]: methods that work in anomalies count months",
        )
    fields: dict[int, tuple[Field, Field, Mask]] = {0: _unobserved(problem.ocean)}
    for seen in problem.observations:
        y, s_y, observed = fields.setdefault(seen.lag, _unobserved(problem.ocean))
        mask = _cells(seen, problem).mask()
        if np.any(mask & observed):
            raise BadData(
                f"{int((mask & observed).sum())} cells are observed twice",
                where=problem.case or "problem",
                fix="average the values of a cell first",
            )
        climatology = statistics.climatology[problem.calendar_month(seen.lag) - 1]
        std = statistics.std.astype(np.float64)[mask]
        values, errors = (seen.operator.adjoint(each)[mask] for each in (seen.y, seen.s_y))
        y[mask], s_y[mask] = (values - climatology[mask]) / std, errors / std
        observed |= mask
    y, s_y, observed = fields.pop(0)
    around = tuple(AnomalyNeighbour(lag, *parts) for lag, parts in fields.items())
    month = problem.calendar_month()
    return AnomalyProblem(y, s_y, observed, problem.ocean, month, problem.case, around)


@dataclass(frozen=True)
class Normalised(Method):
    """A method that works in anomalies as one that answers problems in physical units."""

    method: AnomalyMethod
    statistics: Statistics

    @property
    def name(self) -> str:
        """The method's own."""
        return self.method.name

    def analyse(self, problem: Problem, members: int, seed: int) -> Analysis:
        """The method's answer, NaN on land; raises BadData where `to_anomalies` does."""
        answer = self.method.analyse(to_anomalies(problem, self.statistics), members, seed)
        return denormalised(answer, problem, self.statistics)


def denormalised(analysis: Analysis, problem: Problem, statistics: Statistics) -> Analysis:
    """An answer in anomalies in the physical units of the problem, NaN on land."""
    climatology = statistics.climatology[problem.calendar_month() - 1]
    field = lambda anomaly: problem.fill(anomaly * statistics.std + climatology)
    return replace(
        analysis,
        mean=field(analysis.mean),
        std=None if analysis.std is None else problem.fill(analysis.std * statistics.std),
        members=None if analysis.members is None else field(analysis.members),
    )


def _unobserved(ocean: Mask) -> tuple[Field, Field, Mask]:
    return np.zeros(ocean.shape, np.float32), np.ones(ocean.shape, np.float32), ocean & False


def _cells(seen: Observed, problem: Problem) -> Cells:
    if not isinstance(seen.operator, Cells):
        raise BadData(
            f"observations by {type(seen.operator).__name__}",
            where=problem.case or "problem",
            fix="methods that work in anomalies take whole cells: grid the observations first",
        )
    return seen.operator
