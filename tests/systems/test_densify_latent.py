"""A model in latent space: its training, its answers, and what of them its code can change."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from densify_model import changed
from densify_model import made as classical
from densify_world import OCEAN, config
from thermocline.errors import BadConfig
from thermocline.systems.densify.baselines.leave_member_out import LeaveMemberOut, tuned
from thermocline.systems.densify.baselines.linear import Linear
from thermocline.systems.densify.data.cases import cases
from thermocline.systems.densify.data.waters import Waters
from thermocline.systems.densify.model import method
from thermocline.systems.densify.model.calibrate import contract_of
from thermocline.systems.densify.model.coding import Coding, states
from thermocline.systems.densify.model.latent import LatentNetwork, coder_of
from thermocline.systems.densify.model.method import assembled, load
from thermocline.systems.densify.model.network import Prior, new_network
from thermocline.systems.densify.model.objective import Denoising
from thermocline.systems.densify.model.pairs import pairs_of
from thermocline.systems.densify.model.training import trained
from thermocline.training.objective import step_generator
from thermocline.training.share import Share

SHORT = {"steps": 6, "batch": 4, "checkpoint_every": 3, "validate_every": 3, "warmup": 2}
OWN = {
    "baselines": {
        "linear": {"ridge": (1e-2,), "radius_km": (240.0,), "inflation": (1.0,)},
        "ensemble": {"states": 60, "radius_km": (240.0,), "inflation": (1.0,), "thinning": 2},
        "profiles": {"length_km": (40.0,), "power": (2.0,)},
        "cases": 1,
    },
    "model": {
        "space": "latent",
        "mirrored": True,
        "autoencoder": {"latent": 2, "width": 8},
        "network": {"width": 8, "multipliers": (1, 2), "embedding": 16},
    },
    "training": {**SHORT, "autoencoder": SHORT},
    "sampling": {"steps": 2, "members": 4},
    "evaluate": {"densities": (0.0, 0.05), "cases": 1, "validation_cases": 2},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Configuration, store, strangers, what was trained, and the model."""
    folder = tmp_path_factory.mktemp("latent")
    classical(folder)
    settings = config(folder, **OWN)
    store, leave_member_out = (
        Waters.open(folder / "densify.nc"),
        LeaveMemberOut(folder / "baselines"),
    )
    reported = []
    report = lambda step, metrics: reported.append(step)
    fit = trained(settings, store, leave_member_out, folder / "checkpoints", report)
    assert [step for step, _ in fit.history] == reported == [3, 6, 9, 12]
    network = new_network(settings.densify.model, len(store.channels), 0)
    network.load_state_dict(fit.ema)
    contract = contract_of(settings, store, "digest", tuned(folder / "baselines"))
    box = Linear.load(folder / "baselines" / "box.safetensors")
    return settings, store, leave_member_out, fit, assembled(contract, network.eval(), [box])


@pytest.fixture(scope="module")
def case(made):
    settings, store, _, _, model = made
    climates = {name: region.climate for name, region in model.regions.items()}
    return next(iter(cases(settings, store, "test", climates, [("columns", 0.05)])))


def test_the_code_is_trained_first_and_then_stays(made):
    fit = made[3]
    assert "variance_lost" in fit.history[0][1] and "rmse_ratio" in fit.history[-1][1]
    for name in (name for name in fit.raw if name.startswith("coder.")):
        torch.testing.assert_close(fit.raw[name], fit.ema[name], rtol=0, atol=0)
    assert fit.history[1][1]["variance_lost"] < 0.5  # of two numbers for eight channels


def test_killed_and_begun_again_the_weights_are_the_same(made, tmp_path):
    """In either training: its checkpoint is found, and what was made before is not made again."""
    settings, store, leave_member_out, fit, _ = made
    first = trained(settings, store, leave_member_out, tmp_path / "checkpoints")

    class Killed(Exception):
        pass

    def die(step, metrics):
        if step == at:
            raise Killed

    for at in (3, 9):
        with pytest.raises(Killed):
            trained(settings, store, leave_member_out, tmp_path / str(at), die)
        again = trained(settings, store, leave_member_out, tmp_path / str(at))
        for name, value in first.ema.items():
            torch.testing.assert_close(again.ema[name], value, rtol=0, atol=0)
            torch.testing.assert_close(fit.ema[name], value, rtol=0, atol=0)


