"""What a sweep tells whoever keeps the record of it."""

from collections.abc import Mapping
from typing import Any, Protocol

import optuna
from optuna.trial import FrozenTrial


class Observer(Protocol):
    """Sees a sweep go by. Each call may come again, from this or another worker."""

    def on_study(self, study: optuna.Study) -> None:
        """The study was opened; nobody else claims a trial or opens it meanwhile."""
        ...

    def on_notice(self, text: str) -> None:
        """The database is away, or there again; may come before the study is opened."""
        ...

    def on_begin(self, number: int, overrides: Mapping[str, Any]) -> None:
        """This worker begins a trial."""
        ...

    def on_metrics(self, number: int, step: int, metrics: Mapping[str, float]) -> None:
        """A trial of this worker has got so far."""
        ...

    def on_end(self, trial: FrozenTrial, outcome: str) -> None:
        """A trial has ended, in this session or an earlier one; see `study.outcome`."""
        ...


class Silent:
    """Nobody looks."""

    def on_study(self, study: optuna.Study) -> None: ...
    def on_notice(self, text: str) -> None: ...
    def on_begin(self, number: int, overrides: Mapping[str, Any]) -> None: ...
    def on_metrics(self, number: int, step: int, metrics: Mapping[str, float]) -> None: ...
    def on_end(self, trial: FrozenTrial, outcome: str) -> None: ...
