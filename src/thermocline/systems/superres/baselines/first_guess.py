"""What a model starts from: an upsampling, or a linear regression that is kept beside its weights.

The regression has a few dozen weights for each cell of a block, and as many training blocks as
there are: what it leaves of training days is what it leaves of others.
"""

from pathlib import Path

from thermocline.baselines.downscaling_regression import DownscalingRegression
from thermocline.baselines.upsampling import Upsampling
from thermocline.errors import BadFile
from thermocline.files import sha256_file
from thermocline.ocean.downscaling import Downscaler
from thermocline.systems.superres.config import ModelConfig

REGRESSION = "regression.safetensors"
"""The tuned one's file, in the folder of the classical methods."""
CENTRE = "centre.safetensors"
"""The file of a centre that was fitted, in a model's folder."""


def tuned_centre(config: ModelConfig, classical: Path) -> Downscaler:
    """The configured centre, as the baselines stage tuned it in the folder `classical`."""
    if config.centre == "regression":
        return _regression(classical / REGRESSION, "run `dvc repro baselines@superres`")
    return Upsampling(config.centre)


def centre_digest(config: ModelConfig, classical: Path) -> str:
    """What tells one configured centre from another: a name, or a digest of the file it is from."""
    fitted = config.centre == "regression"
    return sha256_file(classical / REGRESSION) if fitted else config.centre


def save_centre(centre: Downscaler, folder: Path) -> None:
    """Write what `load_centre` needs: nothing for an upsampling."""
    if isinstance(centre, DownscalingRegression):
        centre.save(folder / CENTRE)


def load_centre(config: ModelConfig, folder: Path) -> Downscaler:
    """The centre of the model in `folder`; raises BadFile if it is missing or damaged."""
    if config.centre == "regression":
        return _regression(folder / CENTRE, "download or train the model again")
    return Upsampling(config.centre)


def _regression(path: Path, fix: str) -> DownscalingRegression:
    if not path.is_file():
        raise BadFile("no regression to start from", where=str(path), fix=fix)
    return DownscalingRegression.load(path)
