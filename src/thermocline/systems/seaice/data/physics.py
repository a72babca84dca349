"""What every state obeys: bounds, and nothing but open water where there is no ice."""

import numpy as np
from numpy.typing import NDArray

from thermocline.systems.seaice.data.raw import LOWER, NAMES, UPPER

THICKNESS, CONCENTRATION = NAMES.index("sithick"), NAMES.index("siconc")
LEAST_CONCENTRATION, LEAST_THICKNESS = 5e-3, 5e-3
"""Less ice than this (a fraction; metres) is none: files of models and satellites round it away."""

THIN = 0.01
"""Thickness in metres of the thinnest ice that is drawn."""


def within(states: NDArray[np.floating]) -> NDArray[np.floating]:
    """States [..., 5, H, W] no lower and no higher than their bounds, which rounding passes."""
    return np.clip(states, LOWER[..., None], UPPER[..., None])


def enforced(states: NDArray[np.floating]) -> NDArray[np.float32]:
    """States [..., 5, H, W] within their bounds; all five variables 0 where there is no ice."""
    bounded = within(states)
    return np.where(open_water(bounded)[..., None, :, :], 0, bounded).astype(np.float32)


def enforced_draws(states: NDArray[np.floating]) -> NDArray[np.float32]:
    """`enforced` of states that a decoder gave: there is ice wherever there is concentration.

    The likeliest thickness of thin, scattered ice is often none where its likeliest concentration
    is some; without this the decoder's ice would be taken away there.
    """
    ice = states[..., CONCENTRATION, :, :] >= LEAST_CONCENTRATION
    made = states.copy()
    made[..., THICKNESS, :, :] = np.where(ice, np.maximum(THIN, states[..., THICKNESS, :, :]), 0)
    return enforced(made)


def open_water(states: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Where states [..., 5, H, W] hold no ice, [..., H, W]."""
    return (states[..., CONCENTRATION, :, :] < LEAST_CONCENTRATION) | (
        states[..., THICKNESS, :, :] < LEAST_THICKNESS
    )
