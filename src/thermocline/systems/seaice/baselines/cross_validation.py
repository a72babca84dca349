"""Methods fitted without the states that are too similar to the one they analyse."""

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from thermocline.systems.seaice.baselines.library import Library
from thermocline.systems.seaice.data.states import States

T = TypeVar("T")


class CrossValidated(Generic[T]):
    """A method for each set of independent training states, made when it is first used.

    Args:
        store: has the member of each state.
        library: all training states.
        make: makes a method from a library.
    """

    def __init__(self, store: States, library: Library, make: Callable[[Library], T]):
        self._store, self._library, self._make = store, library, make
        self._made: dict[bytes, T] = {}
        self._making = Lock()

    def of(self, name: str) -> T:
        """The method for a state such as `r1/2003-05-11`; see `Library.independent`."""
        year = int(name.rpartition("/")[2][:4])
        kept = self._library.independent(self._store.member_of(name), year)
        with self._making:
            if kept.tobytes() not in self._made:
                self._made[kept.tobytes()] = self._make(self._library.chosen(kept))
            return self._made[kept.tobytes()]
