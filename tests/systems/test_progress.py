"""How far an answer is, as those who wait for it hear it."""

from types import SimpleNamespace

import pytest

from thermocline.systems.progress import parts, sampler_steps, watched


def work() -> None:
    """Two halves, the first of which is nothing, the other three thirds of two steps each."""
    for half in parts(range(2)):
        for _ in parts(range(3 * half)):
            callback = sampler_steps(2)
            for step in range(2):
                if callback:
                    callback(SimpleNamespace(step=step))


def test_parts_of_parts() -> None:
    told: list[tuple[int, int]] = []
    with watched(lambda *p: told.append(p)):
        work()
    share = [done / of for done, of in told]
    assert share == sorted(share) and share[0] == 0 and told[-1] == (12, 12)
    steps = [7, 8, 8, 9, 10, 10, 11, 12, 12, 12]  # a step, a step, a third; at last a half
    assert [done for done, of in told if of == 12] == steps
    told.clear()
    work()
    assert not told  # nobody watches


def test_a_level_that_was_left_is_over() -> None:
    told: list[tuple[int, int]] = []
    with watched(lambda *p: told.append(p)):
        for _ in parts("ab"):
            for _ in parts("cd"):
                break
    assert told[-1] == (4, 4)


def test_who_watches_ends_the_work_by_raising() -> None:
    def enough(done: int, of: int) -> None:
        if done > 6:
            raise InterruptedError

    with pytest.raises(InterruptedError), watched(enough):
        work()
    work()  # and is not asked again
