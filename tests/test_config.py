"""params.yaml: typed once, closed to unknown keys, and helpful about both."""

import pytest
import yaml

from thermocline.config import Config
from thermocline.errors import BadConfig
from thermocline.systems.config import load_config, parse_config


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
