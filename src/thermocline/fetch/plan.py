"""What a request comes to: files, bytes and terms, to be read before anything is fetched."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType

import requests

from thermocline.errors import BadConfig
from thermocline.fetch.download import Progress
from thermocline.fetch.request import Period, Request

EXTRA = "requirements-fetch.lock"


@dataclass(frozen=True)
class Item:
    """Files that are fetched together.

    Attributes:
        names: of the files that come to lie in the product's folder; the provider's own.
        source: where they come from, in words or as an address.
        get: puts them into a folder that is given, whole; called with a place for beginnings.
        size: bytes to be fetched, None if the provider does not say.
    """

    names: tuple[str, ...]
    source: str
    get: Callable[[Path, Path, Progress], None]
    size: int | None = None


@dataclass(frozen=True)
class Plan:
    """Everything that a request comes to.

    Attributes:
        notes: what is not as it was asked for, such as that files hold the whole globe.
    """

    items: tuple[Item, ...]
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> int | None:
        """Bytes of all; None if one is not known."""
        sizes = [item.size for item in self.items]
        return None if None in sizes else sum(size or 0 for size in sizes)


@dataclass(frozen=True)
class Product:
    """Something that a provider offers.

    Attributes:
        folder: its place below `data/`.
        terms: under which it may be used, and how to cite it.
        plan: finds out what a request comes to; asks the provider, fetches nothing.
        variables: what may be asked for; the first is taken if nothing is said.
        facets: further choices, with the value taken if nothing is said; "" must be said.
        server: the provider's address, where another of the same layout may be given.
        since: the first day of which there is anything, where that is known.
        until_today: whether there is nothing of days to come, as there is of scenarios, and a
            period that ends later is a mistake.
    """

    name: str
    summary: str
    provider: str
    folder: str
    terms: str
    plan: Callable[[Request, requests.Session], Plan]
    variables: tuple[str, ...] = ()
    facets: dict[str, str] = field(default_factory=dict)
    server: str = ""
    since: date | None = None
    until_today: bool = False

    def checked(self, request: Request) -> Request:
        """The request with what was left out; raises BadConfig for what cannot be asked for."""
        for name in request.variables:
            if name not in self.variables:
                can = f"ask for {', '.join(self.variables)}" if self.variables else "leave it out"
                raise BadConfig(f"{self.name} has no variable {name}", where="--variable", fix=can)
        for name in request.facets:
            if name not in self.facets:
                known = ", ".join(f"--{known}" for known in self.facets) or "none of these options"
                raise BadConfig(
                    f"{self.name} knows no {name}", where=f"--{name}", fix=f"it has {known}"
                )
        if request.server and not self.server:
            raise BadConfig(
                f"{self.name} comes by its provider's own client, from no other server",
                where="--server",
                fix="leave it out",
            )
        self._check_period(request.period)
        facets = self.facets | {key: value for key, value in request.facets.items() if value}
        missing = [f"--{name}" for name, value in facets.items() if not value]
        if missing:
            raise BadConfig(
                f"{self.name} needs {' and '.join(missing)}",
                where="thermocline fetch",
                fix="say which one is wanted",
            )
        return Request(
            period=request.period,
            region=request.region,
            variables=request.variables or self.variables[:1],
            facets=facets,
            server=(request.server or self.server).rstrip("/"),
        )

    def _check_period(self, period: Period) -> None:
        """Raise BadConfig for days of which there can be nothing: nobody needs to be asked."""
        if self.since and period.first < self.since:
            raise BadConfig(
                f"{self.name} begins with {self.since}, {period} before that",
                where="--time",
                fix=f"ask for days from {self.since} on",
            )
        today = datetime.now(UTC).date()
        if self.until_today and period.last > today:
            raise BadConfig(
                f"{period} ends after today", where="--time", fix=f"ask for days up to {today}"
            )


def client(module: str) -> ModuleType:
    """A provider's own client; raises BadConfig if it is not installed."""
    try:
        return importlib.import_module(module)
    except ImportError as problem:
        raise BadConfig(
            f"the provider's client {module.replace('_', '-')} is not installed",
            where="thermocline fetch",
            fix=f"pip install -r {EXTRA}",
        ) from problem
