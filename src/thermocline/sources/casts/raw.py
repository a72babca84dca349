"""What a provider's file says of its casts, as it says it: nothing is left out yet."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from thermocline.sources.common.quantity import Quantity
from thermocline.sources.common.units import IN_SITU


@dataclass
class Casts:
    """What a file says of its casts, nothing left out yet.

    Attributes:
        temperature: °C [n_prof, n_level]; its attributes say which kind it is.
        pressure, depth: dbar and metres [n_prof, n_level]; one may be absent.
        salinity: practical or, if its attributes say so, absolute.
        error: standard error of each temperature, °C [n_prof, n_level].
        latitude, longitude: degrees [n_prof], in either convention.
        time: datetime64[ns] [n_prof].
        rejected: profiles [n_prof] that the provider rejects as a whole, by reason.
        rejected_temperature: those of which it rejects the temperatures only.
        rejected_salinity: salinities [n_prof, n_level] that cannot be used, by reason.
        repeated: values [n_prof, n_level] that say again what one before says.
        kind: what a temperature is that does not say it.
        undated: profiles without a date are kept.
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
