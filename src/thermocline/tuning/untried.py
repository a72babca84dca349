"""Spaces that end: of choices and whole numbers alone there are so many combinations, and no more.

A sampler draws each trial anew, and would spend trials on settings that are known. Here it is asked
again, and what it keeps repeating is replaced by combinations that nobody has tried.
"""

import json
import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution
from optuna.trial import FrozenTrial, TrialState

from thermocline.config import Choice, Real
from thermocline.tuning.dimensions import Space, ends
from thermocline.tuning.study import FAILURE, REFUSED

DRAWS = 8
"""How often a sampler may repeat what was tried before another combination is taken."""
FAILURES = 2
"""Settings that failed so often by themselves are not tried again."""
FIXED = "fixed_params"
"""Optuna's attribute of a trial in the queue: its settings."""


def size(space: Space) -> int | None:
    """How many combinations a space has; None if numbers between others are among them."""
    if any(isinstance(dimension, Real) for dimension in space.values()):
        return None
    return math.prod(len(_values(dimension)) for dimension in space.values())


def left(study: optuna.Study, space: Space) -> int | None:
    """How many combinations nobody has tried, tries, or has in the queue; None if without end."""
    count = size(space)
    return None if count is None else max(0, count - len(tried(study)))


def tried(study: optuna.Study) -> set[str]:
    """Combinations that need no trial: finished, at work, in the queue, refused, failed twice."""
    found, failed = set(), Counter[str]()
    for trial in study.get_trials(deepcopy=False):
        if not (settings := trial.params or trial.system_attrs.get(FIXED, {})):
            continue  # killed before it drew any
        name = _name(settings)
        if trial.state != TrialState.FAIL or REFUSED in trial.user_attrs:
            found.add(name)
        elif FAILURE in trial.user_attrs:
            failed[name] += 1
    return found | {name for name, times in failed.items() if times >= FAILURES}


class Untried(optuna.samplers.BaseSampler):
    """Another sampler's draws, but none of a combination that was tried.

    Args:
        seed: decides what is taken in the place of repetitions.
    """

    def __init__(
        self, inner: optuna.samplers.BaseSampler, space: Space, tried: set[str], seed: int
    ):
        self.inner, self.space, self.tried, self.seed = inner, space, tried, seed

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """All that is searched: a trial is drawn at once."""
        return {name: _distribution(each) for name, each in self.space.items()}

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """A combination that was not tried; as drawn, if there is none."""
        for _ in range(DRAWS):
            together = self.inner.infer_relative_search_space(study, trial)
            drawn = self.inner.sample_relative(study, trial, together)
            for name, each in search_space.items():
                if name not in drawn:
                    drawn[name] = self.inner.sample_independent(study, trial, name, each)
            if _name(drawn) not in self.tried:
                return drawn
        return self._other() or drawn

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, name: str, distribution: BaseDistribution
    ) -> Any:
        """Of the other sampler; nothing of the space is drawn so."""
        return self.inner.sample_independent(study, trial, name, distribution)

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        self.inner.before_trial(study, trial)

    def after_trial(self, study: optuna.Study, trial: FrozenTrial, *ended: Any) -> None:
        self.inner.after_trial(study, trial, *ended)

    def _other(self) -> dict[str, Any]:
        """The first untried combination from a place that the seed names; {} if there is none."""
        values = {name: _values(each) for name, each in self.space.items()}
        shape = tuple(len(each) for each in values.values())
        count = math.prod(shape)
        start = int(np.random.default_rng(self.seed).integers(count))
        for number in range(min(count, len(self.tried) + 1)):
            places = np.unravel_index((start + number) % count, shape)
            found = {
                name: each[int(i)] for (name, each), i in zip(values.items(), places, strict=True)
            }
            if _name(found) not in self.tried:
                return found
        return {}


def _values(dimension: Any) -> Any:
    if isinstance(dimension, Choice):
        return dimension.choice
    low, high = ends(dimension)
    return range(low, high + 1)


def _distribution(dimension: Any) -> BaseDistribution:
    if isinstance(dimension, Choice):
        return CategoricalDistribution(dimension.choice)
    low, high = dimension.whole
    return IntDistribution(low, high, log=dimension.log)


def _name(parameters: Mapping[str, Any]) -> str:
    return json.dumps(parameters, sort_keys=True)
