"""A run shows the parameters of its own system, and those that all share; its name, what it is."""

from pathlib import Path

import pytest

from thermocline.config import Config
from thermocline.registry.origin.provenance import flatten, parameters, run_name
from thermocline.systems import names
from thermocline.systems.config import load_config

PARAMS = Path(__file__).resolve().parents[2] / "params.yaml"


def test_no_other_system_and_no_search_space(config: Config) -> None:
    sections = {
        name for name in type(config).model_fields if hasattr(getattr(config, name), "tune")
    }
    assert len(sections) > 1
    for system in sections:
        found = parameters(config, system)
        assert (
            found.items() <= flatten(config.model_dump(mode="json")).items()
            and found["seed"] == "0"
        )
        assert f"{system}.training.learning_rate" in found and f"{system}.tune.trials" in found
        assert not [name for name in found if ".tune.space" in name]
        assert {name.partition(".")[0] for name in found} & sections == {system}


def test_a_name_says_what_it_is(config: Config) -> None:
    """The settings that tell trainings apart, as they are and not as params.yaml has them."""
    assert run_name(config, "reconstruct") == "train reconstruct · edm · 0.90 · width 32"
    for system in names():
        other = load_config(PARAMS, {f"{system}.model.network.width": 24})
        assert run_name(config, system).startswith(f"train {system} · ")
        assert run_name(other, system) != run_name(config, system)


@pytest.mark.parametrize("values", [{"a": {"b": 1}}, {"one": {"a": 1, "tune": {"space": {}}}}])
def test_any_configuration(values: dict) -> None:  # type: ignore[type-arg]
    from pydantic import create_model

    kinds = {name: (dict, value) for name, value in values.items()}
    model = create_model("Any", **kinds)  # type: ignore[call-overload]
    assert all("space" not in name for name in parameters(model(), "one"))
