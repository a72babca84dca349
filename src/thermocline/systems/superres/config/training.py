"""How the networks are trained."""

from typing import Literal

from thermocline.config.training import MeanTraining
from thermocline.config.types import Count


class SuperresTraining(MeanTraining):
    """Optimisation, and the crops that a step sees.

    Crops are `crop` blocks on each side; each is rotated and mirrored at random, and with `negate`
    half of them change their sign, as the residual's distribution is nearly the same for both
    signs. A network that predicts the `field` cannot see a change of sign: it needs `negate:
    false`.
    """

    steps: Count = 2000
    batch: Count = 16
    loss: Literal["square", "absolute"] = "square"
    """Loss on each cell."""
    crop: Count = 16
    """Blocks on each side of a crop; larger than a pair, the whole pair."""
    negate: bool = True
    """Whether pairs are shown with both signs of their departures."""
