"""Casts as they are in a provider's file, before any value is dropped."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from thermocline.sources.common.quantity import Quantity
from thermocline.sources.common.temperature import IN_SITU


@dataclass
class Casts:
    """Casts of a file, before any value is dropped.

    Attributes:
        temperature: °C [n_prof, n_level]; its attributes may say which kind it is.
        pressure, depth: dbar and metres [n_prof, n_level]; one of them may be None.
        salinity: practical or, if its attributes say so, absolute.
        error: standard error of each temperature, °C [n_prof, n_level].
        latitude, longitude: degrees [n_prof], in either convention.
        time: datetime64[ns] [n_prof].
        rejected: profiles [n_prof] that the provider rejects as a whole, by reason.
        rejected_temperature: profiles [n_prof] whose temperatures it rejects, by reason.
        rejected_salinity: salinities [n_prof, n_level] that cannot be used, by reason.
        repeated: values [n_prof, n_level] that repeat an earlier row of a table.
        kind: kind of temperature, if its attributes do not say it.
        undated: whether profiles without a date are used.
        notes: decisions of the reader, in words.
        of: what the account counts.
    """

    temperature: Quantity
    latitude: NDArray
    longitude: NDArray
    time: NDArray
    platform: list[str]
    pressure: Quantity | None = None
    depth: Quantity | None = None
    salinity: Quantity | None = None
    error: NDArray[np.float64] | None = None
    rejected: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    rejected_temperature: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    rejected_salinity: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    repeated: NDArray[np.bool_] | None = None
    kind: str = IN_SITU
    undated: bool = False
    notes: tuple[str, ...] = ()
    of: str = "values"