def test_shares_of_a_batch_have_the_loss_of_the_whole(made):
    settings, store, leave_member_out, *_ = made
    pairs = pairs_of(settings, store, leave_member_out, "train")
    network = new_network(settings.densify.model, len(store.channels), 0)
    assert isinstance(network, LatentNetwork)
    prior, own = Prior.of(network, settings.densify.model), settings.densify.training
    for objective, trained_ in (
        (Denoising(prior, pairs, pairs, 0.95, own), network),
        (Coding(pairs, pairs, 4), network.coder),
    ):
        loss = lambda share, o=objective, n=trained_: float(
            o.loss(n, o.draw(step_generator(0, 1), share)).detach()
        )
        shares = [loss(Share(rank, 2)) for rank in range(2)]
        assert sum(shares) / 2 == pytest.approx(loss(Share()), rel=1e-5)


def test_a_model_answers_is_saved_and_answers_the_same(made, case, tmp_path):
    model = made[-1]
    answer = model.analyse(case.problem, 3, 0)
    for field in (answer.mean, answer.std, *answer.members):
        assert (np.isfinite(field) == case.problem.ocean).all()
    model.save(tmp_path / "model")
    again = load(tmp_path / "model").analyse(case.problem, 3, 0)
    np.testing.assert_array_equal(again.members, answer.members)
    few = model.analyse(case.problem, 2, 0)
    # Batches of another size may round the last bit of single precision otherwise.
    np.testing.assert_array_max_ulp(few.members, answer.members[:2], maxulp=4)


def test_members_keep_of_the_start_what_the_code_cannot_say(made, case, monkeypatch):
    """Members differ from those they begin near by what is within the span of the code alone."""
    model = replace(made[-1], network=deepcopy(made[-1].network))
    coder = coder_of(model.network)
    for layer in (coder.bend[-1], coder.unbend[-1]):
        torch.nn.init.zeros_(layer.weight)  # linear, so that there is a span
    begun, real = [], method.draw_members
    kept = lambda *given: begun.append(given[-1]) or real(*given)
    monkeypatch.setattr(method, "draw_members", kept)
    parts = model.draw(case.problem, range(4), 0)
    changes = (parts.members - begun[0])[..., OCEAN].transpose(1, 0, 2).reshape(8, -1)
    span = coder.outward.weight[..., 0, 0].detach().numpy()
    outside = changes - span @ np.linalg.lstsq(span, changes, rcond=None)[0]
    assert np.abs(changes).max() > 1e-3
    assert np.abs(outside).max() < 1e-4


def test_an_untrained_network_answers_its_start(made, case):
    settings, store, *_, model = made
    network = new_network(settings.densify.model, len(store.channels), seed=3)
    fresh = replace(model, network=network.eval().requires_grad_(False))
    parts = fresh.draw(case.problem, range(2), 0)
    assert not parts.mean.any() and (parts.deviation == 1).all()


def test_states_are_what_the_denoiser_is_trained_on(made):
    settings, store, leave_member_out, *_ = made
    pairs = pairs_of(settings, store, leave_member_out, "train")
    x, ocean = states(pairs, torch.arange(3))
    sea = torch.from_numpy(OCEAN)
    assert not x[..., ~sea].any() and (ocean[:, 0] == sea).all()
    conditioning = pairs.conditioning.chosen(torch.arange(3)).float()
    back = (x * conditioning.scale + conditioning.first_guess)[..., sea]
    torch.testing.assert_close(back, pairs.truth[:3].float()[..., sea], atol=2e-3, rtol=2e-3)


def test_a_code_longer_than_a_column_is_refused(made, tmp_path):
    store, leave_member_out = made[1:3]
    long = config(store.path.parent, **changed(OWN, {"model": {"autoencoder": {"latent": 9}}}))
    with pytest.raises(BadConfig, match="9 numbers for columns of 8"):
        trained(long, store, leave_member_out, tmp_path)


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"sampling": {"overwrite": True}}, "overwrite needs model.space pixel"),
        (
            {
                "model": {"start": "climatology"},
                "training": {"objective": "ambient"},
                "sampling": {"start": "noise"},
            },
            "ambient needs model.space pixel",
        ),
    ],
)
def test_what_needs_cells_is_refused(tmp_path, own, said):
    with pytest.raises(ValidationError, match=said):
        config(tmp_path, **changed(OWN, own))
