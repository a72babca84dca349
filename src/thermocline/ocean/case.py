"""What methods are scored on."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Case:
    """One problem with its truth, in whatever the system's score takes them.

    Attributes:
        protocol, density, variable: what was observed, how much of it, and what is asked for.
    """

    problem: Any
    truth: NDArray
    protocol: str
    density: float
    variable: str
