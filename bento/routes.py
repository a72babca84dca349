"""The addresses of the service: one for every endpoint of every system."""

from dataclasses import dataclass

from thermocline import systems
from thermocline.systems.protocol import Endpoint
from thermocline.systems.request import uploads


@dataclass(frozen=True)
class Route:
    """An address, and whose it is."""

    system: str
    endpoint: Endpoint

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of what may be sent."""
        return (*self.endpoint.Request.model_fields, "format")

    @property
    def uploads(self) -> tuple[str, ...]:
        """Names of those that are files."""
        return uploads(self.endpoint.Request)

    @property
    def needs_file(self) -> bool:
        """Whether only an upload will do: JSON cannot hold one."""
        fields = self.endpoint.Request.model_fields
        return any(fields[name].is_required() for name in self.uploads)

    def most(self, field: str) -> int | None:
        """How many entries a list may have; None for whatever is not so limited."""
        found = self.endpoint.Request.model_fields.get(field)
        limits = (getattr(one, "max_length", None) for one in found.metadata) if found else ()
        return next((limit for limit in limits if limit is not None), None)


def routes() -> dict[str, Route]:
    """Every address, in the order of systems; raises BadConfig for one that two systems claim."""
    return {
        f"/{endpoint.route}": Route(system, endpoint) for system, endpoint in systems.endpoints()
    }


PAGES = ("/", "/models", "/docs.json", "/livez", "/readyz", "/healthz", "/metrics")
"""Addresses that are read."""


def methods() -> dict[str, tuple[str, ...]]:
    """The methods that each address takes; there are no others."""
    samples = [sample_address(route, name) for route in routes().values() for name in route.uploads]
    read = dict.fromkeys((*PAGES, *samples), ("GET", "HEAD"))
    return read | dict.fromkeys(routes(), ("POST",))


def sample_address(route: Route, field: str) -> str:
    """Where the file lies that an endpoint's example uploads as this field, if it has one."""
    return f"/samples/{route.endpoint.route}/{field}.nc"


def addresses() -> str:
    """All of them, in words."""
    return " or ".join(routes())
