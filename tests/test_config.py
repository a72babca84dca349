"""params.yaml: typed once, closed to unknown keys, and helpful about both."""

from pathlib import Path

import pytest
import yaml

from thermocline.config import Config, SamplingConfig
from thermocline.errors import BadConfig
from thermocline.systems.config import load_config, parse_config
from thermocline.systems.superres.config import SuperresConfig


def test_the_shipped_file_is_valid_and_frozen():
    config = load_config()
    assert config.reconstruct.data.grid.depth[0] == 5
    with pytest.raises(ValueError, match="frozen"):
        config.seed = 1


@pytest.mark.parametrize(
    "key, value, message",
    [
        ("reconstruct.training.step", 3, "did you mean 'steps'"),
        ("reconstuct", {}, "did you mean 'reconstruct'"),
        ("reconstruct.sampling.guidance", "pigmd", "pigdm"),
        ("reconstruct.data.grid.rows", "many", "reconstruct.data.grid.rows"),
        ("reconstruct.data.grid.depth", [10, 5], "ascend"),
        ("data.test.first", 2030, "after the last"),
        ("reconstruct.evaluate.cells_density", 1.5, "less than or equal to 1"),
        ("superres.data", {"boxes": {"fiji": [-20, 176]}, "withheld": []}, "fiji from .* leaves"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_a_way_out(key, value, message):
    with pytest.raises(BadConfig, match=message) as caught:
        load_config(overrides={key: value})
    assert "params.yaml" in str(caught.value)


@pytest.mark.parametrize(
    "key, value, message",
    [
        ("seed", -1, "seed.*greater than or equal to 0"),
        ("reconstruct.sampling.members", 200, "64 members at most"),
        ("reconstruct.evaluate.members", 1, "greater than or equal to 2"),
        ("reconstruct.evaluate.densities", [], "at least 1 item"),
        ("reconstruct.sampling.sigma_start", 100.0, "sigma_start 100 is not from"),
        ("reconstruct.data.grid.depth", [-5, 5], "greater than 0"),
        ("reconstruct.training.accumulate", 3, "no 3 equal parts"),
        ("superres.training.mean_fraction", 0.03, "leaves some of each"),
        ("superres.training.mean_fraction", 0.97, "leaves some of each"),
        ("superres.model.process.T", 1, "give 2 or more"),
        ("superres.model.network", {"kind": "swin", "head": 8}, "no head"),
        ("superres.model.network.multipliers", [0, 1], "greater than or equal to 1"),
        ("densify.sampling", {"start": "noise", "steps": 0}, "noise is no member"),
        ("densify.model.shown.ratio", 0.9, "greater than or equal to 0.95"),
        ("densify.data.regions", {}, "at least 1 item"),
        ("densify.sampling.sigma_min", 30.0, "not below sigma_max"),
        ("seaice.model.process.sigma_min", 80.0, "not below sigma_max"),
        ("seaice.model.network.embedding", 33, "multiple of 2"),
        ("seaice.baselines.ensemble.radius_km", [], "at least 1 item"),
        ("seaice.evaluate.states", 2, "greater than or equal to 4"),
    ],
)
def test_what_could_not_be_trained_or_scored_is_refused_at_once(key, value, message):
    with pytest.raises(BadConfig, match=message) as caught:
        load_config(overrides={key: value})
    assert len(str(caught.value)) < 300


def test_models_that_were_made_with_them_still_load():
    """Their contracts hold such settings; nobody asks for them anew."""
    own = {"members": 100, "start": "analysis", "sigma_start": 0.01, "sigma_min": 0.02}
    assert SamplingConfig(**own).members == 100
    assert SuperresConfig(process={"T": 1}, network={"kind": "swin", "head": 8}).process.T == 1
    assert SuperresConfig(training={"mean_fraction": 0.03, "batch": 16}).training.mean_states == 0


EARLIER = [
    ("superres", "training.blind", "training.mean_fraction", 0.5),
    ("superres", "model.centre", "model.first_guess", "lanczos"),
    ("densify", "training.blind", "training.mean_fraction", 0.5),
]


@pytest.mark.parametrize(("system", "old", "new", "value"), EARLIER)
def test_earlier_names_of_settings_are_read_and_both_names_at_once_refused(
    tmp_path, system, old, new, value
):
    values = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    part, (before, now) = old.split(".")[0], (name.split(".")[1] for name in (old, new))
    del values[system][part][now]
    values[system][part][before] = value
    values[system]["tune"]["space"] = {old: {"choice": [value]}}
    file = tmp_path / "params.yaml"
    file.write_text(yaml.safe_dump(values), encoding="utf-8")
    config = load_config(file)
    assert getattr(getattr(config.section(system), part), now) == value
    if part == "training":
        assert list(config.section(system).tune.space) == [new]
    with pytest.raises(BadConfig, match=f"{before} is the earlier name of {now}"):
        load_config(overrides={f"{system}.{old}": value})


def test_a_weight_on_the_month_needs_states_without_one():
    free = {"seaice.sampling.guidance": 2.0, "seaice.model.process.unconditional": 0.0}
    with pytest.raises(BadConfig, match="never trained"):
        load_config(overrides=free)


def test_all_mistakes_are_listed_at_once():
    with pytest.raises(BadConfig) as caught:
        load_config(overrides={"sed": 1, "reconstruct.data.grid.rows": 0})
    assert "'sed'" in str(caught.value)
    assert "reconstruct.data.grid.rows" in str(caught.value)


def test_a_date_without_quotes_is_named(tmp_path):
    """YAML makes a date of it, which DVC refuses in words of its own."""
    path = tmp_path / "params.yaml"
    path.write_text("seed: 0\ndensify: {data: {archive: {first: 2003-01-01}}}\n")
    with pytest.raises(BadConfig, match=r"densify\.data\.archive\.first.*in quotes"):
        load_config(path)


def test_missing_and_broken_files(tmp_path):
    with pytest.raises(BadConfig, match="no such file"):
        load_config(tmp_path / "params.yaml")
    (tmp_path / "params.yaml").write_text("a: [1")
    with pytest.raises(BadConfig, match="YAML"):
        load_config(tmp_path / "params.yaml")
    (tmp_path / "params.yaml").write_text("just words")
    with pytest.raises(BadConfig, match="keys and values"):
        load_config(tmp_path / "params.yaml")


def test_round_trip():
    config = load_config()
    again = parse_config(yaml.safe_load(yaml.safe_dump(config.model_dump(mode="json"))))
    assert isinstance(again, Config)
    assert again == config


def test_precision_auto_is_one_that_the_processor_has(monkeypatch):
    import torch

    from thermocline.training.fit import precision_of

    for able, expected in ((True, "bf16-mixed"), (False, "32-true")):
        monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda able=able: able)
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda able=able: able)
        assert precision_of("auto", "cpu") == expected
    assert precision_of("bf16-mixed", "cpu") == "bf16-mixed"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("seed: 0\nseed: 1\n", "line 2: 'seed' is there twice"),
        ("seed: 0\nreconstruct: {training: {steps: 7, steps: 8}}\n", "'steps' is there twice"),
        ("seed: 010\n", "line 1: '010' has two meanings"),
        ("seed: 1:30\n", "'1:30' has two meanings"),
        ("seed: 0x10\n", "has two meanings"),
        ("seed: 0\nreconstruct: {sampling: {trust: yes}}\n", "'yes' has two meanings"),
        ("seed: true\n", "give a number, without quotes"),
        ("seed: '3'\n", "give a number, without quotes"),
        ("seed: 0\nreconstruct: {training: {learning_rate: true}}\n", "give a number"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(tmp_path, text, words):
    path = tmp_path / "params.yaml"
    path.write_text(text)
    with pytest.raises(BadConfig, match=words):
        load_config(path)


def test_another_encoding_is_named(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_bytes("seed: 0  # café\n".encode("latin-1"))
    with pytest.raises(BadConfig, match="not UTF-8"):
        load_config(path)
