"""Reading arrays of real numbers from a MATLAB file (version 5 to 7).

Only such arrays are given to scipy, which executes nothing that is in the file.
"""

import os
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from thermocline.errors import BadFile
from thermocline.sources.files.matlab_variables import Variable, check_sizes, variables
from thermocline.sources.files.opening import MAX_ELEMENTS, container, local_file, reason

Read = TypeVar("Read")


def shapes(path: str | os.PathLike[str]) -> dict[str, tuple[int, ...]]:
    """The shape of every variable of a file, by name, read from its headers alone."""
    return {each.name: each.shape for each in _variables(path)}


def _variables(path: str | os.PathLike[str]) -> list[Variable]:
    found = local_file(path)
    if container(found) == "matlab73":
        raise BadFile("a MATLAB 7.3 file", where=os.fspath(path), fix="save it with the option -v7")
    return _guarded(path, variables, found)


def load(path: str | os.PathLike[str], names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The arrays of these names, as scipy reads them.

    Raises:
        BadFile: for a damaged file, or one without an array of real numbers of each name.
    """
    import scipy.io

    said = {each.name: each for each in _variables(path)}
    for name in names:
        if name not in said or not said[name].numeric:
            raise BadFile(f"{name} is missing or holds no numbers", where=os.fspath(path))
        if np.prod(said[name].shape, dtype=float) > MAX_ELEMENTS:
            raise BadFile(f"{name} claims {said[name].shape} elements", where=os.fspath(path))
    found = local_file(path)
    _guarded(path, check_sizes, found)
    values = _guarded(path, scipy.io.loadmat, found, variable_names=list(names))
    for name in names:
        if name not in values or values[name].dtype.kind not in "fiu":
            raise BadFile(f"{name} is missing or holds no numbers", where=os.fspath(path))
    return dict(values)


def _guarded(
    path: str | os.PathLike[str], function: Callable[..., Read], *args: Any, **keywords: Any
) -> Read:
    try:
        return function(*args, **keywords)
    except BadFile:
        raise
    except Exception as problem:  # a damaged file may lead scipy to any error
        raise _damaged(path, problem) from problem


def _damaged(path: str | os.PathLike[str], problem: Exception) -> BadFile:
    return BadFile(
        f"truncated or not MATLAB ({reason(problem)})",
        where=os.fspath(path),
        fix="download it again",
    )
