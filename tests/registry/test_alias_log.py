"""The log of aliases: ordered, never shortened or altered unseen, the same on every server."""

import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import NAME, bare_versions
from tracking_server import tracking_server

from thermocline.errors import BadData, ThermoclineError
from thermocline.registry.aliases.history import (
    CHAMPION,
    PROMOTED,
    ROLLED_BACK,
    VACATED,
    Entry,
    count,
    former_holder,
    holder,
    last_change,
    means,
    parse_moment,
    withdrawal,
)
from thermocline.registry.aliases.log import append, apply, entries, follow_logs
from thermocline.registry.aliases.log import settled as settled_in
from thermocline.registry.aliases.log_store import LENGTH, PREFIX, log_name
from thermocline.registry.store.connection import connect
from thermocline.registry.store.tags import EDITED, IMPORTED, VERDICT

FORKED = Path(__file__).parent / "forked.py"

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def log_of(
    *changes: tuple[str, str], rollbacks: tuple[int, ...] = (), vacated: tuple[int, ...] = ()
) -> list[Entry]:
    """Entries (former, to), one a day from noon of 1 May 2026."""
    kinds = dict.fromkeys(rollbacks, ROLLED_BACK) | dict.fromkeys(vacated, VACATED)
    return count(
        Entry(
            number=number,
            alias=CHAMPION,
            change=kinds.get(number, PROMOTED),
            former=former,
            to=to,
            reason="",
            actor="",
            verdict="",
            time=NOON + timedelta(days=number - 1),
        )
        for number, (former, to) in enumerate(changes, 1)
    )


def test_of_two_at_once_the_first_counts() -> None:
    log = log_of(("", "1"), ("1", "2"), ("1", "3"), ("2", "4"))
    assert [entry.valid for entry in log] == [True, True, False, True]
    assert holder(log) == "4" and holder(log[:3]) == "2" and holder([]) is None


def test_who_served_on_a_day() -> None:
    log = log_of(("", "1"), ("1", "2"), ("1", "3"))
    assert holder(log, at=parse_moment("2026-04-30")) is None
    assert holder(log, at=parse_moment("2026-05-01")) == "1"
    assert holder(log, at=parse_moment("2026-05-01T11:59:59")) is None
    assert holder(log, at=parse_moment("2026-05-01T14:00:00+02:00")) == "1"
    assert holder(log, at=parse_moment("2026-05-02T11:59Z")) == "1"
    assert holder(log, at=parse_moment("2026-05-02")) == "2"
    assert holder(log, at=parse_moment("2026-05-03")) == "2"  # the third entry is void
    assert last_change(log, "other") is None
    for text in ("yesterday", "2026-13-01", "", "9999-12-31T23:30:00-23:00", "2026-05-01x"):
        with pytest.raises(ThermoclineError, match="not a date"):
            parse_moment(text)


def test_a_clock_set_back_does_not_turn_the_order_round() -> None:
    log = log_of(("", "1"), ("1", "2"))
    back = count([log[0], replace(log[1], time=NOON - timedelta(days=9))])
    assert back[1].time == NOON and holder(back, at=NOON) == "2"
    assert holder(back, at=NOON - timedelta(seconds=1)) is None


def test_rollbacks_undo_promotions() -> None:
    log = log_of(("", "1"), ("1", "2"), ("2", "3"))
    assert former_holder(log) == "2" and former_holder(log[:1]) is None
    once = log_of(("", "1"), ("1", "2"), ("2", "3"), ("3", "2"), rollbacks=(4,))
    assert former_holder(once) == "1"
    assert withdrawal(once, "3") == once[3] and withdrawal(once, "2") is None
    twice = log_of(("", "1"), ("1", "2"), ("2", "3"), ("3", "2"), ("2", "1"), rollbacks=(4, 5))
    assert former_holder(twice) is None
    again = log_of(("", "1"), ("1", "2"), ("2", "1"), ("1", "2"), ("2", "3"), rollbacks=(3,))
    assert former_holder(again) == "2" and withdrawal(again, "2") is None


