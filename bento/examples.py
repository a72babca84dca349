"""A small question for every endpoint, which the model that is served answers; as curl asks it."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import thermocline.predict as predict
from bento.routes import Route, sample_address
from thermocline.files import temporary_directory


def fields(route: Route, served: predict.ServedModel | None) -> dict[str, Any]:
    """The example's values that are no files."""
    values = _values(route, served)
    return {name: value for name, value in values.items() if name not in route.uploads}


def sample(route: Route, served: predict.ServedModel | None, field: str) -> bytes | None:
    """The NetCDF file that the example uploads as a field; None if it has none there."""
    dataset = _values(route, served).get(field) if field in route.uploads else None
    if dataset is None:
        return None
    with temporary_directory() as folder:
        return predict.write_netcdf(dataset, Path(folder) / "sample.nc").read_bytes()


def curl(route: Route, served: predict.ServedModel | None, base: str, token: bool) -> str:
    """Commands that ask the example, as they are typed.

    Args:
        base: the service's address, without a slash at its end.
        token: whether requests need the token, which is taken from THERMOCLINE_TOKEN.
    """
    values = _values(route, served)
    files = [name for name in values if name in route.uploads]
    start = 'curl -s -H "Authorization: Bearer $THERMOCLINE_TOKEN" ' if token else "curl -s "
    address = lambda path: shlex.quote(f"{base}{path}")
    lines = [f"{start}{address(sample_address(route, name))} -o {name}.nc" for name in files]
    ask = f"{start}{address(f'/{route.endpoint.route}')}"
    if files:
        ask += "".join(f" -F {name}=@{name}.nc" for name in files)
        for name, value in fields(route, served).items():
            text = value if isinstance(value, str) else json.dumps(value)
            ask += f" -F {shlex.quote(f'{name}={text}')}"
    else:
        ask += " -H 'Content-Type: application/json' -d " + shlex.quote(_written(values))
    if route.endpoint.default_format == "netcdf":
        ask += f" -o {route.endpoint.output}"
    return "\n".join([*lines, ask])


def _values(route: Route, served: predict.ServedModel | None) -> dict[str, Any]:
    return route.endpoint.example(served.model if served else None)


def _written(values: Mapping[str, Any]) -> str:
    """JSON with each item of a list on a line of its own."""
    parts = []
    for name, value in values.items():
        text = json.dumps(value)
        if isinstance(value, list) and value:
            text = "[\n    " + ",\n    ".join(json.dumps(each) for each in value) + "]"
        parts.append(f"{json.dumps(name)}: {text}")
    return "{" + ",\n  ".join(parts) + "}"
