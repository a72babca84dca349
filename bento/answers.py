"""Answers: a JSON summary, a NetCDF, or a refusal."""

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.responses import JSONResponse, Response

import thermocline.predict as predict
from bento.replies import refusal, status_of
from thermocline.errors import ThermoclineError
from thermocline.systems.protocol import Endpoint


def _without_paths(text: str, files: Mapping[str, Path]) -> str:
    """The text with uploads' temporary places on this machine called by the names of their fields.

    Whole paths go first: uploads may lie in one folder.
    """
    for whole in (True, False):
        for name, file in files.items():
            for place in (file, file.resolve()):
                written = (str(place), repr(str(place))[1:-1]) if whole else (str(place.parent),)
                for each in written:
                    text = text.replace(each, name)
    for name, file in files.items():
        text = re.sub(rf"(?<!\w){re.escape(file.name)}(?!\w)", name, text)
    return text


def refused(problem: ThermoclineError, files: Mapping[str, Path | None]) -> Response:
    """The refusal of a request with these uploads, by field."""
    given = {name: file for name, file in files.items() if file is not None}
    told = [_without_paths(text, given) for text in (problem.what, problem.where, problem.fix)]
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
