"""Answers: a JSON summary, a NetCDF, a zipped Zarr, or a refusal."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.responses import JSONResponse, Response

import thermocline.predict as predict
from bento.forms import FILES
from bento.replies import refusal
from thermocline.errors import ThermoclineError
from thermocline.files import temporary_directory
from thermocline.systems.endpoint import Endpoint


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


def in_words(problem: ThermoclineError, files: Mapping[str, Path | None]) -> dict[str, Any]:
    """The refusal of a request with these uploads, by field."""
    given = {name: file for name, file in files.items() if file is not None}
    told = [_without_paths(text, given) for text in (problem.what, problem.where, problem.fix)]
    return refusal(*told)


def answer(dataset: Any, form: str, endpoint: Endpoint) -> Response:
    """The dataset in the form asked for, with who made it in the headers."""
    said = headers(dataset, form, endpoint)
    if form == "json":
        return JSONResponse(predict.describe(endpoint, dataset), headers=said)
    with temporary_directory() as folder:
        file = predict.write_netcdf(dataset, Path(folder) / "answer.nc")
        if form == "zarr":
            file = predict.zipped_zarr(file, Path(folder) / "answer.zip")
        content = file.read_bytes()
    return Response(content, headers=said, media_type=FILES[form])


def headers(dataset: Any, form: str, endpoint: Endpoint) -> dict[str, str]:
    """Who made an answer, and what its file is called."""
    who = {fact: str(dataset.attrs[f"model_{fact}"]) for fact in predict.FACTS}
    said = {
        "X-Model": f"{who['name']}/{who['version']}",
        "X-Model-Digest": who["digest"],
        "X-Data-Hash": who["data_digest"],
        "Vary": "Accept",
    }
    if form == "json":
        return said
    date = dataset.attrs.get("date", endpoint.route)
    name = f"thermocline_{date}.{'nc' if form == 'netcdf' else 'zarr.zip'}".replace(" ", "_")
    return said | {"Content-Disposition": f'attachment; filename="{name}"'}
