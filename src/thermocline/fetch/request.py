"""What is asked for: a product, a period, a region, variables."""

import re
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta

from thermocline.errors import BadConfig

FORMS = "2008, 2008-03, 2008-03-14, or two of them as FIRST/LAST"


@dataclass(frozen=True)
class Period:
    """From the first day to the last, both included."""

    first: date
    last: date

    @classmethod
    def parse(cls, text: str) -> "Period":
        """From `FORMS`; raises BadConfig for anything else, or an end before its beginning."""
        parts = text.strip().split("/")
        if len(parts) > 2:
            raise _no_period(text)
        days = [_days(part, text) for part in parts]
        period = cls(days[0][0], days[-1][1])
        if period.last < period.first:
            raise BadConfig(f"{text} ends before it begins", where="--time", fix="swap the two")
        return period

    @property
    def days(self) -> list[date]:
        """Every day."""
        count = (self.last - self.first).days + 1
        return [self.first + timedelta(days=number) for number in range(count)]

    @property
    def months(self) -> list[date]:
        """The first day of every month that it touches."""
        return sorted({day.replace(day=1) for day in self.days})

    def __str__(self) -> str:
        return f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"


def _days(text: str, whole: str) -> tuple[date, date]:
    """First and last day of a year, a month or a day."""
    match = re.fullmatch(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", text, re.ASCII)
    if match is None:
        raise _no_period(whole)
    parts = [int(part) for part in match.groups() if part]
    year, month, day = [*parts, 1, 1][:3]
    try:
        first = date(year, month, day)
    except ValueError as problem:
        raise _no_period(whole) from problem
    if len(parts) == 1:
        return first, first.replace(month=12, day=31)
    if len(parts) == 2:
        return first, first.replace(day=monthrange(year, month)[1])
    return first, first


def _no_period(text: str) -> BadConfig:
    return BadConfig(f"{text!r} is no period", where="--time", fix=f"write {FORMS}")


@dataclass(frozen=True)
class Region:
    """Degrees; west > east crosses the date line."""

    west: float = -180.0
    south: float = -90.0
    east: float = 180.0
    north: float = 90.0

    @classmethod
    def parse(cls, text: str) -> "Region":
        """From WEST,SOUTH,EAST,NORTH; raises BadConfig for anything else."""
        form = "write WEST,SOUTH,EAST,NORTH in degrees, such as -60,20,-10,50"
        try:
            west, south, east, north = (float(part) for part in text.split(","))
        except ValueError as problem:
            raise BadConfig(f"{text!r} is no region", where="--region", fix=form) from problem
        if not (-180 <= west <= 360 and -180 <= east <= 360 and -90 <= south < north <= 90):
            raise BadConfig(f"{text!r} is not on the globe", where="--region", fix=form)
        if west >= east and (west - east) % 360 == 0:
            raise BadConfig(f"{text!r} has no width", where="--region", fix=form)
        return cls(west, south, east, north)

    @property
    def whole(self) -> bool:
        """Whether it is the globe."""
        return self == Region()

    @property
    def spans(self) -> tuple[tuple[float, float], ...]:
        """From west to east, within -180 to 180; two where it crosses the date line."""
        if self.east - self.west >= 360:
            return ((-180.0, 180.0),)
        west = self.west - 360 if self.west >= 180 else self.west
        east = self.east - 360 if self.east > 180 else self.east
        if east == -180:
            east = 180.0
        return ((west, east),) if west < east else ((west, 180.0), (-180.0, east))

    def __str__(self) -> str:
        if self.whole:
            return "the globe"
        return f"{self.west:g} to {self.east:g} °E, {self.south:g} to {self.north:g} °N"


@dataclass(frozen=True)
class Request:
    """What a person asks a provider for.

    Attributes:
        variables: names in the provider's vocabulary; the product's own choice if empty.
        facets: a product's further choices, such as the model of a simulation.
        server: another address of the same layout, such as a mirror; the provider's if empty.
    """

    period: Period
    region: Region = Region()
    variables: tuple[str, ...] = ()
    facets: dict[str, str] = field(default_factory=dict)
    server: str = ""
