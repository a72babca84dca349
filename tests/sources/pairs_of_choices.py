"""Few of many encodings, which hold every pair of choices that any of the many holds."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np


def every_pair(encodings: Sequence[Mapping[str, object]]) -> list[int]:
    """Indices of encodings, each a choice by name, that together hold every pair of choices.

    What is read wrongly is nearly always so by one choice or by two that meet (Kuhn, Wallace &
    Gallo, 2004, IEEE Trans. Softw. Eng.). Greedy: the next one is that with the most pairs that
    none has so far.
    """
    said = [{(name, str(choice)) for name, choice in each.items()} for each in encodings]
    pairs = [set(itertools.combinations(sorted(each), 2)) for each in said]
    number = {pair: k for k, pair in enumerate(sorted(set().union(*pairs)))}
    held = np.zeros((len(pairs), len(number)), bool)
    for row, each in zip(held, pairs, strict=True):
        row[[number[pair] for pair in each]] = True
    chosen = []
    while held.any():
        chosen.append(int(held.sum(axis=1).argmax()))
        held &= ~held[chosen[-1]].copy()
    return chosen
