"""What the package stage and the scoreboard read follows every change of an alias by hand."""

import json
import shutil
from pathlib import Path

import pytest
from made import NAME, add_version, champion
from typer.testing import CliRunner

from thermocline.cli import app
from thermocline.registry.aliases.log import append
from thermocline.registry.promotion.promote import promote
from thermocline.registry.promotion.rollback import rollback
from thermocline.registry.registration.record import write
from thermocline.registry.store.connection import connect

ROOT = Path(__file__).resolve().parents[2]


def test_the_scoreboard_tells_aliases_of_now(
    store: Path,
    config,
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
    config,
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
