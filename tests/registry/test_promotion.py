"""Promotion by the gate alone, and what happens when two want it at once."""

import json
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from made import NAME, add_version, asked_otherwise, bare_versions, champion, easier, tag

import thermocline.registry.promotion.promote as module
from thermocline.errors import BadData, BadFile, ThermoclineError
from thermocline.registry.aliases.log import append, apply, entries
from thermocline.registry.promotion.promote import promote
from thermocline.registry.store.connection import connect

ROOT = Path(__file__).resolve().parents[2]
FORKED = Path(__file__).parent / "forked.py"


def test_worse_is_refused_better_is_promoted(store: Path, config) -> None:
    client = connect()
    first, worse, same, better = (add_version(store, ours) for ours in (0.7, 0.84, 0.7, 0.56))
    result = promote(client, NAME, first, config)
    assert result.aliases == ("champion",) and result.promotion.against == "climatology"
    assert result.baseline.against == "ensemble_oi" and champion() == first
    for candidate, decision, ratio in ((worse, "worse", 1.2), (same, "undecided", 1.0)):
        with pytest.raises(ThermoclineError, match=f"version {candidate} is not promoted") as told:
            promote(client, NAME, candidate, config)
        assert "champion version 1" in str(told.value) and f"{ratio:.3f}" in str(told.value)
        verdict = json.loads(tag(candidate, "verdict_json"))
        assert verdict["decision"] == decision and verdict["ratio"] == pytest.approx(ratio)
        assert verdict["low"] <= verdict["ratio"] <= verdict["high"] and verdict["months"] == 12
        assert "localised ensemble OI" in tag(candidate, "baseline_verdict")
        assert champion() == first
    result = promote(client, NAME, better, config)
    assert result.promotion.better and result.promotion.ratio == pytest.approx(0.8)
    assert champion() == better
    assert [(e.former, e.to) for e in entries(client, NAME)] == [("", first), (first, better)]
    again = promote(client, NAME, better, config)  # it is the champion: nothing happens
    assert again.promotion == result.promotion and len(entries(client, NAME)) == 2


def test_worse_than_climatology_is_never_first(store: Path, config) -> None:
    version = add_version(store, 1.05)
    with pytest.raises(ThermoclineError, match="worse than climatology"):
        promote(connect(), NAME, version, config)
    assert champion() is None and entries(connect(), NAME) == []


def test_a_version_that_no_run_made(store: Path, config) -> None:
    """MLflow's page can register one; nothing says what it was trained from."""
    client = bare_versions(1)
    with pytest.raises(BadData, match=r"version 1 has no run.*let the pipeline register it"):
        promote(client, NAME, "1", config)
    assert champion() is None


def test_what_cannot_be_judged(store: Path, config) -> None:
    client = connect()
    promote(client, NAME, add_version(store, 0.7), config)
    elsewhere = add_version(store, 0.3, period="1990-1994")
    with pytest.raises(
        ThermoclineError,
        match=r"period.*`thermocline models evaluate models:.*1`.*models promote models:.*2`",
    ):
        promote(client, NAME, elsewhere, config)
    unscored = add_version(store, 0.3)
    (store / f"files-{NAME}-2/artifacts/evaluation/cases.json").unlink()
    with pytest.raises(BadFile, match=r"cases\.json"):
        promote(client, NAME, unscored, config)
    with pytest.raises(BadData, match="a log of aliases"):
        promote(client, f"{NAME}.log", "1", config)
    assert champion() == "1"


@pytest.mark.parametrize(
    ("name", "weighed"),
    [
        ("reconstruct.data.observe.instrument", True),
        ("superres.data.observe.instrument", False),
    ],
)
def test_smaller_errors_make_no_better_model(store: Path, config, name: str, weighed: bool) -> None:
    """Questions that are easier for the best classical method, too, are weighed by its scores."""
    client = connect()
    for ours, value in ((0.7, "0.05"), (0.69, "0.01")):
        version = client.get_model_version(NAME, add_version(store, ours))
        client.log_param(version.run_id, name, value)
    asked_otherwise(store / f"files-{NAME}-1", easier, "cases.json")
    promote(client, NAME, "1", config)
    with suppress(ThermoclineError):
        promote(client, NAME, "2", config)
    verdict = json.loads(tag("2", "verdict_json"))
    expected = 0.69 / 0.7 * (1 if weighed else 0.5)
    assert verdict["ratio"] == pytest.approx(expected, rel=0.01)
    assert ("other errors" in verdict["explanation"]) is weighed


def test_judged_again_if_the_champion_changed(
    store: Path,
    config,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between the verdict and the entry another wins: void; the second verdict decides."""
    client = connect()
    one, fast, slow, best = (add_version(store, ours) for ours in (0.8, 0.6, 0.7, 0.5))
    promote(client, NAME, one, config)

    def overtaken(client: Any, name: str, alias: str, *rest: Any) -> Any:
        monkeypatch.setattr(module, "append", append)
        promote(client, name, fast, config)
        return append(client, name, alias, *rest)

    monkeypatch.setattr(module, "append", overtaken)
    with pytest.raises(ThermoclineError, match="worse than champion version 2"):
        promote(client, NAME, slow, config)
    assert champion() == fast
    assert [e.valid for e in entries(client, NAME)] == [True, True, False]
    promote(client, NAME, best, config)
    assert champion() == best


@pytest.mark.parametrize("step", ["append", "apply", "store_verdicts"])
def test_killed_on_the_way(
    store: Path,
    config,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    """An end right after a step; the command given again finishes it, with one entry."""
    client = connect()
    one, two = (add_version(store, ours) for ours in (0.8, 0.6))
    promote(client, NAME, one, config)
    real = getattr(module, step)

    def die(*arguments: Any) -> None:
        real(*arguments)
        raise SystemExit

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(module, step, die)
        promote(client, NAME, two, config)
    promote(client, NAME, two, config)
    assert champion() == two and len(entries(client, NAME)) == 2
    assert "0.750" in tag(two, "verdict")


@pytest.mark.slow
def test_two_promotions_at_once(store: Path, config, warm_python: str) -> None:
    """Two processes, both judged better than the champion before either has written."""
    client = connect()
    one, two, three = (add_version(store, ours) for ours in (0.8, 0.6, 0.6))
    promote(client, NAME, one, config)
    command = [warm_python, FORKED, "promote", ROOT / "params.yaml", two, three]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=120)
    told = dict(json.loads(line) for line in done.stdout.splitlines())
    said = [told[two], told[three]]
    assert sorted(text == "won" for text in said) == [False, True], said
    winner, loser = (two, three) if said[0] == "won" else (three, two)
    assert champion() == winner
    refused = said[said.index("won") - 1]
    assert f"version {loser} is not promoted" in refused
    assert f"not shown better than champion version {winner}" in refused
    log = entries(client, NAME)
    assert [(e.to, e.valid) for e in log] == [(one, True), (winner, True), (loser, False)]


def test_an_alias_set_past_the_log(store: Path, config) -> None:
    """Set by hand in the UI, around the gate: the next command puts it back."""
    client = connect()
    one, two = (add_version(store, ours) for ours in (0.7, 0.84))
    promote(client, NAME, one, config)
    client.set_registered_model_alias(NAME, "champion", two)
    with pytest.raises(ThermoclineError, match="worse than champion version 1"):
        promote(client, NAME, two, config)
    assert champion() == one == apply(client, NAME)
