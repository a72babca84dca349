"""Back to the former champion, by hand or because a champion was deleted in MLflow's page."""

import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest
from made import NAME, add_version, champion, spoil, tag
from typer.testing import CliRunner

from thermocline.cli import app
from thermocline.errors import ThermoclineError
from thermocline.predict import load_champion
from thermocline.registry.aliases.log import entries
from thermocline.registry.promotion.promote import judge, promote
from thermocline.registry.promotion.rollback import rollback
from thermocline.registry.store.connection import connect
from thermocline.registry.versions.evaluations import stored_board


def test_rollback(store: Path, config) -> None:
    client = connect()
    one, two, three = (add_version(store, ours) for ours in (0.8, 0.7, 0.6))
    for absent in ("no champion, nor was there one", "no former champion"):
        if absent == "no former champion":
            promote(client, NAME, one, config)
        with pytest.raises(ThermoclineError, match=absent):
            rollback(client, NAME)
    won = tag(one, "verdict")
    promote(client, NAME, two, config)
    promote(client, NAME, three, config)
    with pytest.raises(ThermoclineError, match="not promoted"):
        promote(client, NAME, one, config)  # its verdict is now one against version 3
    entry = rollback(client, NAME, "drifts in the Arctic")
    assert (entry.former, entry.to, entry.reason) == (three, two, "drifts in the Arctic")
    assert champion() == two and load_champion("reconstruct").identity.version == two
    rollback(client, NAME)
    assert champion() == one and tag(one, "verdict") == won
    with pytest.raises(ThermoclineError, match="no former champion"):
        rollback(client, NAME)
    promote(client, NAME, three, config)
    assert champion() == three and rollback(client, NAME).to == one


def test_a_rollback_that_is_cut_short_is_not_done_twice(
    store: Path,
    config,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Written in the log, and then the server is gone, or the process: the next one ends it."""
    client = connect()
    for ours in (0.8, 0.7, 0.6):
        promote(client, NAME, add_version(store, ours), config)
    for problem, told in ((ConnectionError, ThermoclineError), (SystemExit, SystemExit)):

        def fail(*_: Any, problem: type[BaseException] = problem) -> None:
            raise problem("gone")

        with monkeypatch.context() as patch, pytest.raises(told) as said:
            patch.setattr("thermocline.registry.promotion.rollback.finish", fail)
            rollback(client, NAME)
        if told is ThermoclineError:
            assert "do not roll back again: `thermocline models champion`" in str(said.value)
        written = entries(client, NAME)[-1]
        assert rollback(client, NAME) == written == entries(client, NAME)[-1]
        assert champion() == written.to
    assert champion() == "1"


@pytest.mark.parametrize("by_command", [True, False])
def test_a_rollback_is_cut_short_between_alias_and_verdict(
    store: Path,
    config,
    monkeypatch: pytest.MonkeyPatch,
    by_command: bool,
) -> None:
    """What made it champion is said of it again, by whatever is done next."""
    client = connect()
    for ours in (0.8, 0.7, 0.6):
        promote(client, NAME, add_version(store, ours), config)
    won = tag("2", "verdict")
    second = client.get_model_version(NAME, "2")
    judge(client, second, stored_board(second), config)
    assert tag("2", "verdict") != won

    def fail(*_: Any) -> None:
        raise ConnectionError("gone")

    with monkeypatch.context() as patch, pytest.raises(ThermoclineError, match="do not roll back"):
        patch.setattr("thermocline.registry.promotion.rollback.store_verdict", fail)
        rollback(client, NAME)
    assert champion() == "2" and tag("2", "verdict") != won
    if by_command:
        said = CliRunner().invoke(app, ["models", "champion"]).output
        assert f"{NAME} version 2" in said
    else:
        assert rollback(client, NAME).to == "2"
    assert champion() == "2" and tag("2", "verdict") == won
    assert rollback(client, NAME).to == "1"


def test_a_deleted_champion_leaves_its_place(store: Path, config) -> None:
    """Deleted in MLflow's page: a better one can win, and the former one can come back."""
    client = connect()
    for ours in (0.7, 0.6):
        promote(client, NAME, add_version(store, ours), config)
    client.delete_model_version(NAME, "2")
    for command, told in (("champion", "no champion now"), ("log", "2 → –  vacated")):
        said = CliRunner().invoke(app, ["models", command]).output
        assert told in said and "version 2 was deleted in MLflow" in said
    result = promote(client, NAME, add_version(store, 0.65), config)
    assert result.promotion.against == "climatology" and champion() == "3"
    assert result.note == "there was no champion: version 2 was deleted in MLflow"
    client.delete_model_version(NAME, "3")
    entry = rollback(client, NAME)
    assert (entry.former, entry.to) == ("", "1") and champion() == "1"
    assert entry.reason == "version 3 was deleted in MLflow"
    client.delete_model_version(NAME, "1")
    with pytest.raises(ThermoclineError, match="no former champion"):
        rollback(client, NAME)
    assert champion() is None


def test_a_model_that_was_deleted_and_begun_again(store: Path, config) -> None:
    """Its log stays, and says nothing of the new version 1: neither its wins nor its losses."""
    client = connect()
    for ours in (0.7, 0.6):
        promote(client, NAME, add_version(store, ours), config)
    rollback(client, NAME)
    client.delete_registered_model(NAME)
    for number in (0, 1):
        shutil.rmtree(store / f"files-{NAME}-{number}")
    first = client.get_model_version(NAME, add_version(store, 1.3))
    result = judge(client, first, stored_board(first), config)
    assert result.promotion.decision == "worse" and champion() is None
    assert "another has its number now" in result.note
    second = client.get_model_version(NAME, add_version(store, 0.6))
    result = judge(client, second, stored_board(second), config)
    assert champion() == "2" and "rolled back" not in result.note


def test_registration_does_not_undo_a_rollback(store: Path, config) -> None:
    """The pipeline run again judges the same version again; a person's decision stands."""
    client = connect()
    one, two = (add_version(store, ours) for ours in (0.8, 0.7))
    registered = [client.get_model_version(NAME, number) for number in (one, two)]
    for version in registered:
        judge(client, version, stored_board(version), config)
    assert champion() == two
    rollback(client, NAME)
    result = judge(client, registered[1], stored_board(registered[1]), config)
    assert result.promotion.better and result.aliases == ("candidate",)
    assert "rolled back on" in result.note and champion() == one
    promote(client, NAME, two, config)
    assert champion() == two
    assert judge(client, registered[1], stored_board(registered[1]), config).note == ""


def test_a_former_champion_that_no_longer_loads(store: Path, config) -> None:
    client = connect()
    one, two = (add_version(store, ours) for ours in (0.8, 0.7))
    promote(client, NAME, one, config)
    promote(client, NAME, two, config)
    harm = store / f"files-{NAME}-0" / "extra.txt"
    harm.write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(ThermoclineError, match=r"no longer loads.*pickle.*version 2 stays"):
        rollback(client, NAME)
    harm.unlink()
    spoil(store, one)
    with pytest.raises(ThermoclineError, match=r"no longer loads.*weights.*version 2 stays"):
        rollback(client, NAME)
    assert champion() == two and len(entries(client, NAME)) == 2