def test_a_champion_that_is_gone_leaves_its_place() -> None:
    log = log_of(("", "1"), ("1", "2"), ("2", ""), vacated=(3,))
    assert [entry.valid for entry in log] == [True] * 3 and holder(log) is None
    assert holder(log[:2]) == "2" and former_holder(log) == "1"
    won = log_of(("", "1"), ("1", "2"), ("2", ""), ("", "3"), vacated=(3,))
    assert holder(won) == "3" and former_holder(won) == "1"
    back = log_of(("", "1"), ("1", "2"), ("2", ""), ("", "1"), vacated=(3,), rollbacks=(4,))
    assert holder(back) == "1" and former_holder(back) is None
    assert not log_of(("", ""), vacated=(1,))[0].valid


@given(st.lists(st.tuples(st.sampled_from(["", "1", "2", "3"]), st.sampled_from(["1", "2", "3"]))))
def test_one_holder_at_any_time(changes: list[tuple[str, str]]) -> None:
    """Every entry that counts begins where the one before it, that counts, ended."""
    held = ""
    for entry in count(log_of(*changes)):
        assert entry.valid == (entry.former == held)
        held = entry.to if entry.valid else held
    assert (holder(log_of(*changes)) or "") == held


def test_written_and_read(store: Path) -> None:
    client = bare_versions(3)
    assert entries(client, NAME) == [] and apply(client, NAME) is None
    began = datetime.now(UTC) - timedelta(seconds=1)
    first = append(client, NAME, CHAMPION, "1", "", "the first", verdict='{"a": 1}')
    assert first.valid and first.number == 1 and first.verdict == '{"a": 1}'
    assert began <= first.time <= datetime.now(UTC) and first.actor and first.reason == "the first"
    assert "champion" not in client.get_registered_model(NAME).aliases
    assert apply(client, NAME) == "1" == apply(client, NAME)
    second = append(client, NAME, CHAMPION, "2", "1", "better")
    late = append(client, NAME, CHAMPION, "3", "1", "better, too")
    assert second.valid and not late.valid
    assert [entry.number for entry in entries(client, NAME)] == [1, 2, 3]
    assert apply(client, NAME) == "2"
    assert client.get_model_version_by_alias(NAME, CHAMPION).version in ("2", 2)


def test_what_a_killed_process_left_is_mended(store: Path) -> None:
    """Written, and killed before the alias was set; or the alias was moved past the log."""
    client = bare_versions(2)
    append(client, NAME, CHAMPION, "1", "", "first")
    for wrong in (None, "2"):
        if wrong:
            client.set_registered_model_alias(NAME, CHAMPION, wrong)
        assert apply(client, NAME) == "1"
        assert str(client.get_model_version_by_alias(NAME, CHAMPION).version) == "1"


