"""What differs between two described models, and nothing else."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from thermocline.registry.comparing.paired_scores import Score, compare_scores
from thermocline.registry.versions.comparability import same_truth, why_not
from thermocline.verify.board.jsonfiles import without_nan
from thermocline.verify.board.scoreboard import Board

ABSENT = "–"
PARTS = ("parameters", "origin", "contract", "verdicts")


@dataclass(frozen=True)
class Described:
    """What is known of one model. Texts by name; what is not known is left out.

    Attributes:
        label: how readers call it.
        parameters: every parameter of the run that trained it.
        origin: code, data, study and environment.
        contract: what prediction assumes of it.
        verdicts: what the promotion test found.
        board: its evaluation, or None with the reason in `no_board`.
        asked: every parameter of the evaluation; those of the run if it is empty.
    """

    label: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    origin: Mapping[str, str] = field(default_factory=dict)
    contract: Mapping[str, str] = field(default_factory=dict)
    verdicts: Mapping[str, str] = field(default_factory=dict)
    board: Board | None = None
    no_board: str = ""
    asked: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """A named text that is not the same in both."""

    name: str
    a: str
    b: str


@dataclass(frozen=True)
class Differences:
    """All that differs between `a` and `b`; `incomparable` says why scores are not paired."""

    a: str
    b: str
    parameters: list[Change]
    origin: list[Change]
    contract: list[Change]
    verdicts: list[Change]
    scores: list[Score]
    incomparable: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def none(self) -> bool:
        """Whether nothing differs."""
        return not any(getattr(self, part) for part in (*PARTS, "scores"))

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return dict(without_nan(asdict(self))) | {"same": self.none}


def differences(a: Described, b: Described) -> Differences:
    """Everything that differs, and nothing else."""
    notes: list[str] = []
    found = {part: _changes(a, b, part, notes) for part in PARTS}
    # A contract repeats some parameters; what was said once is not said again.
    said = found["parameters"]
    found["contract"] = [c for c in found["contract"] if not any(_repeats(c, p) for p in said)]
    incomparable = _incomparable(a, b)
    if not incomparable and (note := _caution(a, b)):
        notes.append(note)
    return Differences(
        a.label,
        b.label,
        **found,
        scores=compare_scores(a.board, b.board, paired=not incomparable),
        incomparable=incomparable,
        notes=notes,
    )


def _changes(a: Described, b: Described, part: str, notes: list[str]) -> list[Change]:
    left, right = getattr(a, part), getattr(b, part)
    for described, mine, other in ((a, left, right), (b, right, left)):
        if other and not mine:
            notes.append(f"the {part} of {described.label} are not recorded: not compared")
            return []
    return [
        Change(name, left.get(name, ABSENT), right.get(name, ABSENT))
        for name in dict.fromkeys((*left, *right))
        if left.get(name) != right.get(name)
    ]


def _repeats(change: Change, parameter: Change) -> bool:
    """Whether a change of the contract is that of a parameter: the same, by the end of its name."""
    name = change.name.removeprefix("errors.").removeprefix("config.")
    same = (change.a, change.b) == (parameter.a, parameter.b)
    return same and f".{parameter.name}".endswith(f".{name}")


def _incomparable(a: Described, b: Described) -> str:
    """Why the scores are not paired; "" if they are."""
    for each in (a, b):
        if each.board is None:
            return f"{each.label} has no stored evaluation ({each.no_board or 'none found'})"
    assert a.board and b.board
    return why_not(a.board, b.board, *(each.asked or each.parameters for each in (a, b)))


def _caution(a: Described, b: Described) -> str:
    """A warning if the raw data differ and the simplest method, scored in both, shows it."""
    if a.origin.get("raw data") == b.origin.get("raw data") or not (a.board and b.board):
        return ""
    if same_truth(a.board, b.board):
        return ""
    return (
        "they were trained on other raw data: differences of scores hold only if the withheld "
        "truth is the same in both"
    )
