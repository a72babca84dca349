"""Contracts of earlier versions, brought up to the current one a version at a time.

Version 2 says what the network is shown of the observations (`masking`), how strongly guidance
pulls (`sampling.strength`), and which of the weights serve. Models of version 1 were shown nothing,
were guided by Bayes' rule as it stands, and served their averaged weights.

Version 3 says whether the network is told the ensemble OI's analysis (`masking.analysis`); no
earlier one was.

Version 4 says whether the model is trusted as far as a request's observations find it worth
(`sampling.trust`); earlier ones always were trusted.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from thermocline.errors import BadFile

CURRENT: Final[Literal[4]] = 4

Values = dict[str, Any]


def migrate(values: Any, where: str) -> Values:
    """A contract's values as the current version has them; what it was given stays as it is.

    Raises:
        BadFile: if it states no version, one that is newer than this program, or one unheard of.
    """
    version = values.get("contract_version") if isinstance(values, Mapping) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise BadFile(
            f"not a contract: it states the version {version!r}",
            where=where,
            fix="train or download the model again",
        )
    if version > CURRENT:
        raise BadFile(
            f"the model's contract is of version {version}; this program reads versions "
            f"up to {CURRENT}",
            where=where,
            fix="use the version of Thermocline that made the model, or a newer one",
        )
    values = dict(values)
    for step in range(version, CURRENT):
        values = _STEPS[step](values) | {"contract_version": step + 1}
    return values


def _one_to_two(values: Values) -> Values:
    return values | {
        "masking": {"ratio": 1.0, "pattern": "columns"},
        "sampling": {**values.get("sampling", {}), "strength": 1.0},
        "weights": {"kept": ["raw", "ema"], "served": "ema"},
    }


def _two_to_three(values: Values) -> Values:
    return values | {"masking": {**values.get("masking", {}), "analysis": False}}


def _three_to_four(values: Values) -> Values:
    return values | {"sampling": {**values.get("sampling", {}), "trust": False}}


_STEPS: dict[int, Callable[[Values], Values]] = {
    1: _one_to_two,
    2: _two_to_three,
    3: _three_to_four,
}
