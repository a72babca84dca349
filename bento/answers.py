"""Answers: a JSON summary, a NetCDF, or a refusal."""

import re
import tempfile
from pathlib import Path
from typing import Any

from starlette.responses import JSONResponse, Response

import thermocline.predict as predict
from bento.replies import refusal, status_of
from thermocline.errors import ThermoclineError
from thermocline.systems.protocol import Endpoint


def _without_paths(text: str, file: Path) -> str:
    """The text with the upload's temporary place on this machine called `file`."""
    for place in (file, file.resolve()):
        for written in (str(place), repr(str(place))[1:-1], str(place.parent)):
            text = text.replace(written, "file")
    return re.sub(rf"(?<!\w){re.escape(file.name)}(?!\w)", "file", text)


def refused(problem: ThermoclineError, file: Path | None) -> Response:
    told = [problem.what, problem.where, problem.fix]
    if file is not None:
        told = [_without_paths(text, file) for text in told]
    return JSONResponse(refusal(*told), status_of(problem))


def answer(dataset: Any, served: predict.ServedModel, format: str, endpoint: Endpoint) -> Response:
    """The dataset in the form asked for, with who made it in the headers."""
    who = served.identity
    headers = {
        "X-Model": f"{who.name}/{who.version}",
        "X-Model-Digest": who.digest,
        "X-Data-Hash": who.data_digest,
    }
    if format == "json":
        return JSONResponse(predict.describe(endpoint, dataset), headers=headers)
    date = dataset.attrs.get("date", endpoint.route)
    name = f"thermocline_{date}.nc".replace(" ", "_")
    headers["Content-Disposition"] = f'attachment; filename="{name}"'
    with tempfile.TemporaryDirectory(prefix="thermocline-") as folder:
        content = predict.write_netcdf(dataset, Path(folder) / "answer.nc").read_bytes()
    return Response(content, headers=headers, media_type="application/x-netcdf")
