"""Every number that tells one simulated ocean from another."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Ocean:
    """Parameters of one ocean; the defaults are those of the reference configuration.

    Attributes:
        name: what the data pipeline calls the member.
        seed: of its weather.
        gyre_speed: largest speed of the wind-driven gyres, m/s.
        circumpolar: transport of the circumpolar current per depth, m²/s.
        eddy_speed: root-mean-square surface eddy velocity where eddies are strong, m/s.
        eddy_radius: deformation radii of the two eddy modes, m.
        eddy_memory: decay time of eddies, days.
        reduced_gravity: pressure to thermocline displacement, m/s².
        wind_heave: standard deviation of thermocline heave by winds, m.
        flux: standard deviation of weather's heat flux, °C a day over a 50 m mixed layer.
        flux_length: length scale of that weather, m.
        surface_memory: decay time of surface anomalies over a 50 m mixed layer, days.
        deep_memory: decay time of anomalies at 1000 m, days.
        mixed_layer: factor on the mixed layer's depth.
        thermocline: factor on the thermocline's depth.
        sharpness: factor on the thermocline's thickness.
        surface_shift: change of the mean sea surface temperature in the subtropics, °C.
        seasonality: factor on the seasonal cycle.
        wind_shift: poleward shift of the westerlies, degrees.
        enso_period: years.
        enso_noise: strength of the bursts that drive it.
        enso_skewness: how much stronger bursts are in a warm state.
        warming: trend of the surface, °C a decade.
    """

    name: str
    seed: int
    gyre_speed: float = 0.30
    circumpolar: float = 1.2e5
    eddy_speed: float = 0.07
    eddy_radius: tuple[float, float] = (450e3, 250e3)
    eddy_memory: float = 120.0
    reduced_gravity: float = 0.045
    wind_heave: float = 12.0
    flux: float = 0.0185
    flux_length: float = 1400e3
    surface_memory: float = 200.0
    deep_memory: float = 1500.0
    mixed_layer: float = 1.0
    thermocline: float = 1.0
    sharpness: float = 1.0
    surface_shift: float = 0.0
    seasonality: float = 1.0
    wind_shift: float = 0.0
    enso_period: float = 3.8
    enso_noise: float = 1.0
    enso_skewness: float = 0.22
    warming: float = 0.10


_REFERENCE = Ocean("r1", 101)

MEMBERS = (
    _REFERENCE,
    replace(
        _REFERENCE,
        name="r2",
        seed=202,
        gyre_speed=0.26,
        eddy_speed=0.077,
        mixed_layer=1.12,
        thermocline=0.95,
        surface_shift=0.25,
        enso_period=4.4,
        wind_shift=-1.0,
        warming=0.14,
    ),
    replace(
        _REFERENCE,
        name="r3",
        seed=303,
        gyre_speed=0.34,
        eddy_speed=0.063,
        mixed_layer=0.9,
        thermocline=1.05,
        surface_shift=-0.2,
        seasonality=1.04,
        enso_period=3.2,
        wind_shift=0.8,
        warming=0.07,
    ),
)
"""The oceans a prior may be trained on: one model family with slightly differing parameters."""

TRUTH = Ocean(
    "truth",
    909,
    gyre_speed=0.37,
    circumpolar=1.4e5,
    eddy_speed=0.08,
    eddy_radius=(420e3, 260e3),
    eddy_memory=100.0,
    reduced_gravity=0.042,
    wind_heave=13.5,
    flux=0.020,
    flux_length=1250e3,
    surface_memory=175.0,
    deep_memory=1200.0,
    mixed_layer=1.06,
    thermocline=1.03,
    sharpness=0.95,
    surface_shift=0.12,
    seasonality=0.97,
    wind_shift=0.5,
    enso_period=4.9,
    enso_noise=1.15,
    enso_skewness=0.27,
    warming=0.11,
)
"""The withheld ocean that profiles are observed from: nothing is ever trained on it."""
