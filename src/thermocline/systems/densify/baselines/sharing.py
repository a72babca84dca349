"""The classical method that a model starts from and is scored against: asked once for both."""

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from thermocline.baselines.remembered import Remembered
from thermocline.ocean.problem import Analysis, Problem
from thermocline.systems.densify.baselines.methods import SurfaceOI

SETTINGS = "kind", "ridge", "radius", "inflation", "kernel", "columns"


@dataclass(frozen=True, eq=False)
class RememberedOI(SurfaceOI):
    """A method whose last answers are kept."""

    @classmethod
    def of(cls, method: SurfaceOI) -> "RememberedOI":
        """The same method, which keeps them."""
        return cls(**{each.name: getattr(method, each.name) for each in fields(method)})

    def analyse(self, problem: Problem, members: int, seed: int) -> Analysis:
        """See `SurfaceOI.analyse`; what has no draws is made anew."""
        return (self._answers if members else super().analyse)(problem, members, seed)

    def same(self, other: object) -> bool:
        """Whether another method is this one: it has the same settings, and knows the same."""
        if not isinstance(other, SurfaceOI) or len(self.regions) != len(other.regions):
            return False
        return all(getattr(self, name) == getattr(other, name) for name in SETTINGS) and all(
            np.array_equal(one.joint.values, two.joint.values)
            and np.array_equal(one.climate.coefficients, two.climate.coefficients)
            for one, two in zip(self.regions, other.regions, strict=True)
        )

    @cached_property
    def _answers(self) -> Remembered[Analysis]:
        return Remembered(super().analyse)
