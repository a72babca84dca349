"""Every preset of every system: its settings are valid, its networks are built, its steps run."""

from typing import Any

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from thermocline import systems
from thermocline.errors import BadConfig
from thermocline.planning.cost import training_cost
from thermocline.planning.sizes import presets, section_of, size
from thermocline.systems.workload import Shape

PARAMETERS = {
    ("reconmost", "denoiser"): 111.4e6,
    ("depthdif", "denoiser"): 64.4e6,
    ("uadm", "denoiser"): 101.6e6,
    ("finn", "autoencoder"): 10.4e6,
    ("finn", "denoiser"): 36.8e6,
    ("finn", "analysis"): 0.437e6,
}
"""No source was found to state a number: these are ours, so that no change goes unseen."""
STATED = {name: preset.parameters for name, (_, preset) in presets().items() if preset.parameters}


def test_every_system_has_its_published_size() -> None:
    found = {system for system, _ in presets().values()}
    assert found == set(systems._built_in())
    assert all(preset.chosen and preset.differs for _, preset in presets().values())


@pytest.mark.parametrize("name", presets())
def test_networks_have_the_published_size(name: str) -> None:
    built = {}
    for each in size(name).workload.trained:
        with FakeTensorMode(allow_non_fake_inputs=True):
            network = each.network()
        built[each.name] = sum(p.numel() for p in network.parameters())
    expected = {net: count for (preset, net), count in PARAMETERS.items() if preset == name}
    assert built == pytest.approx(expected, rel=0.02)
    if name in STATED:
        assert built["denoiser"] == pytest.approx(STATED[name], rel=0.25)


SMALL = {
    "reconstruct": Shape(3, 16, 32),
    "densify": Shape(8, 32, 32),
    "superres": Shape(1, 40, 40),
    "seaice": Shape(5, 32, 32),
}


DEPTH = {"data.grid": {"depth": (5, 10, 20)}, "model.masking": {"ratio": 0.9, "analysis": True}}
LATENT = {"model": {"space": "latent", "autoencoder": {"latent": 3}, "network": {"patch": 2}}}
CASES = [(name, DEPTH if name == "reconstruct" else {}) for name in SMALL] + [("densify", LATENT)]


@pytest.mark.parametrize(("system", "changes"), CASES)
def test_a_workload_runs_on_values(system: str, changes: dict[str, Any]) -> None:
    """What is planned can be computed: losses have gradients, answers have the shape of states."""
    section = section_of(system, changes)
    shape = SMALL[system]
    workload = systems.get(system).workload(section, shape)
    for each in workload.trained:
        network = each.network()
        loss = each.loss(network, 4)
        assert loss.shape == () and torch.isfinite(loss)
        loss.backward()
        grown = [p for p in network.parameters() if p.grad is not None and p.grad.abs().sum() > 0]
        assert grown, each.name
    for part in workload.answer:
        with torch.no_grad():
            answer = part.call(part.network(), 3)
        assert len(answer) == (3 if part.members else 1)
        assert answer.shape[-1] <= shape.columns


@pytest.mark.parametrize("guidance", ["none", "pigdm", "mmps", "dps", "reconmost"])
def test_guidance_is_counted(guidance: str) -> None:
    """Guidance that differentiates costs a backward pass at least; the others do not."""
    from thermocline.planning.cost import answer_cost

    sampler = "ddpm" if guidance == "reconmost" else "heun"
    section = section_of(
        "reconstruct",
        {
            "data.grid": {"rows": 16, "columns": 32, "depth": (5, 10)},
            "model.network": {"width": 8, "embedding": 16},
            "sampling": {"guidance": guidance, "sampler": sampler},
        },
    )
    cost = answer_cost(systems.get("reconstruct").workload(section).answer[0], 2)
    backward = cost.work["backward"].flops if "backward" in cost.work else 0
    assert (backward > 0) == (guidance in ("pigdm", "mmps", "dps"))


def test_planning_allocates_nothing() -> None:
    """A batch of the largest preset that no machine here could hold is planned all the same."""
    (denoiser,) = size("reconmost").workload.trained
    assert training_cost(denoiser, 4, "32-true").peak > 10e9


def test_unknown_sizes_are_refused() -> None:
    with pytest.raises(BadConfig, match=r"'reconmos'.*did you mean 'reconmost'.*presets: .*uadm"):
        size("reconmos")


def test_a_preset_with_an_unknown_setting_is_refused() -> None:
    with pytest.raises(BadConfig, match="wdith"):
        section_of("reconstruct", {"model.network": {"wdith": 3}})


def test_adversarial_training_is_not_planned_in_silence() -> None:
    section = section_of("superres", {"model.adversarial.weight": 0.1})
    with pytest.raises(BadConfig, match="adversarial"):
        systems.get("superres").workload(section)


def test_a_system_that_says_nothing() -> None:
    from thermocline.systems.composed import Composed

    class Silent(Composed):
        name, title = "silent", "A system without a workload"

    assert Silent.presets == ()
    with pytest.raises(BadConfig, match="silent does not say what it computes"):
        Silent().workload(None)
