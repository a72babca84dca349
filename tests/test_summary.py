"""The summary of a pipeline: what finished, what failed and why, what waits."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from thermocline.errors import ThermoclineError
from thermocline.pipeline.outcome import Outcome
from thermocline.pipeline.stages import Stage, describe, read_stages
from thermocline.pipeline.summary import Line, render, summarise

BEGAN = "2026-05-01T12:00:00.000+00:00"


def outcome(stage, state, reason=""):
    return Outcome(stage, state, BEGAN, "" if state in ("running", "killed") else BEGAN, reason)


CHAIN = [Stage("a"), Stage("b", ("a",)), Stage("c", ("b",)), Stage("d", ("a",))]


def changed(*names):
    return [Stage(s.name, s.needs, ("x modified",) if s.name in names else ()) for s in CHAIN]


def standings(stages, *outcomes):
    lines = summarise(stages, {outcome.stage: outcome for outcome in outcomes})
    return {line.stage: (line.standing, line.remark) for line in lines}


def test_nothing_to_do():
    found = standings(CHAIN, outcome("a", "finished"))
    assert found["a"][0] == "finished"
    assert {found[name] for name in "bcd"} == {("up to date", "")}


def test_what_waits_names_what_failed():
    found = standings(changed("b", "c"), outcome("b", "failed", "no sea"), outcome("d", "finished"))
    assert found["b"] == ("failed", "no sea") and found["c"] == ("not run", "waits for b")
    assert found["a"] == ("up to date", "") and found["d"][0] == "finished"


def test_an_old_result_after_a_failure_is_no_success():
    """DVC may still hold c's outputs for current, and c may have finished or failed before."""
    failed = outcome("a", "killed", "it began and never ended")
    for state in ("finished", "failed"):
        found = standings(changed("a"), failed, outcome("c", state))
        assert found["a"] == ("failed", "killed: it began and never ended")
        assert found["c"] == ("not run", "waits for a")


def test_a_failure_that_was_mended_is_forgotten():
    """DVC brought its outputs back from the cache: no script ran, and nothing is out of date."""
    assert standings(CHAIN, outcome("b", "failed", "no sea"))["b"] == ("up to date", "")


def test_out_of_date_without_a_failure():
    stages = [Stage("a", (), ("p modified", "q new", "r new"))]
    assert standings(stages)["a"] == ("not run", "out of date: p modified; q new; 1 more")
    assert standings(changed("b"), outcome("b", "finished"))["b"][0] == "not run"


def test_by_the_records_alone():
    """DVC does not answer while it works: what it would call current is unknown, not up to date."""
    stages = [Stage(s.name, s.needs, None) for s in [*CHAIN, Stage("e", ("b",))]]
    found = standings(stages, *(outcome("a", "finished"), outcome("b", "failed", "no sea")))
    assert found["a"][0] == "finished" and found["b"] == ("failed", "no sea")
    assert found["c"] == found["e"] == ("not run", "waits for b")
    assert found["d"] == ("unknown", "")
    assert standings(stages, outcome("a", "running"))["a"][0] == "running"


def test_running():
    found = standings(changed("b", "c"), outcome("b", "running"))
    assert found["b"][0] == "running" and found["c"] == ("not run", "waits for b")


@given(
    some.integers(1, 8).flatmap(
        lambda n: some.tuples(
            some.lists(some.sets(some.integers(0, n - 1)), min_size=n, max_size=n),
            some.sets(some.integers(0, n - 1)),
        )
    )
)
def test_every_stage_is_named_and_waits_for_its_failed_ancestors(drawn):
    """Against reachability by repeated squaring of the graph."""
    edges, bad = drawn
    needs = [{before for before in edges[i] if before < i} for i in range(len(edges))]
    stages = [
        Stage(str(i), tuple(map(str, needs[i])), ("x",) if i in bad else ())
        for i in range(len(needs))
    ]
    found = standings(stages, *(outcome(str(i), "failed", "no") for i in bad))
    reach = [set(before) for before in needs]
    for _ in needs:
        reach = [before.union(*(reach[j] for j in before)) for before in reach]
    assert list(found) == [stage.name for stage in stages]
    for i, before in enumerate(reach):
        if before & bad:
            first = {j for j in before & bad if not reach[j] & bad}
            named = set(found[str(i)][1].removeprefix("waits for ").split(", "))
            assert found[str(i)][0] == "not run" and named <= set(map(str, first)) and named
        else:
            assert found[str(i)][0] == ("failed" if i in bad else "up to date")


def test_render():
    lines = [
        Line("a", "finished", "12:00, 3 s"),
        Line("long-name", "failed", "x"),
        Line("c", "failed"),
    ]
    assert list(render(lines)) == [
        "a          finished    12:00, 3 s",
        "long-name  failed      x",
        "c          failed",
        "1 finished, 2 failed",
    ]


def test_changes_in_words():
    changes = [
        {"changed deps": {"data": "modified", "params.yaml": {"seed": "new"}}},
        "changed command",
    ]
    assert describe(changes) == ("data modified", "params.yaml: seed new", "changed command")
    assert describe([]) == ()


def test_no_pipeline(tmp_path):
    with pytest.raises(ThermoclineError, match="project's folder"):
        read_stages(tmp_path)