def test_who_set_an_alias_by_hand_learns_why_it_did_not_last(
    store: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = bare_versions(3)
    client.set_registered_model_alias(NAME, CHAMPION, "3")
    apply(client, NAME)
    (said,) = caplog.messages
    assert "@champion was given to version 3 past its log, by which nobody holds it" in said
    assert f"`thermocline models promote models:/{NAME}/3`" in said
    caplog.clear()
    for former, to in (("", "1"), ("1", "2")):
        append(client, NAME, CHAMPION, to, former, "better")
        apply(client, NAME)
    assert not caplog.messages, "the alias of a new entry is set, not put back"
    client.set_registered_model_alias(NAME, CHAMPION, "3")
    apply(client, NAME)
    assert "by which version 2 holds it" in caplog.messages.pop() and not caplog.clear()
    monkeypatch.setattr("thermocline.registry.aliases.put_back.MOMENT", timedelta(0))
    for wrong, told in (("1", "was given to version 1"), ("", "was taken away")):
        if wrong:
            client.set_registered_model_alias(NAME, CHAMPION, wrong)
        else:
            client.delete_registered_model_alias(NAME, CHAMPION)
        assert apply(client, NAME) == "2" and told in caplog.messages[-1]


def test_an_alias_of_no_entry_is_taken_away(store: Path) -> None:
    """Also from a version that passed the test: without an entry, nobody promoted it."""
    client = bare_versions(2)
    client.set_model_version_tag(NAME, "2", VERDICT, "better than climatology: RMSE ratio 0.7")
    client.set_registered_model_alias(NAME, CHAMPION, "2")
    assert apply(client, NAME) is None and entries(client, NAME) == []


def test_a_version_of_the_same_number_is_another(store: Path) -> None:
    """The model is deleted in MLflow's page, and its log is not: numbers begin at 1 again."""
    client = bare_versions(1)
    assert append(client, NAME, CHAMPION, "1", "", "first").made
    apply(client, NAME)
    client.delete_registered_model(NAME)
    bare_versions(1)
    assert not settled_now(client) and apply(client, NAME) is None
    assert entries(client, NAME)[-1].change == VACATED and settled_now(client)
    (entry, version) = entries(client, NAME)[0], client.get_model_version(NAME, "1")
    assert not means(entry, version) and means(replace(entry, made=""), version)


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {VERDICT: "not shown better than climatology: RMSE ratio 1.0"},
        {VERDICT: "better than climatology", IMPORTED: "models:/x/1"},
        {VERDICT: "better than climatology", EDITED: "params.yaml"},
    ],
    ids=["never judged", "not better", "from elsewhere", "of an edited tree"],
)
def test_an_alias_that_was_set_around_the_test_is_taken_away(
    store: Path, tags: dict[str, str]
) -> None:
    client = bare_versions(2)
    for tag, value in tags.items():
        client.set_model_version_tag(NAME, "2", tag, value)
    client.set_registered_model_alias(NAME, CHAMPION, "2")
    follow_logs()
    assert CHAMPION not in client.get_registered_model(NAME).aliases
    assert entries(client, NAME) == []


def test_models_that_are_none_of_ours_are_left_alone(store: Path) -> None:
    client = bare_versions(1, "thermocline-notes")
    client.set_registered_model_alias("thermocline-notes", CHAMPION, "1")
    follow_logs()
    assert int(client.get_registered_model("thermocline-notes").aliases[CHAMPION]) == 1
    assert not client.search_registered_models("name LIKE '%.log'")


def test_a_broken_log_is_noticed(store: Path) -> None:
    """A deleted entry, in the middle or at the end; an altered one; the whole log deleted."""

    def begin(name: str) -> Any:
        client = bare_versions(4, name)
        for number in range(1, 5):
            append(client, name, CHAMPION, str(number), str(number - 1 or ""), "r")
        assert holder(entries(client, name)) == "4"
        return client

    def broken(client: Any, name: str, match: str) -> None:
        for attempt in (entries, apply):
            with pytest.raises(BadData, match=match):
                attempt(client, name)
        with pytest.raises(BadData, match="nothing is promoted"):
            append(client, name, CHAMPION, "1", "4", "r")

    client = begin("middle")
    client.delete_model_version(log_name("middle"), "2")
    broken(client, "middle", "entry 2 is missing")
    client = begin("end")
    client.delete_model_version(log_name("end"), "4")
    broken(client, "end", "entry 4 is missing")
    client = begin("altered")
    client.set_model_version_tag(log_name("altered"), "4", f"{PREFIX}to", "1")
    broken(client, "altered", "entry 4, or one before it, was altered")
    client = begin("taken")
    client.delete_model_version_tag(log_name("taken"), "2", f"{PREFIX}hash")
    broken(client, "taken", "entry 3, or one before it, was altered")
    client = begin("all")
    client.delete_registered_model(log_name("all"))
    broken(client, "all", "entry 1 is missing")


