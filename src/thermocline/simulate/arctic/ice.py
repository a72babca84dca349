"""One step of the sea ice: drift, transport, ridging, damage, growth and melt.

Area, volume and damaged area are carried by the drift. Where area would exceed the cell, the ice
ridges: its volume stays. Where there is no ice, thickness, damage and drift are 0.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from thermocline.simulate.arctic.configuration import Ice
from thermocline.simulate.arctic.drift import deformation, drift, free_drift, stiffness
from thermocline.simulate.arctic.forcing import Forcing, currents
from thermocline.simulate.arctic.geography import Arctic
from thermocline.simulate.arctic.thermodynamics import FREEZING, Column, grow_and_melt
from thermocline.simulate.arctic.transport import Transport, faces

DAY = 86400.0
CLOSED = 0.997  # a cell with less open water than this freezes over in the cold
LOOSE, BREAK_UP = 0.80, 4.0  # below this concentration ice breaks up, in so many days
RIDGES, HIGHEST = 3.0, 10.0  # m: from here on ridges let less ice in, and at last none
SCATTER = 0.3  # of the strength, from place to place


@dataclass(frozen=True, eq=False)
class State:
    """Fields [H, W], 0 on land.

    Attributes:
        volume: of ice per area of the cell, m.
        area: of ice, fraction of the cell.
        damage: 0 (unbroken) to 1.
        velocity: along x and y [2, H, W], m/s; 0 where there is no ice.
        moving: drift that ice would have anywhere [2, H, W]; the solver starts from it.
        water: temperature of the mixed layer, °C.
    """

    volume: NDArray[np.float64]
    area: NDArray[np.float64]
    damage: NDArray[np.float64]
    velocity: NDArray[np.float64]
    moving: NDArray[np.float64]
    water: NDArray[np.float64]


class Model:
    """The ice of one Arctic.

    Args:
        ice: parameters.
        arctic: the sea's shape.
        mixed_layer: depth [H, W], m.
        step: seconds.
    """

    def __init__(self, ice: Ice, arctic: Arctic, mixed_layer: NDArray, step: float):
        self._ice, self._arctic, self._step = ice, arctic, step
        self._mixed_layer = mixed_layer
        self._transport = Transport(arctic, step)
        self._current = ice.current * currents(arctic)

    def start(self) -> State:
        """Ice of 2 m north of 72 degrees; freezing water elsewhere."""
        area = np.where(self._arctic.sea & (self._arctic.latitude > 72), 1.0, 0.0)
        nothing, still = np.zeros_like(area), np.zeros((2, *area.shape))
        return State(2.0 * area, area, nothing, still, still, nothing + FREEZING)

    def step(self, state: State, forcing: Forcing, scatter: NDArray) -> State:
        """The state one step later; `scatter` [H, W] varies the strength, about 0."""
        state = self._move(state, forcing)
        state = self._break(state, forcing, scatter)
        return self._freeze(state, forcing)

    def _move(self, state: State, forcing: Forcing) -> State:
        ice, sea = self._ice, self._arctic.sea
        free = free_drift(forcing.wind, self._current, ice) * sea
        stiff = stiffness(state.volume, state.area, state.damage, ice)
        moving = drift(free, stiff, sea, state.moving)
        amounts = np.stack([state.volume, state.area, state.damage * state.area])
        volume, area, damaged = self._transport(amounts, faces(moving, sea, _entry(state.volume)))
        there = area > 0
        damage = np.clip(np.where(there, damaged / np.where(there, area, 1), 0), 0, 1)
        return replace(state, volume=volume, area=np.minimum(area, 1), damage=damage, moving=moving)

    def _break(self, state: State, forcing: Forcing, scatter: NDArray) -> State:
        """Damage where stress exceeds strength, or ice is loose; healing in the cold."""
        ice, days = self._ice, self._step / DAY
        strain = deformation(state.moving, self._arctic.sea)
        strength = ice.strength * np.exp(SCATTER * scatter)
        over = strength / np.maximum(strain, 1e-9)
        damage = np.maximum(state.damage, 1 - over**2)
        loose = np.clip((LOOSE - state.area) / LOOSE, 0, 1) * days / BREAK_UP
        damage = damage + (1 - damage) * loose
        cold = np.clip((FREEZING - forcing.air) / 20, 0, 1)
        return replace(state, damage=np.clip(damage - cold * days / ice.healing, 0, 1))

    def _freeze(self, state: State, forcing: Forcing) -> State:
        column = Column(state.volume, state.area, state.water)
        column, new = grow_and_melt(column, forcing, self._mixed_layer, self._ice, self._step)
        sea = self._arctic.sea
        closed = (column.area > CLOSED) & (forcing.air < -5)
        area = np.where(closed, 1.0, column.area) * sea
        there = area > 0
        fresh = np.where(there, new / np.where(there, column.area, 1), 0)
        return State(
            volume=column.volume * sea,
            area=area,
            damage=state.damage * (1 - np.clip(fresh, 0, 1)) * there,
            velocity=state.moving * there,
            moving=state.moving,
            water=column.water,
        )


def _entry(volume: NDArray) -> NDArray[np.float64]:
    """How freely ice drifts into a cell [H, W]: piled up ice resists more of it."""
    return np.asarray(np.clip((HIGHEST - volume) / (HIGHEST - RIDGES), 0, 1))
