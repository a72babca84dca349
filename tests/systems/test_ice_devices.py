"""Sea ice is trained and asked with its networks on another device than its data."""

from copy import deepcopy
from dataclasses import replace

import ice_world
import numpy as np
import pytest
import torch
from lightning.fabric.utilities.apply_func import move_data_to_device

from stand_in import accelerator
from thermocline import systems
from thermocline.errors import BadConfig
from thermocline.systems import members
from thermocline.systems.paths import StagePaths
from thermocline.systems.seaice.baselines.ensemble import Ensemble
from thermocline.systems.seaice.config.model import IceModel
from thermocline.systems.seaice.data.cases import cases
from thermocline.systems.seaice.data.states import States
from thermocline.systems.seaice.model import training as of_ice
from thermocline.systems.seaice.model.calibrate import contract_of, moments
from thermocline.systems.seaice.model.method import model_of
from thermocline.systems.seaice.model.networks import check_fit, weights_of
from thermocline.training.fit import Fitted


@pytest.fixture(scope="module", params=["latent", "data"])
def world(request, tmp_path_factory):
    """Configuration, store and ensemble, for a model in either space."""
    root = tmp_path_factory.mktemp("device")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        config = ice_world.settings("build/prepared")
        own = config.seaice.model.model_copy(update={"space": request.param})
        section = config.seaice.model_copy(update={"model": own})
        config = config.model_copy(update={"seaice": section})
        ice_world.write(config)
        paths = StagePaths("seaice", config)
        systems.get("seaice").tune_baselines(config, paths.baselines)
        ensemble = Ensemble.load(paths.baselines / "ensemble.safetensors")
        yield config, States.open(paths.store), ensemble


@pytest.mark.parametrize(
    "model, where",
    [
        ({"autoencoder": {"multipliers": [1] * 5}}, "model.autoencoder"),
        ({"network": {"patch": 3}}, "model.network"),
        ({"analysis": {"multipliers": [1] * 6}}, "model.analysis"),
    ],
)
def test_networks_that_halve_too_often_are_refused(model, where):
    with pytest.raises(BadConfig, match=where):
        check_fit(IceModel.model_validate(model), (16, 16))


def test_every_part_is_trained_there(world, monkeypatch, tmp_path):
    training, seen = of_ice.IceTraining(*world), []

    def there(network, objective, settings, seed, *_, **__):
        """What `fit` does once, with a copy of the network on the accelerator."""
        moved = deepcopy(network).to(device)
        drawn = objective.draw(torch.Generator().manual_seed(seed))
        objective.loss(moved, move_data_to_device(drawn, torch.device(device)))
        objective.validate(moved)
        seen.append(type(objective).__name__)
        return Fitted(raw={}, ema=network.state_dict(), history=[])

    monkeypatch.setattr(of_ice, "fit", there)
    with accelerator() as device:
        training.run_features(tmp_path)
        training.run(tmp_path, lambda step, metrics: None)
    coded = ["Autoencoding"] if training.networks.latent is not None else []
    assert seen == ["Autoencoding", *coded, "Correcting", "Denoising"]
    assert training.scaling.mean.device.type == "cpu"


def test_a_model_answers_there(world, monkeypatch):
    config, store, ensemble = world
    training = of_ice.IceTraining(config, store, ensemble)
    weights = weights_of(training.networks, training.scaling)
    model = model_of(contract_of(config, store, "digest"), weights, ensemble, "test")
    asked = next(cases(config, store, "validation")).problem
    with accelerator() as device:
        monkeypatch.setitem(members.BLOCK, device, 4)
        there = replace(model, network=model.network.to(device), scaling=model.scaling.to(device))
        drawn = there.generate(3, 80, 0)
        answer = there.analyse(asked, 3, 0)
        moments(there, store, 0)
    assert drawn.shape == answer.members.shape
    assert np.isfinite(answer.mean).all()
