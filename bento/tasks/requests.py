"""Requests in folders: their values as JSON, with copies of their uploads."""

import json
import shutil
from pathlib import Path

from pydantic import BaseModel

import thermocline.predict as predict
from bento.routes import Route
from thermocline.files import atomic_directory

REQUEST = "request.json"


def keep(where: Path, route: Route, request: BaseModel) -> None:
    """Write a request that was found good to a new folder."""
    values = request.model_dump(mode="json", exclude=set(route.uploads), exclude_unset=True)
    with atomic_directory(where) as folder:
        for name in route.uploads:
            file: Path | None = getattr(request, name)
            if file is not None:
                (folder / name).mkdir()
                shutil.copyfile(file, folder / name / file.name)
        (folder / REQUEST).write_text(json.dumps(values), encoding="utf-8")


def uploads(folder: Path, route: Route) -> dict[str, Path]:
    """The uploads of a kept request by field."""
    found = {name: sorted((folder / name).glob("*")) for name in route.uploads}
    return {name: files[0] for name, files in found.items() if files}


def kept(folder: Path, route: Route) -> BaseModel:
    """What `keep` wrote, as the endpoint's request again."""
    values = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
    return predict.question(route.endpoint, **values, **uploads(folder, route))
