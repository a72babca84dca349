"""What every system's answers owe to those who wait for them."""

from collections.abc import Callable
from typing import Any

import pytest

from thermocline.systems.progress import watched


def check_watched(answer: Callable[[], Any], steps: int) -> None:
    """`answer` tells of so many steps at least, one after another, and ends when it is told to."""
    told: list[tuple[int, int]] = []
    with watched(lambda *p: told.append(p)):
        answer()
    done, of = told[-1]
    assert done == of >= steps, told
    assert [d / n for d, n in told] == sorted(d / n for d, n in told)

    def enough(done: int, of: int) -> None:
        if done:
            raise InterruptedError

    with pytest.raises(InterruptedError), watched(enough):
        answer()
