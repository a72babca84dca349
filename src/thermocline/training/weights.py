"""Weights in a file: raw and averaged ones in one dictionary, `raw.…` and `ema.…`."""

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from thermocline.errors import BadFile
from thermocline.training.fit import Fitted


def named_weights(fitted: Fitted) -> dict[str, Tensor]:
    """Raw and averaged weights by name, as they are stored."""
    raw = {f"raw.{name}": value for name, value in fitted.raw.items()}
    return raw | {f"ema.{name}": value for name, value in fitted.ema.items()}


def averaged_weights(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The averaged ones of stored weights, without their prefix."""
    return {k.removeprefix("ema."): v for k, v in weights.items() if k.startswith("ema.")}


def read_weights(path: Path) -> dict[str, Tensor]:
    """Weights by name; raises BadFile if the file is missing or damaged."""
    try:
        return load_file(path)
    except (OSError, SafetensorError) as problem:
        raise BadFile(
            f"weights cannot be read: {problem}",
            where=str(path),
            fix="download or train the model again",
        ) from problem
