"""The raw files of a system: which there are, and how each is read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from thermocline.netcdf import axes_alone
from thermocline.ocean.variables import Variable

SAME_NAME = (
    "if two models have a member of that name, call it in params.yaml by the model, too: CanESM5_r1"
)
"""Advice, beside removing a file, where two files have the same member's sample or state."""


@dataclass(frozen=True)
class RawFile:
    """A provider's file, and what is taken from it.

    Attributes:
        variable: taken from it.
        read: gives the canonical dataset, of a field or of profiles.
        member: of the archive, if the file does not say; it goes before what the file says.
        continuous: whether month must follow month, always valid at the same cells.
        named: members that the configuration names, some perhaps with the model before them.
    """

    path: Path
    variable: Variable
    read: Callable[[Path], xr.Dataset]
    member: str = ""
    continuous: bool = False
    named: tuple[str, ...] = ()

    @contextmanager
    def open(self) -> Iterator[xr.Dataset]:
        """The canonical dataset, with the attributes `member` and `source_file`.

        Raises:
            BadFile, BadData: for what cannot be read as such; see `thermocline.sources`.
        """
        with self.read(self.path) as dataset:
            member = self.member or str(dataset.attrs.get("member", ""))
            of_model = f"{dataset.attrs.get('source', '')}_{member}"
            member = of_model if of_model in self.named else member
            yield dataset.assign_attrs(member=member, source_file=str(self.path))

    @contextmanager
    def axes(self) -> Iterator[xr.Dataset]:
        """The same for its axes and attributes; its values are not looked at."""
        with axes_alone(), self.open() as dataset:
            yield dataset
