"""What sea ice is asked with. Light: no arrays."""

from typing import Annotated

from pydantic import Field

from thermocline.systems.request import Request, Seed


class GenerateRequest(Request):
    """How many states are drawn, and of which time of year."""

    states: Annotated[int, Field(ge=1, le=64, description="How many states are drawn")] = 4
    month: Annotated[
        int | None, Field(ge=1, le=12, description="Calendar month; any season if left out")
    ] = None
    seed: Seed = 0
