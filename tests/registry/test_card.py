"""The model card: valid, true to the report, and frank."""

import json
import re
from functools import partial
from pathlib import Path

import pytest
from huggingface_hub import ModelCard
from scored_report import write_report
from tiny_model import save_report, tiny

from thermocline.registry.cards.card import SHORT, model_card, short_card
from thermocline.registry.origin.record import Lineage
from thermocline.registry.promotion.comparison import PromotionVerdict, best_baseline
from thermocline.registry.promotion.verdicts import against_method
from thermocline.systems.config import load_config
from thermocline.verify.board.boardfiles import read_board
from thermocline.verify.board.presentation import Presentation

ROOT = Path(__file__).resolve().parents[2]
NAME = "thermocline-reconstruct"
TRAINING = {"seed": 0, "steps": 10, "params": 1234}
LINEAGE = {
    "system": "reconstruct",
    "study": {
        "name": "reconstruct-7",
        "trial": 3,
        "run_id": None,
        "value": 0.25125,
        "default_value": 0.5,
        "overrides": {"reconstruct.model.network.width": 8},
    },
    "code": {"git_commit": "c0ffee", "uncommitted": True, "lock_sha256": "5" * 64},
    "environment": {"python": "3.11.9", "torch": "2.9.0", "threads": 2},
    "data": {
        "prepared": {"content_digest": "d" * 64},
        "raw": {
            "dvc_md5": "d1ce.dir",
            "files": [
                {"path": "cmip6/a.nc", "md5": "1" * 32, "provider": "CMIP6 (ESGF): X"},
                {"path": "en4/b.nc", "md5": "2" * 32, "sha256": "3" * 64, "bytes": 2_500_000},
            ],
        },
    },
}


def verdicts(report: Path) -> list[PromotionVerdict]:
    board, config = read_board(report), load_config(ROOT / "params.yaml")
    best = best_baseline(board.cases)
    return [against_method(board, name, config) for name in (best, "climatology")]


def card_of(report: Path, lineage: Lineage | None = None) -> str:
    rows = json.loads((report / "scoreboard.json").read_text())
    contract = json.loads(tiny().contract.model_dump_json())
    lineage = lineage or Lineage(system="reconstruct")
    return model_card(NAME, contract, TRAINING, rows, verdicts(report), lineage, "f" * 64)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def card(report: Path) -> str:
    return card_of(report, Lineage.model_validate(LINEAGE))


def rows_under(card: str, heading: str) -> list[list[str]]:
    """Cells of the first table after a heading, without its head and ruler."""
    lines = card.split(heading, 1)[1].splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("|"))
    cells = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        cells.append([cell.strip() for cell in line.strip("|").split("|")])
    return cells


def test_the_hub_reads_it_and_finds_the_reports_numbers(card: str, report: Path) -> None:
    parsed = ModelCard(card, ignore_metadata_errors=False)
    data = parsed.data
    assert data.license == "apache-2.0" and data.library_name == "thermocline"
    assert data.model_name == NAME and "ocean" in data.tags and data.pipeline_tag is None
    ours = {
        row["density"]: row
        for row in json.loads((report / "scoreboard.json").read_text())
        if row["method"] == "thermocline"
    }
    found = {(r.dataset_config, r.metric_type): r.metric_value for r in data.eval_results}
    assert len(found) == 4 * len(ours) == len(data.eval_results)
    for density, row in ours.items():
        for key in ("rmse", "crps", "bias", "spread_skill"):
            assert found[f"columns-{density:g}", key] == row[key]
    assert all(r.dataset_revision == "d1ce.dir" for r in data.eval_results)


