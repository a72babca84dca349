"""The Arctics of the nature run: three that a model may learn from, and one that is withheld."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Ice:
    """One Arctic's parameters.

    Attributes:
        name, seed: what it is called, and where its randomness starts.
        wind: standard deviation of each component of the wind, m/s.
        wind_length, wind_memory: of the synoptic weather, m and days.
        high: pressure of the mean Beaufort high, Pa.
        drag: speed of free drift by the wind's speed.
        turning: of free drift to the right of the wind, degrees.
        current: factor on the ocean's mean currents.
        stiffness: how far undamaged compact ice of 1 m passes on stress, m.
        strength: stress at which it breaks, as a velocity difference over one cell, m/s.
        healing: time in which cold ice heals, days.
        warmth: added to the air's temperature in the first year that is kept, K; from then on it
            grows by `warming` a decade, whatever year that is.
        season: factor on the air's seasonal cycle.
        ocean_heat: factor on the heat that the ocean brings.
        absorbed: share of sunshine that ice absorbs.
        lateral: share of melt that takes area rather than thickness.
        new_ice: thickness of new ice, m.
    """

    name: str
    seed: int
    wind: float = 6.0
    wind_length: float = 650e3
    wind_memory: float = 1.9
    high: float = 700.0
    drag: float = 0.020
    turning: float = 20.0
    current: float = 1.0
    stiffness: float = 1000e3
    strength: float = 0.015
    healing: float = 20.0
    warmth: float = 0.0
    warming: float = 0.5
    season: float = 1.0
    ocean_heat: float = 1.0
    absorbed: float = 0.195
    lateral: float = 0.5
    new_ice: float = 0.30


_REFERENCE = Ice("r1", 1101)

MEMBERS = (
    _REFERENCE,
    replace(
        _REFERENCE,
        name="r2",
        seed=1202,
        wind=6.2,
        high=600.0,
        drag=0.019,
        stiffness=1100e3,
        healing=24.0,
        warmth=0.4,
        absorbed=0.19,
        ocean_heat=0.95,
    ),
    replace(
        _REFERENCE,
        name="r3",
        seed=1303,
        wind=5.8,
        high=800.0,
        drag=0.021,
        turning=22.0,
        strength=0.0135,
        healing=17.0,
        warmth=-0.4,
        absorbed=0.20,
        ocean_heat=1.05,
    ),
)
"""The Arctics a prior may be trained on: one family with slightly differing parameters."""

TRUTH = Ice(
    "truth",
    1909,
    wind=6.3,
    wind_length=600e3,
    wind_memory=1.7,
    high=760.0,
    drag=0.0215,
    turning=23.0,
    current=1.15,
    stiffness=900e3,
    strength=0.0135,
    healing=18.0,
    warmth=0.2,
    warming=0.6,
    season=1.03,
    ocean_heat=1.08,
    absorbed=0.20,
    lateral=0.55,
    new_ice=0.27,
)
"""The withheld Arctic: nothing is ever trained on it."""
