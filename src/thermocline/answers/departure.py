"""Departures of observations from the climatology of a model's training, as attributes.

Attributes of a dataset: `departure_count` anomalies in standard deviations of the climatology,
their mean `departure_mean`, and their root mean square `departure_rms`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAMES = ("departure_count", "departure_mean", "departure_rms")
FAR_MEAN, FAR_RMS, MIN_VALUES = 2.0, 5.0, 10
"""A mean and a root mean square that are warned of, of so many values at least."""


def departure(anomalies: "NDArray[Any]") -> dict[str, Any]:
    """The attributes of anomalies [N] in standard deviations; none if there are no values."""
    import numpy as np

    values = anomalies[np.isfinite(anomalies)].astype(np.float64)
    if not values.size:
        return {}
    return {
        "departure_count": np.int32(values.size),
        "departure_mean": np.float64(round(float(values.mean()), 4)),
        "departure_rms": np.float64(round(float(np.sqrt(np.mean(values**2))), 4)),
    }


def far_observations(said: dict[str, Any], usual: str = "the climatology") -> list[str]:
    """A warning, if observations are far from what is `usual`, all to one side or to both."""
    if not said or said["departure_count"] < MIN_VALUES:
        return []
    mean, rms = said["departure_mean"], said["departure_rms"]
    if abs(mean) >= FAR_MEAN:
        far = f"{mean:+.1f} standard deviations from {usual} on average: check their units"
    elif rms > FAR_RMS:
        far = f"{rms:.1f} standard deviations from {usual} (root mean square): check their places"
    else:
        return []
    return [f"the observations are {far} and their date"]
