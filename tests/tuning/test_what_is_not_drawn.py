"""A study says which figures it has too little for, in words that hold for every system."""

from pathlib import Path

import optuna

from thermocline.tuning.figures import draw_figures
from thermocline.tuning.pairs import PAIR


def test_no_setting_is_named_that_was_not_searched(tmp_path: Path) -> None:
    _, missing = draw_figures(optuna.create_study(), {}, tmp_path / "figures")
    said = "\n".join(missing)
    assert "pairs of choices: fewer than two" in said and not any(name in said for name in PAIR)
