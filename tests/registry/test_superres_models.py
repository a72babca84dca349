"""The second system goes through the same registry: one version a digest, champions by merit."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import ModelCard
from tiny_model import save_report, save_tiny
from tiny_superres import board, coarse_sst, save_superres_report, save_tiny_superres

from thermocline.errors import BadData, BadFile
from thermocline.predict import load_champion, load_model
from thermocline.predict.manifest import model_digest, model_files
from thermocline.registry.cards.card import SHORT, model_card, short_card
from thermocline.registry.comparing.compare import compare_versions, read_card
from thermocline.registry.origin.records import Lineage
from thermocline.registry.promotion.comparison import best_baseline, compare, drawn, scores
from thermocline.registry.promotion.rollback import rollback
from thermocline.registry.promotion.verdicts import against_method
from thermocline.registry.registration.register import register
from thermocline.registry.store.connection import connect
from thermocline.systems.superres.endpoints.dataset import superresolve

NAME = "thermocline-superres"


def test_what_a_model_consists_of(tmp_path: Path) -> None:
    model = save_tiny_superres(tmp_path / "model")
    assert model_files(model) == ("contract.json", "weights.safetensors")
    digest = model_digest(model)
    (model / "centre.safetensors").write_bytes((model / "weights.safetensors").read_bytes())
    assert model_files(model)[-1] == "centre.safetensors" and model_digest(model) != digest
    (model / "weights.safetensors").unlink()
    with pytest.raises(BadFile, match="weights"):
        model_digest(model)
    assert model_digest(save_tiny_superres(tmp_path / "other", 1)) != digest


def test_the_gate_draws_days(config) -> None:
    """Patches of one day are one draw: copies of a patch make nothing more certain."""
    made = board(0.8)
    verdict = against_method(made, "bicubic", config)
    assert verdict.better and verdict.months == 5 and verdict.cases == 10
    assert "5 held-out days, 10 cases" in verdict.explanation
    assert best_baseline(made.cases) == "regression"
    copies = [{**case, "case": f"{case['case']}/{n}"} for case in made.cases for n in range(4)]
    ours, plain = scores(copies, "thermocline"), scores(copies, "bicubic")
    again = compare(ours, plain, "bicubic", cases=drawn(copies))
    alike = compare(
        scores(made.cases, "thermocline"),
        scores(made.cases, "bicubic"),
        "bicubic",
        cases=drawn(made.cases),
    )
    assert (again.low, again.high) == pytest.approx((alike.low, alike.high))


def test_the_card(tmp_path: Path, config) -> None:
    report = save_superres_report(tmp_path / "report", 0.6)
    rows = json.loads((report / "scoreboard.json").read_text())
    contract = json.loads((save_tiny_superres(tmp_path / "m") / "contract.json").read_text())
    verdicts = [against_method(board(0.6), name, config) for name in ("regression", "bicubic")]
    made_of = Lineage.model_validate(
        {"system": "superres", "data": {"raw": {"dvc_md5": "d1ce.dir"}}}
    )
    card = model_card(NAME, contract, {"steps": 10}, rows, verdicts, made_of, "f" * 64)
    parsed = ModelCard(card, ignore_metadata_errors=False).data
    ours = next(row for row in rows if row["method"] == "thermocline")
    found = {r.metric_type: r.metric_value for r in parsed.eval_results}
    keys = ("rmse", "gradient_rmse", "crps", "bias", "spread_skill")
    assert found == {key: ours[key] for key in keys}
    assert parsed.eval_results[0].dataset_config == "blocks-5"
    assert "Better than the best classical method, linear regression" in card
    assert (
        f"| Thermocline | {ours['rmse']:.3f} |" in card
        and "### Calibration factors by slope" in card
    )
    assert "`superres.model.network.width` | 8 |" in card and "thermocline superresolve" in card
    assert "| means over blocks |" in card and "| north |" in card
    assert "of place and date the distance from the equator alone" in card
    told = re.sub("## How to use.*?## ", "", card, flags=re.DOTALL)
    assert not re.search(r"\b(None|nan|null|inf|months|profiles)\b", told)
    short = short_card(card)
    assert len(short) <= SHORT and "## Limits" in short and "Skill on held-out days" in short


@pytest.mark.usefixtures("quick")
def test_from_registration_to_rollback(store: Path, config) -> None:
    models = [save_tiny_superres(store / f"m{seed}", seed) for seed in range(2)]
    reports = [save_superres_report(store / f"r{share}", share) for share in (0.8, 0.5)]
    with pytest.raises(BadData, match="system 'superres'"):
        register(models[0], save_report(store / "r"), config, root=store)
    with pytest.raises(BadData, match="system 'reconstruct'"):
        register(save_tiny(store / "t"), reports[0], config, system="superres", root=store)
    first = register(models[0], reports[0], config, root=store)
    assert first.name == NAME and first.aliases == ("candidate", "champion")
    assert first.promotion.against == "bicubic" and first.baseline.against == "regression"
    assert register(models[0], reports[0], config, root=store) == first
    second = register(models[1], reports[1], config, root=store)
    assert second.promotion.against == "champion version 1" and second.promotion.better

    client = connect()
    one, two = (client.get_model_version(NAME, number) for number in "12")
    assert one.tags["thermocline.system"] == "superres"
    found = compare_versions(client, one, two)
    assert not found.incomparable and found.scores[0].interval is not None
    assert {score.metric for score in found.scores} >= {"rmse", "crps", "gradient_rmse"}
    assert read_card(client, two).count("superres") > 3

    champion = load_champion("superres")
    assert champion.identity.version == "2" and champion.identity.name == NAME
    here = superresolve(champion.model, coarse_sst(), members=2, seed=3)
    import mlflow

    served = mlflow.pyfunc.load_model(f"models:/{NAME}/2")
    sst = coarse_sst()
    given = {
        "sst": sst.sst.values[0],
        "latitude": sst.lat.values,
        "longitude": sst.lon.values,
    }
    answer = served.predict(given, params={"members": 2, "seed": 3})
    np.testing.assert_array_equal(answer["analysed_sst"], here.analysed_sst.values[0])
    np.testing.assert_allclose(answer["latitude"], here.latitude.values)

    entry = rollback(client, NAME, "for a test")
    assert (entry.former, entry.to) == ("2", "1")
    assert load_model(f"models:/{NAME}@champion").identity.version == "1"


@pytest.mark.usefixtures("quick")
def test_export_and_import(store: Path, config) -> None:
    from thermocline.registry.lineage.chain import walk
    from thermocline.registry.transfer.incoming import import_model
    from thermocline.registry.transfer.outgoing import export_model

    model, report = save_tiny_superres(store / "m"), save_superres_report(store / "r", 0.6)
    register(model, report, config, root=store)
    content, _ = export_model(f"models:/{NAME}/1", store / "exported")
    assert content.system == "superres" and content.digest == model_digest(model)
    assert not import_model(store / "exported").new  # it is here already
    assert walk(f"models:/{NAME}/1", store).lineage.system == "superres"
    assert (store / "exported" / "model" / "artifacts" / "superres" / "contract.json").is_file()


@pytest.mark.slow
def test_mlflow_tries_the_example(store: Path, config) -> None:
    model, report = save_tiny_superres(store / "m"), save_superres_report(store / "r", 0.6)
    register(model, report, config, root=store)
    import mlflow

    info = mlflow.models.get_model_info(f"models:/{NAME}/1")
    assert [spec.name for spec in info.signature.inputs.inputs] == ["sst", "latitude", "longitude"]
    served = mlflow.pyfunc.load_model(f"models:/{NAME}/1")
    answer = served.predict(served.input_example)
    assert answer["analysed_sst"].shape == (30, 30) and np.isfinite(answer["analysed_sst"]).all()
