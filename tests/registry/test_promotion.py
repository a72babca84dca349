"""Promotion by the gate alone, and what happens when two want it at once."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from made import NAME, add_version, bare_versions, champion, tag
from mlflow.exceptions import MlflowException
from typer.testing import CliRunner

import thermocline.registry.promotion as module
from thermocline.cli import app
from thermocline.errors import BadConfig, BadData, BadFile, ThermoclineError
from thermocline.predict.tracking import tracking_uri
from thermocline.registry.alias_log import append, apply, entries
from thermocline.registry.checksums import checksums
from thermocline.registry.compare import read_card
from thermocline.registry.evaluations import stored_board
from thermocline.registry.promotion import promote
from thermocline.registry.reader import open_reader
from thermocline.registry.registration_record import write
from thermocline.registry.rollback import rollback
from thermocline.registry.store import connect
from thermocline.registry.versions import resolve

ROOT = Path(__file__).resolve().parents[2]
FORKED = Path(__file__).parent / "forked.py"


def test_worse_is_refused_better_is_promoted(store: Path, config) -> None:  # type: ignore[no-untyped-def]
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


def test_worse_than_climatology_is_never_first(store: Path, config) -> None:  # type: ignore[no-untyped-def]
    version = add_version(store, 1.05)
    with pytest.raises(ThermoclineError, match="worse than climatology"):
        promote(connect(), NAME, version, config)
    assert champion() is None and entries(connect(), NAME) == []


def test_a_version_that_no_run_made(store: Path, config) -> None:  # type: ignore[no-untyped-def]
    """MLflow's page can register one; nothing says what it was trained from."""
    client = bare_versions(1)
    with pytest.raises(BadData, match=r"version 1 has no run.*let the pipeline register it"):
        promote(client, NAME, "1", config)
    assert champion() is None


def test_what_cannot_be_judged(store: Path, config) -> None:  # type: ignore[no-untyped-def]
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


def asked_otherwise(folder: Path, change: Callable[[dict[str, Any]], None], file: str) -> None:
    """Change every record of a report."""
    path = folder / "artifacts" / "evaluation" / file
    records = json.loads(path.read_text())
    for record in records:
        change(record)
    path.write_text(json.dumps(records))


def easier(case: dict[str, Any]) -> None:
    """What a question does that is easier to all methods: the ratios among them stay."""
    case["rmse"], case["mse"] = 0.5 * case["rmse"], 0.25 * case["mse"]


@pytest.mark.parametrize(
    ("name", "weighed"),
    [
        ("reconstruct.data.observe.instrument", True),
        ("superres.data.observe.instrument", False),
    ],
)
def test_smaller_errors_make_no_better_model(store: Path, config, name: str, weighed: bool) -> None:  # type: ignore[no-untyped-def]
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


def test_a_better_model_that_is_damaged(store: Path, config) -> None:  # type: ignore[no-untyped-def]
    """It could not answer; nobody is champion by it, and the log says nothing."""
    client = connect()
    promote(client, NAME, add_version(store, 0.7), config)
    for number in ("2", "3"):
        add_version(store, 0.5)
        files = store / f"files-{NAME}-{int(number) - 1}"
        weights = files / "artifacts/reconstruct/weights.safetensors"
        weights.unlink() if number == "2" else (files / "MLmodel").unlink()
        with pytest.raises(BadFile, match=r"weights\.safetensors|MLmodel"):
            promote(client, NAME, number, config)
    assert champion() == "1" and len(entries(client, NAME)) == 1


def test_an_evaluation_that_was_changed(store: Path, config) -> None:  # type: ignore[no-untyped-def]
    client = connect()
    promote(client, NAME, add_version(store, 0.7), config)
    add_version(store, 0.84)
    files = store / f"files-{NAME}-1"
    for key, value in checksums(files).items():
        client.set_model_version_tag(NAME, "2", key, value)
    stored_board(client.get_model_version(NAME, "2"))
    asked_otherwise(files, easier, "cases.json")
    with pytest.raises(BadData, match=r"changed since it was registered.*thermocline verify"):
        promote(client, NAME, "2", config)
    assert champion() == "1"


def test_files_that_are_elsewhere(store: Path, config) -> None:  # type: ignore[no-untyped-def]
    """A project's folder that was moved: MLflow's addresses are absolute."""
    client = connect()
    version = add_version(store, 0.7)
    place = store / f"files-{NAME}-0"
    place.rename(store / "elsewhere")
    reader = open_reader(tracking_uri())
    assert reader is not None
    for found in (client.get_model_version(NAME, version), reader.get_model_version(NAME, version)):
        for ask in (stored_board, lambda each: read_card(client, each)):
            with pytest.raises(BadData, match=f"{place} is no folder here → move the folder"):
                ask(found)