def test_a_stray_version_is_void(store: Path) -> None:
    """Somebody registers a version under the log's name: it changes nothing."""
    client = bare_versions(2)
    append(client, NAME, CHAMPION, "1", "", "first")
    client.create_model_version(log_name(NAME), "s3://stray", await_creation_for=0)
    append(client, NAME, CHAMPION, "2", "1", "second")
    assert [entry.valid for entry in entries(client, NAME)] == [True, False, True]
    assert apply(client, NAME) == "2"
    assert client.get_registered_model(NAME).tags[LENGTH] == "3"


def settled_now(client: Any) -> bool:
    return settled_in(client, NAME)


def settled(count: int) -> None:
    """All entries are there, the first counts, and the alias is where it says."""
    client = connect()
    log = entries(client, NAME)
    assert [entry.number for entry in log] == list(range(1, count + 1))
    assert [entry.valid for entry in log] == [True] + [False] * (count - 1)
    assert str(client.get_model_version_by_alias(NAME, CHAMPION).version) == log[0].to


@pytest.mark.slow
def test_writers_at_once(store: Path, warm_python: str) -> None:
    """Two processes write four entries each, all of them to take the alias from nobody."""
    bare_versions(2)
    subprocess.run([warm_python, FORKED, "write", "1", "2"], check=True, timeout=120)
    settled(8)


@pytest.fixture
def server(
    tmp_path: Path, empty_store: Path, warm_python: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """An MLflow server with proxied artifacts, which this process's MLflow speaks to."""
    with tracking_server(warm_python, tmp_path, empty_store) as address:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
        monkeypatch.chdir(tmp_path)
        yield address


@pytest.mark.slow
def test_through_a_server(server: str) -> None:
    """The same log over HTTP, for versions whose files the server itself hands out."""
    from mlflow.entities import LoggedModelStatus

    client = connect("reconstruct")
    client.create_registered_model(NAME)
    experiment = client.get_experiment_by_name("reconstruct").experiment_id
    for _ in range(3):
        run = client.create_run(experiment).info.run_id
        model = client.create_logged_model(experiment, source_run_id=run)
        client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
        assert model.artifact_location.startswith("mlflow-artifacts:/")
        client.create_model_version(
            NAME,
            f"models:/{model.model_id}",
            run_id=run,
            model_id=model.model_id,
            await_creation_for=0,
        )

    def write(number: int) -> None:
        for _ in range(3):
            append(client, NAME, CHAMPION, str(number), "", "race")
            apply(client, NAME)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(write, range(1, 4)))
    settled(9)
    first = entries(client, NAME)[0]
    other = next(number for number in "123" if number != first.to)
    assert append(client, NAME, CHAMPION, other, first.to, "better").valid
    assert apply(client, NAME) == other
    client.delete_model_version(NAME, other)
    assert apply(client, NAME) is None and entries(client, NAME)[-1].change == VACATED
    client.delete_model_version(log_name(NAME), "5")
    with pytest.raises(BadData, match="entry 5 is missing"):
        entries(client, NAME)


def test_a_collision_in_the_server_is_tried_again() -> None:
    """Two who set a tag for the first time: MLflow refuses one of them."""
    from mlflow.exceptions import MlflowException

    from thermocline.registry.store.calls import insist

    calls: list[str] = []

    def refused(times: int, message: str) -> Callable[[str], None]:
        def call(value: str) -> None:
            calls.append(value)
            if len(calls) <= times:
                raise MlflowException(message)

        return call

    insist(refused(2, "BAD_REQUEST: (sqlite3.IntegrityError) UNIQUE constraint failed"), "5")
    assert calls == ["5"] * 3
    calls.clear()
    with pytest.raises(MlflowException, match="PERMISSION"):
        insist(refused(1, "PERMISSION_DENIED"), "5")
    assert calls == ["5"]
