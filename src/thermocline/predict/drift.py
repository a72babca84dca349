"""What a service's log of answers says: whether observations are still those of the training.

Each line of the log is an answer: JSON with `route`, `model` (name, version), `held` and `used`
observations, and the `departure` of `answers.departure`. Observations of one answer are alike, so
answers are what is counted: the mean departure is that of answers, with its standard error.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

ANSWERS = 20
"""Fewer say nothing yet."""
MEAN, RMS, DROPPED = 0.5, 2.0, 0.25
"""What is due for retraining: a mean departure, or a root mean square, beyond these standard
deviations of the climatology, or a larger share of observations that could not be used."""
SURE = 3.0
"""Standard errors that the mean must be from zero."""


@dataclass(frozen=True)
class Drift:
    """The latest answers of one model to one route.

    Attributes:
        mean, error: of the answers' mean departures, and its standard error; NaN if none says any.
        rms: root mean square departure of all values.
        dropped: share of the observations that were not used.
    """

    route: str
    model: str
    answers: int
    observations: int
    mean: float
    error: float
    rms: float
    dropped: float

    @property
    def why(self) -> str:
        """Why retraining is due, in words; "" if it is not."""
        if self.answers < ANSWERS:
            return ""
        if abs(self.mean) > max(MEAN, SURE * self.error):
            return f"observations are {self.mean:+.2f} standard deviations off on average"
        if self.rms > RMS:
            return f"observations are {self.rms:.2f} standard deviations off, root mean square"
        if self.dropped > DROPPED:
            return f"{self.dropped:.0%} of the observations could not be used"
        return ""


DEPARTURE = {"departure_mean", "departure_count", "departure_rms"}
"""What a line says of how far its observations are from what is usual; others do not count."""


def drifts(lines: Iterable[Mapping[str, Any]], latest: int) -> list[Drift]:
    """Of each route and model, what its latest answers say."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for line in lines:
        found[line["route"], line["model"]].append(line)
    return [_drift(*key, own[-latest:]) for key, own in sorted(found.items())]


def _drift(route: str, model: str, lines: list[Mapping[str, Any]]) -> Drift:
    said = [each for line in lines if {*(each := line.get("departure") or {})} >= DEPARTURE]
    means = [each["departure_mean"] for each in said]
    counts = [each["departure_count"] for each in said]
    mean = sum(means) / len(means) if means else math.nan
    spread = sum((each - mean) ** 2 for each in means)
    few = len(means) < 2
    error = math.nan if few else math.sqrt(spread / (len(means) - 1) / len(means))
    squares = [n * each["departure_rms"] ** 2 for n, each in zip(counts, said, strict=True)]
    held = sum(line["held"] for line in lines)
    return Drift(
        route=route,
        model=model,
        answers=len(lines),
        observations=held,
        mean=mean,
        error=error,
        rms=math.sqrt(sum(squares) / sum(counts)) if counts else math.nan,
        dropped=1 - sum(line["used"] for line in lines) / held if held else 0.0,
    )
