"""What a model card says of a system: everything that is not the same for all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Words:
    """The words of one system.

    Attributes:
        task: the hub's `task` of its results; `tags` and `metrics` (key → title) too.
        spoken: what baselines are called in a sentence.
        cases: what is held out, such as months.
        about: what it does, and on which grid, from the contract.
        method: how it works.
        settings: names of the contract's parameters by their names in params.yaml.
        dataset: what a row of the scoreboard was scored on: name and configuration.
        skill: sections on skill and calibration, from rows, the best baseline and the contract.
        limits: what it is not good for.
        use: how to call it, given the registered name.
    """

    task: Mapping[str, str]
    tags: tuple[str, ...]
    metrics: Mapping[str, str]
    spoken: Mapping[str, str]
    cases: str
    about: Callable[[Record], str]
    method: str
    settings: Callable[[Record], Mapping[str, Any]]
    dataset: Callable[[Record], tuple[str, str]]
    skill: Callable[[Sequence[Record], str, Record], list[str]]
    limits: str
    use: Callable[[str], str]


def words_of(contract: Record) -> Words:
    """The words of the system a contract is of; of the first system if it does not say."""
    from thermocline.registry import card_reconstruct, card_superres

    of = {"reconstruct": card_reconstruct.WORDS, "superres": card_superres.WORDS}
    return of[str(contract.get("system") or "reconstruct")]
