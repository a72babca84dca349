"""A change of the champion stands, though what follows from it cannot be written down."""

from pathlib import Path

import pytest
from made import NAME, bare_versions
from typer.testing import CliRunner

from thermocline.cli import app
from thermocline.errors import ThermoclineError
from thermocline.registry.aliases.history import CHAMPION
from thermocline.registry.aliases.log import append, apply
from thermocline.registry.registration.record import noting


@pytest.mark.parametrize("problem", [PermissionError(13, "Permission denied"), None])
def test_what_was_not_written_down_is_said(problem: OSError | None) -> None:
    with pytest.raises(ThermoclineError) as said, noting():
        raise problem or ThermoclineError("of another kind")
    stands = "the champion is as the log says, but the pipeline's note of it was not written"
    assert (f"{stands} (permission denied)" in str(said.value)) is bool(problem)


def test_who_asks_is_answered_where_nothing_can_be_written(store: Path) -> None:
    """Anybody may ask who is champion, in a project that is not theirs, too."""
    client = bare_versions(1)
    append(client, NAME, CHAMPION, "1", "", "first")
    apply(client, NAME)
    (store / "build/registry").mkdir(parents=True)
    (store / "build/registry/champions.json").mkdir()  # nothing can be written over a folder
    answer = CliRunner().invoke(app, ["models", "champion", "--system", "reconstruct"])
    assert answer.exit_code == 0 and f"{NAME} version 1 (now)" in answer.stdout
    assert "was not written (is a directory)" in answer.stderr
