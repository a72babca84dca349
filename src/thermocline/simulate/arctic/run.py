"""Years of simulated sea ice, every fifth day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from thermocline.simulate.arctic.configuration import Ice
from thermocline.simulate.arctic.forcing import ATLANTIC, IRMINGER, Climate
from thermocline.simulate.arctic.geography import CELL, Arctic
from thermocline.simulate.arctic.ice import DAY, Model, State
from thermocline.simulate.arctic.weather import Field

STEPS = 3  # a day
EVERY = 5  # days between written states
SPIN_UP = 5  # years
SHALLOW, DEEP = 30.0, 90.0  # mixed layer, m


@dataclass(frozen=True, eq=False)
class Archive:
    """States of T days on a sea.

    Attributes:
        arctic: the sea's shape.
        days: [T], datetime64.
        fields: by variable, [T, H, W] float32, land NaN; siconc and damage are fractions.
    """

    arctic: Arctic
    days: NDArray[np.datetime64]
    fields: dict[str, NDArray[np.float32]]


def simulate(
    ice: Ice,
    arctic: Arctic,
    first: int,
    last: int,
    seed: int = 0,
    spin_up: int = SPIN_UP,
    every: int = EVERY,
) -> Archive:
    """States of every `every`-th day from January of year `first` to the end of year `last`."""
    days, kept = [], []
    start = date(first, 1, 1)
    length = (date(last + 1, 1, 1) - start).days
    for day, state in enumerate(states(ice, arctic, spin_up, length, seed)):
        if day % every == 0:
            days.append(np.datetime64(start, "D") + day)
            kept.append(np.where(arctic.sea, fields_of(state), np.nan).astype(np.float32))
    whole = np.stack(kept, axis=1)
    return Archive(arctic, np.array(days), dict(zip(VARIABLES, whole, strict=True)))


VARIABLES = ("sithick", "siconc", "damage", "siu", "siv")


def fields_of(state: State) -> NDArray[np.float64]:
    """The variables in order [5, H, W]."""
    return np.stack([state.volume, state.area, state.damage, *state.velocity])


def states(ice: Ice, arctic: Arctic, spin_up: int, days: int, seed: int) -> Iterator[State]:
    """The state of each day, after `spin_up` years that are not given."""
    random = np.random.default_rng([seed, ice.seed])
    climate = Climate(ice, arctic, STEPS, random)
    scatter = Field(arctic.sea.shape, CELL, CELL, 10.0, 1.0, random)
    warm = np.maximum(arctic.near(ATLANTIC, 400e3), arctic.near(IRMINGER, 300e3))
    model = Model(ice, arctic, SHALLOW + (DEEP - SHALLOW) * warm, DAY / STEPS)
    state = model.start()
    before = round(365.25 * spin_up)
    for day in range(-before, days):
        scatter.advance()
        strength = scatter.values()
        for forcing in climate.day(day):
            state = model.step(state, forcing, strength)
        if day >= 0:
            yield state
