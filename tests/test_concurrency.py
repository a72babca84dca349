"""Work side by side: in order, no further ahead than it must be, on one thread a piece."""

import threading
import time

import numpy as np
import pytest

from thermocline.concurrency import side_by_side


def test_results_come_in_the_order_of_the_items():
    def slow(number: int) -> int:
        time.sleep(0.02 * (5 - number % 5))
        return number**2

    assert list(side_by_side(slow, range(12), workers=3)) == [n**2 for n in range(12)]
    assert list(side_by_side(slow, [], workers=3)) == []


def test_pieces_are_worked_on_at_once():
    both = threading.Barrier(2, timeout=20)
    assert list(side_by_side(lambda _: both.wait() >= 0, range(4), workers=2)) == [True] * 4


def test_items_are_taken_as_there_is_room_by_the_caller():
    taken = []

    def items():
        for number in range(10):
            taken.append((number, threading.current_thread()))
            yield number

    results = side_by_side(lambda number: number, items(), workers=2)
    assert next(results) == 0 and len(taken) == 3
    assert next(results) == 1 and len(taken) == 4
    assert {thread for _, thread in taken} == {threading.current_thread()}
    results.close()
    assert len(taken) == 4


def test_an_error_comes_with_its_item():
    done = []

    def fails(number: int) -> int:
        if number == 2:
            raise LookupError("two")
        return number

    with pytest.raises(LookupError, match="two"):
        for result in side_by_side(fails, range(8), workers=2):
            done.append(result)
    assert done == [0, 1]


def test_each_piece_has_one_thread_and_limits_are_lifted_after():
    import torch
    from threadpoolctl import threadpool_info

    torch.ones(8, 8) @ torch.ones(8, 8)  # OpenMP is loaded
    before = {pool["filepath"]: pool["num_threads"] for pool in threadpool_info()}

    def threads(_: int) -> set[int]:
        np.ones((64, 64)) @ np.ones((64, 64))
        return {pool["num_threads"] for pool in threadpool_info()} | {torch.get_num_threads()}

    assert list(side_by_side(threads, range(4), workers=2)) == [{1}] * 4
    assert {pool["filepath"]: pool["num_threads"] for pool in threadpool_info()} == before
