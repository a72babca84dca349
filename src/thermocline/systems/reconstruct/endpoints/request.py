"""What a reconstruction is asked with. Light: no arrays."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from thermocline.answers.dates import MONTH, Moment, check_month
from thermocline.answers.request import NUMBER
from thermocline.answers.wanted import DeepRequest
from thermocline.systems.reconstruct.endpoints.limits import MAX_OBSERVATIONS

Number = Annotated[float, NUMBER]


class Observation(BaseModel):
    """One temperature at a point."""

    model_config = ConfigDict(extra="forbid")

    latitude: Number = Field(description="Degrees north, −90 to 90")
    longitude: Number = Field(description="Degrees east, −180 to 360")
    depth: Number = Field(description="Metres, positive down")
    temperature: Number = Field(description="Potential temperature, degrees Celsius")
    error: Number | None = Field(None, description="Standard deviation of its error, °C")
    time: Moment | None = Field(
        None, description="When, such as 2008-02-15; if left out, in the month asked for"
    )


class ReconstructRequest(DeepRequest):
    """Observations or a file, and the month that the field is for."""

    date: Annotated[
        str | None,
        Field(description='Month to analyse, such as "2008-03"; else that of the file\'s middle'),
    ] = None
    observations: Annotated[
        list[Observation] | None,
        Field(max_length=MAX_OBSERVATIONS, description="Temperatures at points"),
    ] = None
    file: Annotated[
        Path | None, Field(description="EN4 or Argo profiles (NetCDF), or a CSV table")
    ] = None
    climatology: Annotated[
        Path | None,
        Field(
            description="Monthly climatology of your own (WOA, Levitus, …), a gridded NetCDF of "
            "twelve months; the model's if left out"
        ),
    ] = None

    _date = field_validator("date")(check_month)

    @field_validator("observations")
    @classmethod
    def _of_a_month(
        cls, observations: list[Observation] | None, info: ValidationInfo
    ) -> list[Observation] | None:
        if observations is not None and info.data.get("date", "refused") is None:
            raise ValueError(f"no date was given: {MONTH}")
        return observations
