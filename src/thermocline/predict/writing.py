"""Answers as files: whole or not at all, the same bytes for the same answer, in bounded memory.

A large answer keeps finished parts in a folder beside its file while it is made (see
`systems.protocol.Options.unfinished`). Its name ends in a digest of all that decides the answer:
the same question to the same model goes on from it, another never looks into it, and it is removed
once the file is written.
"""

import inspect
import json
import logging
import shutil
from dataclasses import replace
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thermocline.concurrency import FILES
from thermocline.files import atomic_path, sha256_file
from thermocline.predict.answering import answer, describe
from thermocline.predict.champion import ServedModel
from thermocline.systems.protocol import Endpoint, Options
from thermocline.systems.request import uploads

if TYPE_CHECKING:
    import xarray as xr
    from pydantic import BaseModel

logger = logging.getLogger("thermocline")

PACKAGE = Path(__file__).parents[1]
LIBRARIES = ("numpy", "scipy", "torch")
"""Those whose versions decide how numbers are rounded."""
CACHE = 16_000_000
"""Bytes of a variable's chunks that are in memory while it is written."""


def write_answer(
    served: ServedModel,
    endpoint: Endpoint,
    request: "BaseModel",
    path: str | Path,
    options: Options | None = None,
) -> tuple[Path, dict[str, Any]]:
    """Ask a model and write its answer; whoever was killed and asks again goes on.

    Finished parts of a large answer lie in `unfinished(…)` until the file is written.

    Returns:
        The file, and what `describe` says of it.

    Raises:
        BadFile: if another process is making the same file from the same question.
        ThermoclineError: see `answer`.
    """
    path = netcdf_path(path)
    folder = unfinished(served, endpoint, request, path, options or Options())
    try:
        dataset = answer(
            served, endpoint, request, replace(options or Options(), unfinished=folder)
        )
        written, said = write_netcdf(dataset, path), describe(endpoint, dataset)
    except BaseException:
        if folder is not None and folder.is_dir():
            logger.warning("what is finished is kept in %s: ask again to go on from it", folder)
        raise
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
    return written, said


def unfinished(
    served: ServedModel, endpoint: Endpoint, request: "BaseModel", path: Path, options: Options
) -> Path | None:
    """The folder beside `path` that belongs to this question, there or not.

    Its name is that of the file, `.unfinished-`, and twelve digits of a digest of the model, the
    request and the files in it, the options, the code and the libraries. None for a model that has
    no digest. A request that holds a dataset in place of a file is known by its other fields: what
    lies in the folder says itself of which values it is.
    """
    if not served.identity.digest:
        return None
    files = uploads(type(request))
    fields = {name: getattr(request, name) for name in type(request).model_fields}
    asked = {
        "model": served.identity.digest,
        "route": endpoint.route,
        "fields": {name: value for name, value in fields.items() if name not in files},
        "files": {
            name: sha256_file(fields[name])
            for name in files
            if isinstance(fields[name], Path) and fields[name].is_file()
        },
        "options": [options.keep_members, options.most_values],
        "code": [_code(PACKAGE), _code(Path(inspect.getfile(endpoint.answer)).parent)],
        "libraries": [version(name) for name in LIBRARIES],
    }
    digest = sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()
    return path.with_name(f"{path.name}.unfinished-{digest[:12]}")


@cache
def _code(folder: Path) -> str:
    """Digest of the Python files below a folder."""
    digest = sha256()
    for file in sorted(folder.rglob("*.py")):
        digest.update(f"{file.relative_to(folder)} {sha256_file(file)}\n".encode())
    return digest.hexdigest()


def netcdf_path(path: str | Path) -> Path:
    """The path, with `.nc` if it has no suffix."""
    path = Path(path)
    return path.with_suffix(path.suffix or ".nc")


def write_netcdf(dataset: "xr.Dataset", path: str | Path) -> Path:
    """Write the dataset whole or not at all; the same dataset gives the same bytes.

    Variables that are read when they are used (dask's) are read and written by blocks of rows.
    """
    path = netcdf_path(path)
    with FILES, atomic_path(path) as temporary:
        if dataset.chunks:
            _write_by_rows(dataset, temporary)
        else:
            dataset.to_netcdf(temporary, engine="netcdf4", format="NETCDF4_CLASSIC")
    return path


def _write_by_rows(dataset: "xr.Dataset", path: Path) -> None:
    """What `to_netcdf` does, in an order of our own: dask's may differ from run to run."""
    import numpy as np
    from xarray.backends import NetCDF4DataStore
    from xarray.backends.common import ArrayWriter

    from thermocline.ocean.rows import row_blocks

    store, writer = NetCDF4DataStore.open(path, "w", format="NETCDF4_CLASSIC"), ArrayWriter()
    try:
        dataset.dump_to_store(store, writer=writer)
        for source, target in zip(writer.sources, writer.targets, strict=True):
            target.get_array().set_var_chunk_cache(CACHE)
            for lead in np.ndindex(source.shape[:-2]):
                for rows in row_blocks(source.shape[-2]):
                    target[(*lead, rows)] = np.asarray(source[(*lead, rows)])
    finally:
        store.close()
