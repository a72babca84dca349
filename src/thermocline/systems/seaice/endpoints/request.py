"""What sea ice is asked with. Light: no arrays."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from thermocline.answers.dates import DayOrMonth
from thermocline.answers.request import NUMBER, Request, Seed
from thermocline.answers.wanted import FieldRequest
from thermocline.systems.seaice.endpoints.limits import MAX_OBSERVATIONS

Number = Annotated[float, NUMBER]


class GenerateRequest(Request):
    """How many states are drawn, and of which time of year."""

    states: Annotated[int, Field(ge=1, le=64, description="How many states are drawn")] = 4
    month: Annotated[
        int | None, Field(ge=1, le=12, description="Calendar month, 1 to 12; any if left out")
    ] = None
    seed: Seed = 0


UNITS = {
    "concentration": (1, "a fraction", "per cent"),
    "thickness": (15, "in metres", "centimetres"),
}
"""The most that a value may be, its unit, and the hundredth of that unit in which some have it."""


class IceObservation(BaseModel):
    """Concentration, thickness or both at a point."""

    model_config = ConfigDict(extra="forbid")

    latitude: Number = Field(ge=-90, le=90, description="Degrees north")
    longitude: Number = Field(ge=-360, le=360, description="Degrees east")
    concentration: Number | None = Field(
        None, ge=0, le=UNITS["concentration"][0], description="A fraction, 0 to 1"
    )
    thickness: Number | None = Field(
        None, ge=0, le=UNITS["thickness"][0], description="Metres of ice on average over the cell"
    )

    @field_validator("concentration", "thickness", mode="before")
    @classmethod
    def _in_its_unit(cls, value: Any, info: ValidationInfo) -> Any:
        most, unit, other = UNITS[str(info.field_name)]
        if isinstance(value, int | float) and most < value <= 100 * most:
            raise ValueError(f"should be {unit}, at most {most}: of {other}, give {value / 100:g}")
        return value

    @model_validator(mode="after")
    def _says_something(self) -> "IceObservation":
        if self.concentration is None and self.thickness is None:
            raise ValueError("give a concentration, a thickness or both")
        return self


class IceRequest(FieldRequest):
    """Observations of a day, one by one or as a map."""

    date: Annotated[
        DayOrMonth | None,
        Field(
            description='The day, such as "2008-03-14", or of a file with a map a month "2008-03"; '
            "else the only one of the file",
        ),
    ] = None
    observations: Annotated[
        list[IceObservation] | None,
        Field(max_length=MAX_OBSERVATIONS, description="Concentration and thickness at points"),
    ] = None
    file: Annotated[
        Path | None,
        Field(
            description="Gridded sea-ice concentration (NSIDC, OSI SAF, CMIP6, GLORYS, …), "
            "or a CSV table with columns latitude, longitude, concentration, thickness"
        ),
    ] = None
    error: Annotated[
        float | None,
        Field(gt=0, le=0.5, description="Standard deviation of a concentration's error"),
    ] = None
    thickness_error: Annotated[
        float | None, Field(gt=0, le=5, description="Likewise of a thickness, metres")
    ] = None