def test_every_table_repeats_the_report(card: str, report: Path) -> None:
    records = json.loads((report / "scoreboard.json").read_text())
    by = {(r["method"], r["density"]): r for r in records}
    short = partial(Presentation.of_rows(records).name, short=True)
    for density in (0.005, 0.02, 0.075):
        lines = rows_under(card, f"### {100 * density:g} % of columns observed")
        wanted_rows = [row for row in records if row["density"] == density]
        assert [cells[0] for cells in lines] == [short(row["method"]) for row in wanted_rows]
        for cells, row in zip(lines, wanted_rows, strict=True):
            wanted = [row["rmse"], row["crps"], row["bias"]]
            assert [float(cells[i]) for i in (1, 3, 4)] == pytest.approx(wanted, abs=5.1e-4)
            low, high = (float(part) for part in cells[2].split("–"))
            assert [low, high] == pytest.approx(row["rmse_ci"], abs=5.1e-4)
            assert cells[6] == str(row["cases"])
    ours, best, plain = (by[m, 0.02] for m in ("thermocline", "ensemble_oi", "climatology"))
    for kind, places in (("depth", range(3)), ("basin", list(ours["rmse_by_basin"]))):
        lines = rows_under(card, f"## Skill by {kind}")
        key = f"rmse_by_{kind}"
        wet = [p for p in places if ours[key][p] is not None]
        assert len(lines) == len(wet) > 2
        for cells, place in zip(lines, wet, strict=True):
            wanted = [row[key][place] for row in (ours, best, plain)]
            assert [float(c) for c in cells[1:4]] == pytest.approx(wanted, abs=5.1e-4)
            skill = 100 * (1 - (ours[key][place] / plain[key][place]) ** 2)
            assert float(cells[4].rstrip(" %")) == pytest.approx(skill, abs=0.51)
            wanted = [ours[f"{what}_by_{kind}"][place] for what in ("bias", "spread_skill")]
            assert [float(c) for c in cells[5:7]] == pytest.approx(wanted, abs=5.1e-4)
    for cells in rows_under(card, "## Calibration"):
        row = by["thermocline", float(cells[0].split()[0]) / 100]
        ranks = row["ranks"]
        outside = 100 * (ranks[0] + ranks[-1]) / sum(ranks)
        assert float(cells[2].rstrip(" %")) == pytest.approx(outside, abs=0.051)
        assert cells[3] == f"{100 * 2 / 5:.1f} %"
        assert float(cells[4]) == pytest.approx(row["flatness"]["chi2"], abs=0.51)
        wanted = [row["flatness"][key] for key in ("p", "exchanged_p")]
        shown = [float(c.removeprefix("< ")) for c in cells[5:7]]
        assert shown == pytest.approx(wanted, abs=5.1e-3)
    gate = rows_under(card, "### Calibration factors")
    assert [cells[:3] for cells in gate] == [[d, "0.30", "1.00"] for d in ("5", "100", "500")]


def test_origin_is_told(card: str) -> None:
    assert "d1ce.dir" in card and "d" * 64 in card and "f" * 64 in card
    assert "`c0ffee` with uncommitted changes" in card and "python 3.11.9" in card
    assert (
        "trial 3 of the study `reconstruct-7`" in card and "0.2512 (the defaults': 0.5000)" in card
    )
    assert "| cmip6/a.nc | CMIP6 (ESGF): X | `" + "1" * 32 in card and "3" * 64 in card
    assert "| `reconstruct.model.network.width` | 8 |" in card
    for command in ("lineage", "verify", "rebuild"):
        assert f"thermocline {command} models:/{NAME}/VERSION" in card


@pytest.mark.parametrize("rich", [True, False])
def test_nothing_unknown_is_written_as_a_value(card: str, tmp_path: Path, rich: bool) -> None:
    text = card if rich else card_of(save_report(tmp_path))
    told = re.sub("## How to use.*?## ", "", text, flags=re.DOTALL)  # the examples speak of NaN
    assert not re.search(r"\b(None|nan|NaN|null|inf)\b", told)
    assert "{" not in told.split("\n---\n", 1)[1]
    assert "/tmp" not in text and str(tmp_path) not in text


def test_a_report_without_depths_says_so(tmp_path: Path) -> None:
    text = card_of(save_report(tmp_path))
    assert "holds no scores by depth" in text and "holds no scores by basin" in text
    ModelCard(text, ignore_metadata_errors=False)


@pytest.mark.parametrize(
    ("ours", "words"),
    [(0.9, "Worse than the best"), (0.7, "Not shown better"), (0.3, "Better than the best")],
)
def test_the_best_baseline_is_spoken_of_first(tmp_path: Path, ours: float, words: str) -> None:
    text = card_of(write_report(tmp_path, ours, noise=1 if ours == 0.7 else 0, densities=(0.02,)))
    first = text.split(f"# {NAME}\n", 1)[1].strip().splitlines()[0]
    assert words in first and "localised ensemble OI" in first
    assert words in short_card(text).splitlines()[0]


def test_what_was_not_judged_is_called_so() -> None:
    none = Lineage(system="reconstruct")
    text = model_card(NAME, {"system": "reconstruct"}, {}, [], [], none, "f" * 64)
    assert "Not judged yet" in text and not re.search(r"\b(None|nan)\b", text)
    ModelCard(text, ignore_metadata_errors=False)


def test_where_all_methods_have_no_room_the_models_own_scores_stay(card: str) -> None:
    row = next(line for line in card.splitlines() if line.startswith("| Thermocline |"))
    other = row.replace("Thermocline", "Another method")
    short = short_card(card.replace(row, "\n".join([row, *[other] * 100])))
    own = row.split("|")[2].strip()
    assert f"| Thermocline\u00a0\u00a0 | {own}" in short and "Another method" not in short
    assert "Other methods: in the full card." in short and len(short) <= SHORT


def test_the_description_fits_the_registry(card: str) -> None:
    short = short_card(card)
    assert 500 < len(short) <= SHORT < 5000
    assert not short.startswith("---") and "license:" not in short
    assert "## Limits" in short and "### 2 % of columns observed" in short
    long = card.replace("| Thermocline |", "| Thermocline | " + "0" * 5000)
    assert len(short_card(long)) <= SHORT and short_card(long).startswith("> **")
