"""Methods that do not know the state which they are asked about, nor what is too like it."""

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from thermocline.systems.seaice.baselines.library import Library
from thermocline.systems.seaice.data.states import States

T = TypeVar("T")


class Strangers(Generic[T]):
    """Methods by the training states that they know, each made when it is first asked for.

    Args:
        store: says which member and year a state is of.
        make: makes a method of a library.
    """

    def __init__(self, store: States, library: Library, make: Callable[[Library], T]):
        self._store, self._library, self._make = store, library, make
        self._made: dict[bytes, T] = {}
        self._making = Lock()

    def of(self, name: str) -> T:
        """The one for a state, by its name such as `r1/2003-05-11` (see `Library.strangers`)."""
        year = int(name.rpartition("/")[2][:4])
        kept = self._library.strangers(self._store.member_of(name), year)
        with self._making:
            if kept.tobytes() not in self._made:
                self._made[kept.tobytes()] = self._make(self._library.chosen(kept))
            return self._made[kept.tobytes()]
