"""Answers as files: whole or not at all, the same bytes for the same answer, in bounded memory.

A large answer keeps finished parts in a folder beside its file while it is made: see `unfinished`.
"""

import os
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import replace
from errno import EISDIR
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thermocline.answers.request import uploads
from thermocline.concurrency import FILES
from thermocline.errors import BadFile
from thermocline.files import atomic_path, scratch_directory
from thermocline.predict.answering import answer, describe
from thermocline.predict.identity import ServedModel
from thermocline.predict.unfinished import held, unfinished_folder
from thermocline.predict.zipped import zipped_zarr
from thermocline.systems.endpoint import Endpoint, Options

if TYPE_CHECKING:
    import xarray as xr
    from pydantic import BaseModel

ZIP = ".zip"
CACHE = 16_000_000
"""Bytes of a variable's chunks that are in memory while it is written."""


def write_answer(
    served: ServedModel,
    endpoint: Endpoint,
    request: "BaseModel",
    path: str | Path,
    options: Options | None = None,
) -> tuple[Path, dict[str, Any]]:
    """Ask a model and write its answer; an interrupted answer is resumed.

    A path that ends in `.zip` gives a zipped Zarr store, any other a NetCDF.
    Finished parts of a large answer lie in a folder beside the file until that is written.

    Returns:
        The file, and what `describe` says of it.

    Raises:
        BadFile: if another process is making the same file from the same question, or the file
            cannot be written.
        ThermoclineError: see `answer`.
    """
    path, options = answer_path(path), options or Options()
    given = [getattr(request, name) for name in uploads(type(request))]
    check_output(path, [each for each in given if isinstance(each, Path)])
    folder = unfinished_folder(served, endpoint, request, path, options)
    with nullcontext() if folder is None else held(folder):
        dataset = answer(served, endpoint, request, replace(options, unfinished=folder))
        if path.suffix != ZIP:
            return write_netcdf(dataset, path), describe(endpoint, dataset)
        with scratch_directory(path) as beside:
            zipped_zarr(write_netcdf(dataset, beside / "answer.nc"), path)
        return path, describe(endpoint, dataset)


def check_output(path: Path, given: Iterable[Path]) -> None:
    """Before anything is computed; raises BadFile if an answer cannot be written there.

    Args:
        given: the files of the question, none of which an answer may take the place of.
    """
    for file in given:
        if path.exists() and file.exists() and path.samefile(file):
            raise BadFile(
                "the answer would replace the file that was given",
                where=str(path),
                fix="name another file",
            )
    try:
        if path.is_dir():
            raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
        with scratch_directory(path):
            pass
    except OSError as problem:
        raise BadFile(
            f"cannot be written ({problem.strerror})", where=str(path), fix="name another file"
        ) from problem


def answer_path(path: str | Path) -> Path:
    """The path, with `.nc` if it has no suffix; raises BadFile for no name of a file."""
    path = Path(path)
    if path.name in ("", ".."):
        raise BadFile("no name of a file", where=str(path), fix="name a file, such as answer.nc")
    return path.with_suffix(path.suffix or ".nc")


def write_netcdf(dataset: "xr.Dataset", path: str | Path) -> Path:
    """Write the dataset whole or not at all; the same dataset gives the same bytes.

    Variables that are read when they are used (dask's) are read and written by blocks of rows.
    """
    path = answer_path(path)
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
