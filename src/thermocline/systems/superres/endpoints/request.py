"""The request of this system's endpoint. Light: no arrays."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from thermocline.answers.dates import check_map_date
from thermocline.answers.wanted import FieldRequest


class SuperresolveRequest(FieldRequest):
    """A coarse field, and the day to super-resolve."""

    file: Annotated[
        Path, Field(description="Gridded NetCDF of temperatures as far apart as OISST's: 0.25°")
    ]
    date: Annotated[
        str | None,
        Field(description='Which day, such as "2008-03-14", of a file with several'),
    ] = None
    error: Annotated[
        float | None,
        Field(gt=0, le=5, description="Standard deviation of each given value's error, °C"),
    ] = None

    _date = field_validator("date")(check_map_date)