def test_another_system_s_model(store: Path, config) -> None:  # type: ignore[no-untyped-def]
    """MLflow copies versions from model to model."""
    client = connect()
    add_version(store, 0.7)
    copy = client.copy_model_version(f"models:/{NAME}/1", "thermocline-superres")
    with pytest.raises(BadData, match="a model of the system 'reconstruct', under the name of"):
        promote(client, "thermocline-superres", str(copy.version), config)


def test_judged_again_if_the_champion_changed(
    store: Path,
    config,  # type: ignore[no-untyped-def]
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
    config,  # type: ignore[no-untyped-def]
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
def test_two_promotions_at_once(store: Path, config, warm_python: str) -> None:  # type: ignore[no-untyped-def]
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


def test_references(store: Path, config) -> None:  # type: ignore[no-untyped-def]
    client = connect()
    version = add_version(store, 0.7)
    promote(client, NAME, version, config)
    texts = [f"models:/{NAME}@champion", f"models:/{NAME}/1", f"models:/{NAME}", "champion"]
    for text in [*texts, "@champion", "1", f"{NAME}/1", f"{NAME}@champion"]:
        found = resolve(client, text)
        assert (found.name, str(found.version)) == (NAME, version), text
    for text in ("2", "nobody", "models:/other/1", "models:/other@champion"):
        with pytest.raises(BadFile, match="models list"):
            resolve(client, text)
    assert str(resolve(client, "latest").version) == version
    with pytest.raises(BadConfig, match="--system: models:/other/1 is no version of"):
        resolve(client, "models:/other/1", NAME)
    for text in ("", "models:/", "a b", "models:/a@b@c", "models:/a/b/c"):
        with pytest.raises(BadFile, match="name one like"):
            resolve(client, text)


def test_on_the_command_line(
    store: Path,
    config,  # type: ignore[no-untyped-def]
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from thermocline.cli import main

    def say(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["thermocline", "models", *words])
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return f"{end.value.code or 0} {out}{err}"

    assert "the system is not said, and none has a registered model" in say("champion")
    assert say("champion", "--system", "reconstruct").startswith(
        f"2 thermocline: MLflow registry: no registered model '{NAME}'"
    )
    for ours in (0.7, 0.84, 0.56):
        add_version(store, ours)
    params = ("--params", str(ROOT / "params.yaml"))
    assert say("champion").startswith(f"0 {NAME}: no champion now")
    assert say("promote", "1", *params).startswith(f"0 {NAME} version 1 is champion")
    refused = say("promote", f"models:/{NAME}/2", *params)
    assert refused.startswith("2 thermocline: ") and "worse than champion version 1" in refused
    assert say("promote", "3", *params).startswith("0 ")
    today = datetime.now(UTC)
    assert say("champion", "--on", f"{today:%Y-%m-%d}").startswith(f"0 {NAME} version 3")
    first = entries(connect(), NAME)[0].time
    assert f"{NAME} version 1" in say("champion", "--on", first.isoformat())
    before = say("champion", "--on", f"{first - timedelta(days=1):%Y-%m-%d}")
    assert "no champion" in before and "the log begins" in before
    assert say("champion", "--on", "May").startswith("2 thermocline: --on: not a date")
    assert say("rollback", "--reason", "cold bias").startswith(f"0 {NAME} version 1 is champion")
    assert say("rollback").startswith("2 ")
    idle = say("compare", "1", "2", "--date", "2008-03", "--members", "3")
    assert idle.startswith("2 thermocline: --date, --members: this is about maps")
    log = say("log")
    assert "cold bias" in log and "1 → 3" in log and "3 → 1" in log and "rolled back" in log
    shown = say("show", "3")
    assert "better than champion version 1" in shown and "digest" in shown
    assert say("show", "9").startswith("2 ")
    listed = say("list")
    assert listed.count("\n") == 4 and ".log" not in listed and "@champion" in listed
    assert "entry 1 of the log names it" in say("delete", NAME, "1")
    assert say("delete", "2").startswith(f"0 {NAME} version 2 is deleted")
    run = str(connect().get_model_version(NAME, "1").run_id)
    assert "version 1 was made by it" in say("delete-run", run)

    def forbid(*_: Any, **__: Any) -> None:
        raise MlflowException("Permission denied\nat all")

    monkeypatch.setattr("thermocline.registry.deletion.delete_run", forbid)
    assert say("delete-run", run) == "2 thermocline: MLflow: Permission denied at all\n"


def test_a_commit_is_asked_for_in_the_working_folder(
    store: Path,
    config,  # type: ignore[no-untyped-def]
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Wherever params.yaml is; what allows it is said in the same words as in the pipeline."""
    subprocess.run(["git", "init", "-q", "."], check=True)
    connect().delete_model_version_tag(NAME, add_version(store, 0.7), "thermocline.git_commit")
    words = ["models", "promote", "1", "--params", str(ROOT / "params.yaml")]
    ask = CliRunner().invoke
    monkeypatch.setenv("THERMOCLINE_ALLOW_UNCOMMITTED", "off")
    assert "a commit that nobody wrote down" in str(ask(app, words).exception)
    monkeypatch.setenv("THERMOCLINE_ALLOW_UNCOMMITTED", "maybe")
    assert "'maybe' is neither yes nor no" in str(ask(app, words).exception)
    monkeypatch.setenv("THERMOCLINE_ALLOW_UNCOMMITTED", "true")
    assert ask(app, words).exit_code == 0 and champion() == "1"


def test_the_scoreboard_tells_aliases_of_now(
    store: Path,
    config,  # type: ignore[no-untyped-def]
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def said() -> str:
        return CliRunner().invoke(app, ["scoreboard", "reconstruct", "--brief"]).output

    client = connect()
    for ours in (0.7, 0.6):
        result = promote(client, NAME, add_version(store, ours), config)
    write(result, "reconstruct")
    shutil.copytree(store / f"files-{NAME}-1/artifacts/evaluation", "build/reports/reconstruct")
    assert f"{NAME} version 2 @champion\n" in said()
    rollback(client, NAME)
    assert f"{NAME} version 2\n" in said()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    assert f"{NAME} version 2\n" in said(), "a server is not asked"


def test_every_change_by_hand_renews_what_the_package_stage_reads(
    store: Path,
    config,  # type: ignore[no-untyped-def]
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whichever model the pipeline registered last; where there is no pipeline, nothing."""

    def say(*words: str) -> dict[str, bytes]:
        assert CliRunner().invoke(app, ["models", *words]).exit_code == 0
        return {path.name: path.read_bytes() for path in Path("build/registry").glob("*")}

    for ours in (0.7, 0.6, 0.5):
        add_version(store, ours)
    params = ("--params", str(ROOT / "params.yaml"))
    assert say("promote", "1", *params) == {} and not Path("build").exists()
    record = Path("build/registry/reconstruct.json")
    record.parent.mkdir(parents=True)
    record.write_text('{"digest": "of another model"}')
    changes = [("promote", "2", *params), ("promote", "3", *params), ("rollback",)]
    states = [say(*words) for words in changes]
    # Killed between the log and what comes after it: looking mends the rest.
    entry = append(connect(), NAME, "champion", "1", "2", "x")
    states.append(say("champion"))
    assert entry.valid and champion() == "1"
    note = Path("build/registry/champions.json")
    written = note.stat().st_mtime_ns
    say("champion")
    assert note.stat().st_mtime_ns == written, "the same note is not written again"
    note.write_text("{}")  # killed after the alias was set
    assert say("champion") == states[-1]
    note.unlink()  # a question of a champion that is packaged: nothing to be made anew
    package = Path("build/package/bento.json")
    package.parent.mkdir()
    package.write_text(json.dumps({"models": {"reconstruct": {"name": NAME, "version": "1"}}}))
    assert "champions.json" not in say("champion")
    package.unlink()
    assert say("champion") == states[-1]
    states.append(say("promote", "3", *params))
    assert len({json.dumps(sorted(map(str, state.items()))) for state in states}) == 5
    assert all(state["reconstruct.json"] == record.read_bytes() for state in states)
    assert json.loads(states[-1]["champions.json"]) == {NAME: {"version": "3", "entry": 6}}


def test_an_alias_set_past_the_log(store: Path, config) -> None:  # type: ignore[no-untyped-def]
    """Set by hand in the UI, around the gate: the next command puts it back."""
    client = connect()
    one, two = (add_version(store, ours) for ours in (0.7, 0.84))
    promote(client, NAME, one, config)
    client.set_registered_model_alias(NAME, "champion", two)
    with pytest.raises(ThermoclineError, match="worse than champion version 1"):
        promote(client, NAME, two, config)
    assert champion() == one == apply(client, NAME)
