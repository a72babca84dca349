"""Weights in a file: raw and averaged ones in one dictionary, `raw.…` and `ema.…`."""

from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from thermocline.errors import BadFile
from thermocline.training.objective import Fitted

FIX = "download or train the model again"


def named_weights(fitted: Fitted) -> dict[str, Tensor]:
    """Raw and averaged weights by name, as they are stored."""
    return _prefixed("raw", fitted.raw) | _prefixed("ema", fitted.ema)


def stored_weights(network: nn.Module, raw: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Those of a network that holds averaged weights, and the raw ones it was made of."""
    averaged = {name: value.cpu().contiguous() for name, value in network.state_dict().items()}
    return _prefixed("ema", averaged) | _prefixed("raw", raw)


def part_of(weights: Mapping[str, Tensor], kind: str) -> dict[str, Tensor]:
    """The `raw` or the averaged (`ema`) ones of stored weights, without their prefix."""
    prefix = f"{kind}."
    return {k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)}


def read_weights(path: Path) -> dict[str, Tensor]:
    """Weights by name; raises BadFile if the file is missing or damaged."""
    try:
        return load_file(path)
    except (OSError, SafetensorError) as problem:
        raise BadFile(f"weights cannot be read: {problem}", where=str(path), fix=FIX) from problem


def use_weights(
    network: nn.Module, weights: Mapping[str, Tensor], where: str, kind: str = "ema"
) -> dict[str, Tensor]:
    """Put stored weights into a network, which is then only asked; the raw ones by name.

    Args:
        where: they come from, for the error.
        kind: of the weights that the network gets.

    Raises:
        BadFile: if they are of another network.
    """
    try:
        network.load_state_dict(part_of(weights, kind))
    except RuntimeError as problem:
        raise BadFile(
            f"weights do not fit the contract: {problem}", where=where, fix=FIX
        ) from problem
    network.eval().requires_grad_(False)
    return part_of(weights, "raw")


def _prefixed(kind: str, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {f"{kind}.{name}": value for name, value in weights.items()}
