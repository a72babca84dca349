"""From observations to a complete field in degrees Celsius."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.library import MOST_OBSERVATIONS
from thermocline.baselines.screening import screen_window
from thermocline.errors import BadObservations
from thermocline.observe import Observations, Usage, to_window
from thermocline.systems.request import check_members, check_seed

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
        rejected: gridded values, of all months, that the background check rejected.
        error_factor: what the stated errors of the month's values were multiplied by.
        evaluations: network evaluations a member.
        seconds: wall-clock time of the analysis; no part of the answer's identity.
    """

    mean: NDArray[np.float32]
    std: NDArray[np.float32]
    members: NDArray[np.float32] | None
    month: np.datetime64
    usage: Usage
    rejected: int
    error_factor: float
    evaluations: int
    seconds: float


def parse_month(date: str | np.datetime64) -> np.datetime64:
    """The month (datetime64[M]) of "2008-03", "2008-03-15" or a datetime64.

    Raises:
        BadObservations: for anything else.
    """
    text = str(date).strip()
    match = re.fullmatch(r"(\d{4})-(\d{2})(-\d{2}([T ][\d:.]+Z?)?)?", text)
    try:
        if match is None:
            raise ValueError
        # The whole of the date must be one, although only its month counts.
        np.datetime64(text[:10], "D" if match.group(3) else "M")
        return np.datetime64(text[:7], "M")
    except ValueError:
        raise BadObservations(
            f"not a date: {text!r}" if text else "no date was given",
            where="date",
            fix='give the month of the observations, such as "2008-03"',
        ) from None


def analyse(
    model: "Reconstructor",
    observations: Observations,
    date: str | np.datetime64,
    members: int | None = None,
    seed: int = 0,
) -> Answer:
    """Analyse the observations of a month, and of the months around it that the model accepts.

    Those that cannot be true are left out (see `thermocline.baselines.screening`).

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
    checked, found = screen_window(problem, model.ensemble)
    analysis = model.analyse(checked, count, seed)
    scale = np.where(model.statistics.ocean, model.statistics.std, np.nan)
    spread = analysis.std
    if spread is None:
        drawn = analysis.members
        several = drawn is not None and len(drawn) > 1
        spread = drawn.std(axis=0, ddof=1) if several and drawn is not None else None
    std = np.full_like(scale, np.nan) if spread is None else spread * scale
    drawn = analysis.members
    return Answer(
        mean=model.statistics.denormalise(analysis.mean, calendar_month),
        std=std.astype(np.float32),
        members=None if drawn is None else model.statistics.denormalise(drawn, calendar_month),
        month=month,
        usage=usage,
        rejected=sum(int(month.rejected.sum()) for month in found),
        error_factor=found[0].error_factor,
        evaluations=analysis.evaluations,
        seconds=analysis.seconds,
    )
