"""params.yaml: typed once, closed to unknown keys, and helpful about both."""

from pathlib import Path

import pytest
import yaml

from thermocline.config import Config, SamplingConfig
from thermocline.errors import BadConfig
from thermocline.systems.config import load_config, parse_config, parse_section
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


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize(
    "key",
    [
        "seed",
        "reconstruct.model.process.noise_mean",
        "reconstruct.training.learning_rate",
        "reconstruct.training.gradient_clip",
        "densify.data.errors.thetao",
        "densify.sampling.sigma_max",
        "superres.model.adversarial.weight",
        "seaice.model.autoencoder.beta",
    ],
)
def test_every_number_is_finite(key, value):
    with pytest.raises(BadConfig, match=f"{key}: Input should be a finite number"):
        load_config(overrides={key: value})


def test_numbers_of_every_section_and_list_are_finite():
    """Whichever setting: each number of the file is tried."""
    values = load_config().model_dump(mode="json")
    tried = 0

    def places(at, path=()):
        if isinstance(at, dict | list):
            for key, each in at.items() if isinstance(at, dict) else enumerate(at):
                yield from places(each, (*path, key))
        elif isinstance(at, int | float) and not isinstance(at, bool):
            yield path

    for path in list(places(values)):
        place = values
        for key in path[:-1]:
            place = place[key]
        kept, place[path[-1]] = place[path[-1]], float("inf")
        with pytest.raises(BadConfig, match=r"finite number|upper inf|give a number"):
            parse_section_of(values, path[0])
        place[path[-1]] = kept
        tried += 1
    assert tried > 250


def parse_section_of(values, name):
    """A section alone, as the whole file takes longer to read."""
    if name in ("seed", "data"):
        return parse_config({key: values[key] for key in ("seed", "data")})
    return parse_section(name, values[name], "params.yaml")


@pytest.mark.parametrize(
    "key, value, message",
    [
        ("data.prepare.workers", "3", "give a number, without quotes"),
        ("data.prepare.workers", True, "give a number, without quotes"),
        ("data.prepare.memory", 4, "with its unit, such as 4GB"),
        ("data.prepare.memory", True, "with its unit, such as 4GB"),
        ("data.prepare.memory", "400000000000000TB", "more than 1000 TB"),
        ("data.prepare.scheduler", "", "at least 1 character"),
        ("reconstruct.baselines.dineof.modes", [5, "3"], "give a number, without quotes"),
        ("reconstruct.data.grid.depth", [5, True], "give a number, without quotes"),
        ("superres.baselines.oi.freedoms", [None, "32"], "give a number, without quotes"),
        ("densify.data.regions", {"gulf": [30, "3"]}, "give a number, without quotes"),
        ("reconstruct.sampling.trust", "yes", "give true or false, without quotes"),
        ("reconstruct.sampling.trust", 1, "give true or false, without quotes"),
        ("densify.data.archive.first", 0, "give a date in quotes"),
        ("densify.data.archive.first", "20030101", "give a date in quotes"),
        ("densify.data.archive.first", "2003-02-30", "densify.data.archive.first"),
        ("data.train.last", 2009, "r1 in 2005 is in both train and validation"),
        ("data.test.members", ["r1"], "r1 in 2005 is in both validation and test"),
        ("data.train.members", [], "at least 1 item"),
        ("data.train.members", ["r4", "r4"], "'r4' is listed twice"),
        ("reconstruct.evaluate.densities", [0.05, 0.05], "0.05 is listed twice"),
        ("reconstruct.training.warmup", 5000, "never ends in 240"),
        ("reconstruct.training.steps", 10**30, "less than or equal to 1000000000"),
        ("densify.baselines.linear.explained", 0, "greater than 0"),
        ("superres.training.mean_fraction", 1.0, "would have no spread: give a share below 1"),
        ("densify.training.mean_fraction", 1.0, "give a share below 1, or sampling.steps 0"),
        ("superres.model.adversarial.weight", 0.1, None),
        ("densify.data.folder", 3, r"densify.data.folder: give path or list: path \(got 3\)"),
        ("data.test.members", "r1", r"data.test.members: give list: text \(got 'r1'\)"),
        ("reconstruct", None, "reconstruct: give settings, or leave the line out"),
        (
            "reconstruct.tune.space",
            {"sampling.guidance": {"choice": [None, "pigdm"]}},
            r"space.sampling.guidance.choice.0: give true or false, whole number, number or text",
        ),
        (
            "reconstruct.tune.space",
            {"training.learning_rate": {"real": [1, 2], "logs": True}},
            "unknown key 'reconstruct.tune.space.training.learning_rate.logs'; did you mean 'log'",
        ),
        (
            "reconstruct.tune.space",
            {"training.learning_rate": {"choice": ["1e-3", "3e-3"]}},
            "'1e-3' is text: write a number without quotes",
        ),
        ("reconstruct.tune.space", {"training.validate_every": {"whole": [5, 9]}}, "study's own"),
    ],
)
def test_what_means_nothing_is_refused_in_plain_words(key, value, message):
    if message is None:
        load_config(overrides={key: value})
        return
    with pytest.raises(BadConfig, match=message) as caught:
        load_config(overrides={key: value})
    assert len(str(caught.value)) < 300 and "[" not in str(caught.value).split("got")[0]


def test_an_adversary_sees_whole_batches():
    with pytest.raises(BadConfig, match=r"set training\.accumulate: 1"):
        load_config(
            overrides={
                "superres.model.adversarial.weight": 1.0,
                "superres.training.accumulate": 2,
            }
        )


def test_noise_levels_that_a_schedule_does_not_use_refuse_nothing():
    """sigma_min and sigma_max are schedule edm's."""
    levels = {"reconstruct.sampling.sigma_min": 0.2, "reconstruct.sampling.sigma_start": 0.1}
    with pytest.raises(BadConfig, match=r"is not from sigma_min 0\.2"):
        load_config(overrides=levels)
    load_config(overrides={**levels, "reconstruct.model.process.schedule": "cosine"})


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
        ("seed: 1e3\n", r"line 1: '1e3' is text in YAML: write 1\.0e\+3"),
        ("seed: 0\nx: {learning_rate: 2e-3}\n", r"line 2: '2e-3' is .* write 2\.0e-3"),
        ("seed: 0\nx: [1e-3, 2.5e3]\n", r"write 1\.0e-3"),
        ("seed: 0\nx: [1.0e-3, 2.5e3]\n", r"write 2\.5e\+3"),
        ("seed: 0\nx: &a [*a]\n", "anchor"),
        ("seed: 0\nx: &a {y: [*a]}\n", "anchor"),
        ("seed: 0\t# x\n", "line 1: a tab: use spaces"),
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
