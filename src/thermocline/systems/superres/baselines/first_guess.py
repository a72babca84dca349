"""The first guess of a model: an upsampling, or a linear regression stored beside its weights.

The regression has a few dozen weights for each cell of a block, and is fitted on all training
blocks: its errors on training days are as large as on other days.
"""

from pathlib import Path

from thermocline.baselines.downscaling.regression import DownscalingRegression
from thermocline.baselines.downscaling.upsampling import Upsampling
from thermocline.errors import BadFile
from thermocline.files import sha256_file
from thermocline.ocean.downscaling import Downscaler
from thermocline.systems.superres.config.model import ModelConfig

REGRESSION = "regression.safetensors"
"""File of the tuned one, in the folder of the classical methods."""
FIRST_GUESS = "centre.safetensors"
"""File of a fitted first guess in a model's folder."""


def tuned_first_guess(config: ModelConfig, classical: Path) -> Downscaler:
    """The configured first guess, as the baselines stage tuned it in the folder `classical`."""
    if config.first_guess == "regression":
        return _regression(classical / REGRESSION, "run `dvc repro baselines@superres`")
    return Upsampling(config.first_guess)


def first_guess_digest(config: ModelConfig, classical: Path) -> str:
    """Identity of the configured first guess: its name, or the digest of its file."""
    fitted = config.first_guess == "regression"
    return sha256_file(classical / REGRESSION) if fitted else config.first_guess


def save_first_guess(first_guess: Downscaler, folder: Path) -> None:
    """Write what `load_first_guess` needs: nothing for an upsampling."""
    if isinstance(first_guess, DownscalingRegression):
        first_guess.save(folder / FIRST_GUESS)


def load_first_guess(config: ModelConfig, folder: Path) -> Downscaler:
    """The first guess of the model in `folder`; raises BadFile if it is missing or damaged."""
    if config.first_guess == "regression":
        return _regression(folder / FIRST_GUESS, "download or train the model again")
    return Upsampling(config.first_guess)


def _regression(path: Path, fix: str) -> DownscalingRegression:
    if not path.is_file():
        raise BadFile("no regression to start from", where=str(path), fix=fix)
    return DownscalingRegression.load(path)
