"""In words: which observations were taken for a cell that they do not lie in."""

import numpy as np

from thermocline.observe import Observations, Usage


def moved_in_words(observations: Observations, usage: Usage, of: str) -> list[str]:
    """Notes for the account: those on land, and those below the model's sea floor.

    Args:
        of: what is counted, in the plural, such as "observations".
    """
    weight = observations.represents
    weight = np.ones(len(observations), np.int64) if weight is None else weight
    whole, notes = int(weight.sum()), []
    for where, place, cell in (
        (usage.ashore, "on land", "sea cell"),
        ((usage.moved > 0) & ~usage.ashore, "below the model's sea floor", "cell as deep"),
    ):
        count = int(weight[where].sum())
        if not count:
            continue
        far = usage.moved[where]
        apart = f"{far.min():.0f} to {far.max():.0f}" if far.size > 1 else f"{far[0]:.0f}"
        low, _, high = apart.partition(" to ")
        apart = low if low == high else apart
        verb, taken = ("lies", "is") if count == 1 else ("lie", "are")
        notes.append(
            f"{count:,} of {whole:,} {of} {verb} {place} and {taken} taken for the nearest {cell}, "
            f"{apart} km away."
        )
    return notes
