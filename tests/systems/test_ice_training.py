"""The training of sea ice: gone on with to the bit, in shares, in the space of data; a trial."""

import shutil

import numpy as np
import pytest

from ice_model import SYSTEM
from shares import check_shares
from thermocline.systems.paths import StagePaths
from thermocline.systems.seaice.data.states import States
from thermocline.systems.seaice.model.training import IceTraining


def test_a_training_is_continued_to_the_bit(ice, tmp_path):
    """Only the autoencoder's checkpoint is left of an interrupted training."""
    config, _ = ice
    whole = SYSTEM.training(config)
    done = StagePaths("seaice", config).checkpoints / whole.key
    shutil.copytree(done, tmp_path / "done")
    whole.run(tmp_path / "done", lambda step, metrics: None)
    shutil.copytree(done / "autoencoder", tmp_path / "autoencoder")
    resumed = SYSTEM.training(config)
    resumed.run(tmp_path, lambda step, metrics: None)
    for training, folder in ((whole, "whole"), (resumed, "resumed")):
        (tmp_path / folder).mkdir()
        training.save(tmp_path / folder)
    first, second = (tmp_path / f / "weights.safetensors" for f in ("whole", "resumed"))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("schedule", ["uniform", "lognormal"])
def test_shares_of_a_batch_are_the_whole(ice, schedule):
    config, model = ice
    training = IceTraining(config, States.open("build/prepared/seaice.nc"), model.ensemble)
    denoising = training._denoising()
    denoising.process = denoising.process.model_copy(update={"schedule": schedule})
    check_shares(denoising, training.networks.denoiser.float())


@pytest.mark.parametrize("space", ["data"])
def test_the_data_space_model_is_trained_and_drawn_from(ice, space, tmp_path):
    config, _ = ice
    own = config.seaice.model_copy(
        update={"model": config.seaice.model.model_copy(update={"space": space})}
    )
    config = config.model_copy(update={"seaice": own})
    training = IceTraining(config, States.open("build/prepared/seaice.nc"), None)
    training.run(tmp_path, lambda step, metrics: None)
    assert training.networks.latent is None


def test_a_trial_is_scored_with_and_without_observations(ice):
    config, model = ice
    trials = SYSTEM.trials(config)
    assert {case.protocol for case in trials.cases} == {"swath", "nothing"}
    assert np.isfinite(trials.score(model)["validation_crps"])
