"""Cases: a withheld state, its observations, and the problem.

    columns          whole columns at random places, surface fields everywhere
    tracks           columns along curved tracks
    without X        columns, and all surface fields but X
    profiles alone   columns, no surface field
    shifted          columns in an ocean of another climatology

A state's observations depend on its name, the protocol, the density and the seed alone.
"""

from collections.abc import Iterator

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from thermocline.config import Config
from thermocline.observe.patterns import case_rng, random_columns
from thermocline.observe.tracks import curved_tracks
from thermocline.ocean.case import Case
from thermocline.ocean.operators import Columns
from thermocline.ocean.problem import Observed, Problem
from thermocline.prepare.split import Split
from thermocline.systems.densify.config import settings
from thermocline.systems.densify.config.data import ProfileErrors
from thermocline.systems.densify.data.climate import Climate
from thermocline.systems.densify.data.raw import SURFACE, WATER
from thermocline.systems.densify.data.waters import States, Waters

COLUMNS, TRACKS, ALONE = "columns", "tracks", "profiles alone"
WITHOUT = {f"without {name}": (name,) for name in SURFACE}
SPARSE, MIDDLE = 0.005, 0.025
"""Densities of the protocols without one and without all surface fields."""


def protocols(densities: tuple[float, ...], variants: tuple[str, ...]) -> list[tuple[str, float]]:
    """The protocols that are scored, with the density of columns."""
    return [
        *((COLUMNS, density) for density in densities),
        (TRACKS, MIDDLE),
        *((name, SPARSE) for name in WITHOUT),
        (ALONE, MIDDLE),
        *((name, density) for name in variants for density in densities if density > 0),
    ]


def profile_error(errors: ProfileErrors, climate: Climate, levels: int) -> NDArray[np.float64]:
    """Standard deviation of a profile's errors [C] in a climate, C channels of so many levels."""
    instrument = np.repeat([errors.thetao, errors.so], levels)
    return np.hypot(instrument, errors.representativeness * climate.std[: len(instrument)])


def observe(
    state: NDArray, ocean: NDArray[np.bool_], where: NDArray[np.bool_], s: NDArray, rng: Generator
) -> tuple[Observed, ...]:
    """Columns `where` [H, W] of a state [C, H, W] with errors of standard deviation `s` [C]."""
    if not where.any():
        return ()
    operator = Columns.of(where, ocean)
    error = operator(np.broadcast_to(s[:, None, None], ocean.shape))
    y = operator(state) + error * rng.standard_normal(operator.size)
    return (Observed(operator, y, error),)


def problem(
    store: Waters,
    region: str,
    values: NDArray,
    day: np.datetime64,
    seen: tuple[Observed, ...] = (),
    withheld: tuple[str, ...] = (),
    name: str = "",
) -> Problem:
    """The problem of all channels of a state; `values` [V, H, W] have its surface fields."""
    surface = dict(zip(SURFACE, values[len(store.channels) :], strict=True))
    given = {name: field for name, field in surface.items() if name not in withheld}
    return Problem(store.grid(region), store.channels, store.ocean(region), day, seen, given, name)


def cases(
    config: Config,
    store: Waters,
    split: Split,
    climates: dict[str, Climate],
    asked: list[tuple[str, float]] | None = None,
    most: int | None = None,
) -> Iterator[Case]:
    """Cases of a split's states; a group has all regions, one variable after the other.

    Args:
        climates: of each region, for the errors of observations.
        asked: protocols and densities; all of `protocols` without.
        most: states of a region; those of params.yaml without.
    """
    own = settings(config)
    if most is None:
        most = own.evaluate.cases if split == "test" else own.evaluate.validation_cases
    if asked is None:
        asked = protocols(own.evaluate.densities, own.data.variants)
    drawn = {region: store.states(split, region) for region in store.regions}
    for protocol, density in asked:
        group = []
        for region, states in drawn.items():
            error = profile_error(own.data.errors, climates[region], len(store.depth))
            for i in _scored(states, protocol, own.data.variants, most):
                rng = case_rng(config.seed, states.names[i], density, protocol)
                where = _where(store.ocean(region)[0], protocol, density, rng)
                truth = states.values[i, : len(store.channels)]
                seen = observe(truth, store.ocean(region), where, error, rng)
                of = states.values[i], states.days[i], seen, withheld(protocol), states.names[i]
                group.append((problem(store, region, *of), truth))
        for variable in WATER:
            for each, truth in group:
                yield Case(each, truth, protocol, density, variable)


def withheld(protocol: str) -> tuple[str, ...]:
    """Surface fields that a protocol withholds."""
    return SURFACE if protocol == ALONE else WITHOUT.get(protocol, ())


def _scored(
    states: States, protocol: str, variants: tuple[str, ...], most: int
) -> NDArray[np.int64]:
    """Indices of at most `most` states of a region, evenly spaced.

    A protocol with the name of a run has its states; others have those of all other runs.
    """
    variant = protocol in variants
    able = np.flatnonzero((states.run == protocol) if variant else ~np.isin(states.run, variants))
    return able[np.unique(np.linspace(0, len(able) - 1, min(len(able), most)).round().astype(int))]


def _where(
    ocean: NDArray[np.bool_], protocol: str, density: float, rng: Generator
) -> NDArray[np.bool_]:
    if protocol == TRACKS:
        return curved_tracks(ocean, density, rng)
    return random_columns(ocean[None], density, rng)[0] if density else ocean & False
