"""Systems' own functions, with what `predict` adds to their answers."""

from typing import Any

import xarray as xr

from thermocline import predict
from thermocline.systems.reconstruct.endpoints import dataset as temperature
from thermocline.systems.superres.endpoints import dataset as surface


def reconstruct(model: Any, *arguments: Any, **settings: Any) -> xr.Dataset:
    """A signed reconstruction, by a model that may be bare."""
    served = model if isinstance(model, predict.ServedModel) else predict.ServedModel(model)
    return predict.sign(served, temperature.reconstruct(served.model, *arguments, **settings))


def superresolve(model: Any, *arguments: Any, **settings: Any) -> xr.Dataset:
    """A signed super-resolution, by a model that may be bare."""
    served = model if isinstance(model, predict.ServedModel) else predict.ServedModel(model)
    return predict.sign(served, surface.superresolve(served.model, *arguments, **settings))


def summary(dataset: xr.Dataset) -> dict[str, Any]:
    """A signed answer in numbers."""
    from thermocline.systems import get

    name = "reconstruct" if "thetao" in dataset else "superres"
    return predict.describe(get(name).endpoints[0], dataset)
