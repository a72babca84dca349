"""Prints how trials begin and end."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console

from thermocline.tuning import summary
from thermocline.tuning.storage import original
from thermocline.tuning.study import finished


class TrialPrinter:
    """An observer that prints each trial, and passes all on to the one that keeps the record.

    Attributes:
        study: once it is open.
        begun: the trials that this process has begun.
        only_own: whether trials of others are left out: several workers print to one terminal.
    """

    def __init__(self, record: Any, console: Console, trials: int, only_own: bool = False):
        self.record, self.console, self.trials = record, console, trials
        self.only_own = only_own
        self.on_metrics = record.on_metrics
        self.study: Any = None
        self.begun: set[int] = set()

    def on_study(self, study: Any) -> None:
        """Print how many trials are finished."""
        self.study = study
        count = finished(study)
        earlier = count and not self.only_own
        whose = ", by the stage `tune` or an earlier sweep" if earlier else ""
        line = f"Study {study.study_name}: {count} of {self.trials} trials are finished{whose}"
        say(self.console, line)
        self.record.on_study(study)

    def on_notice(self, text: str) -> None:
        """Print it; it is nothing for the record."""
        say(self.console, text)

    def on_begin(self, number: int, overrides: Mapping[str, Any]) -> None:
        """Print what a trial tries."""
        self.begun.add(number)
        tried = ", ".join(f"{name.rpartition('.')[2]} {v}" for name, v in overrides.items())
        first = original(self.study.get_trials(deepcopy=False)[number])
        again = f", which is trial {first} again" if first != number else ""
        say(self.console, f"trial {number} begun{again}: {tried}")
        self.record.on_begin(number, overrides)

    def on_end(self, trial: Any, outcome: str) -> None:
        """Print how a trial ended."""
        if not self.only_own or trial.number in self.begun:
            say(self.console, summary.line(trial, outcome))
        self.record.on_end(trial, outcome)


def say(console: Console, text: str) -> None:
    """Print a line as it is: no marks are read in it, none of it is coloured or broken."""
    console.print(text, highlight=False, markup=False, soft_wrap=True)
