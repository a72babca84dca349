"""Every stage of sea ice on the small world up to the calibrated model, and what it answers."""

import json

import ice_world

from thermocline import systems
from thermocline.systems.endpoint import Options
from thermocline.systems.paths import StagePaths

SYSTEM = systems.get("seaice")
SILENT = lambda items, label: items


def to_the_model():
    """Make it in the folder at hand."""
    config = ice_world.settings("build/prepared")
    ice_world.write(config)
    paths = StagePaths("seaice", config)
    SYSTEM.tune_baselines(config, paths.baselines)
    training = SYSTEM.training(config)
    training.run(paths.checkpoints / training.key, lambda step, metrics: None)
    paths.training.mkdir(parents=True)
    training.save(paths.training)
    digest = {"data_digest": training.data_digest}
    (paths.training / "training.json").write_text(json.dumps(digest))
    SYSTEM.calibrate(config, SILENT)[0].save(paths.model)


def reconstructed(model, **given):
    """The endpoint of observations, and what it answers to this."""
    _, endpoint = SYSTEM.endpoints
    request = endpoint.Request(**given, keep_members=True)
    return endpoint, endpoint.answer(model, request, Options())
