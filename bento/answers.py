"""Requests' observations, and answers: a JSON summary, a NetCDF, or a refusal."""

import logging
import re
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

import thermocline.predict as predict
from bento.replies import refusal, status_of
from thermocline.errors import BadFile, ThermoclineError

logger = logging.getLogger("thermocline.service")


class Observation(BaseModel):
    """One temperature at a point."""

    model_config = ConfigDict(extra="forbid")

    latitude: float = Field(description="Degrees north, −90 to 90")
    longitude: float = Field(description="Degrees east, −180 to 360")
    depth: float = Field(description="Metres, positive down")
    temperature: float = Field(description="Potential temperature, degrees Celsius")
    error: float | None = Field(None, description="Standard deviation of its error, °C")
    time: str | None = Field(
        None,
        pattern=r"^\d{4}-\d{2}(-\d{2}([T ][\d:.]{1,20}Z?)?)?$",
        description="When, such as 2008-02-15; if left out, in the month asked for",
    )


def _without_paths(text: str, file: Path) -> str:
    """The text with the upload's temporary place on this machine called `file`."""
    for place in (file, file.resolve()):
        for written in (str(place), repr(str(place))[1:-1], str(place.parent)):
            text = text.replace(written, "file")
    return re.sub(rf"(?<!\w){re.escape(file.name)}(?!\w)", "file", text)


def unreadable(problem: Exception, wanted: str) -> BadFile:
    """Whatever a strange file does to a reader is the file's fault, not the service's."""
    # The error's own words may repeat the file, or name files of this machine.
    place = "".join(traceback.format_tb(problem.__traceback__))
    logger.error("reading an upload failed: %s\n%s", type(problem).__name__, place)
    return BadFile(
        f"cannot be read ({type(problem).__name__})", where="file", fix=f"upload {wanted}"
    )


def refused(problem: ThermoclineError, file: Path | None) -> Response:
    told = [problem.what, problem.where, problem.fix]
    if file is not None:
        told = [_without_paths(text, file) for text in told]
    return JSONResponse(refusal(*told), status_of(problem))


def answer(
    dataset: Any, served: predict.ServedModel, format: str, summary: Callable[[Any], Any]
) -> Response:
    """The dataset in the form asked for, with who made it in the headers."""
    who = served.identity
    headers = {
        "X-Model": f"{who.name}/{who.version}",
        "X-Model-Digest": who.digest,
        "X-Data-Hash": who.data_digest,
    }
    if format == "json":
        return JSONResponse(summary(dataset), headers=headers)
    name = f"thermocline_{dataset.attrs['date']}.nc".replace(" ", "_")
    headers["Content-Disposition"] = f'attachment; filename="{name}"'
    with tempfile.TemporaryDirectory(prefix="thermocline-") as folder:
        content = predict.write_netcdf(dataset, Path(folder) / "answer.nc").read_bytes()
    return Response(content, headers=headers, media_type="application/x-netcdf")
