"""The request of this system's endpoint. Light: no arrays."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from thermocline.answers.dates import Day
from thermocline.answers.request import NUMBER
from thermocline.answers.wanted import DeepRequest
from thermocline.systems.densify.endpoints.limits import MAX_OBSERVATIONS

Number = Annotated[float, NUMBER, Field(allow_inf_nan=False)]


class WaterObservation(BaseModel):
    """Temperature, salinity or both at a point; points of one place are a profile."""

    model_config = ConfigDict(extra="forbid")

    latitude: Number = Field(ge=-90, le=90, description="Degrees north")
    longitude: Number = Field(ge=-180, le=360, description="Degrees east")
    depth: Number = Field(ge=0, le=12_000, description="Metres, positive down")
    temperature: Number | None = Field(
        None, ge=-3, le=40, description="Potential temperature, degrees Celsius"
    )
    salinity: Number | None = Field(None, ge=0, le=50, description="Practical salinity")
    error: Number | None = Field(
        None, gt=0, le=20, description="Standard deviation of the temperature's error, °C"
    )
    salinity_error: Number | None = Field(None, gt=0, le=20, description="Of the salinity's")

    @model_validator(mode="after")
    def _says_something(self) -> "WaterObservation":
        if self.temperature is None and self.salinity is None:
            raise ValueError("give a temperature, a salinity or both")
        return self


class DensifyRequest(DeepRequest):
    """Profiles, surface fields or both, of a day."""

    date: Annotated[
        Day | None,
        Field(description='The day, such as "2005-03-14"; else the middle one of the file'),
    ] = None
    observations: Annotated[
        list[WaterObservation] | None,
        Field(max_length=MAX_OBSERVATIONS, description="Temperature and salinity at points"),
    ] = None
    file: Annotated[
        Path | None, Field(description="EN4 or Argo profiles (NetCDF), or a CSV table")
    ] = None
    surface: Annotated[
        Path | None,
        Field(
            description="Gridded NetCDF with any of sea surface temperature, salinity and height "
            "(OSTIA, altimetry, GLORYS, …)"
        ),
    ] = None
    region: Annotated[
        str | None,
        Field(
            max_length=80, description="Name of a region; else where observations, or fields, are"
        ),
    ] = None
