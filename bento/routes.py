"""The addresses of the service: one for every endpoint of every system."""

import re
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from bento.page_files import page_files
from thermocline import systems
from thermocline.answers.request import uploads
from thermocline.systems.endpoint import Endpoint

FEW = 1000
"""Values of a request beside those of its lists."""


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

    @property
    def lists(self) -> dict[str, int]:
        """How many entries each list may have, by its name."""
        found = {}
        for name, field in self.endpoint.Request.model_fields.items():
            limits = (getattr(one, "max_length", None) for one in field.metadata)
            most = next((limit for limit in limits if limit is not None), None)
            if most is not None and entries(field.annotation) is not None:
                found[name] = most
        return found

    @property
    def most_values(self) -> int:
        """How many values a request may have in all: those of its longest lists, and FEW."""
        fields = self.endpoint.Request.model_fields
        return FEW + sum(
            most * (1 + len(getattr(entries(fields[name].annotation), "model_fields", ())))
            for name, most in self.lists.items()
        )


def entries(annotation: Any) -> Any:
    """What a list is of; None for what is no list."""
    if get_origin(annotation) is list:
        return get_args(annotation)[0]
    return next((one for kind in get_args(annotation) if (one := entries(kind))), None)


def routes() -> dict[str, Route]:
    """Every address, in the order of systems; raises BadConfig for one that two systems claim."""
    return {
        f"/{endpoint.route}": Route(system, endpoint) for system, endpoint in systems.endpoints()
    }


PAGES = ("/about", "/models", "/lineage", "/docs.json", "/livez", "/readyz", "/healthz", "/metrics")
"""Addresses that are read, beside the page's files."""


READ = ("GET", "HEAD")
TASKS = "/tasks"
"""What addresses begin with that make a task of a request, or ask about one."""
ONE_TASK = f"{TASKS}/{{task}}"
FIELD = "/fields/{variable}"
OF_A_TASK = {"": (*READ, "DELETE"), "/events": ("GET",)} | dict.fromkeys(
    ("/result", "/fields", FIELD), READ
)
"""What follows a task's address, and the methods that it takes."""


def methods() -> dict[str, tuple[str, ...]]:
    """The methods that each address takes; there are no others but those `of_a_task`."""
    samples = [sample_address(route, name) for route in routes().values() for name in route.uploads]
    read = dict.fromkeys((*page_files(), *PAGES, *samples), READ)
    return read | dict.fromkeys((*routes(), *(f"{TASKS}{each}" for each in routes())), ("POST",))


def of_a_task(path: str) -> tuple[str, ...]:
    """The methods that an address about one task takes; none if it is no such address."""
    found = re.fullmatch(rf"{TASKS}/[\w-]{{20,30}}(/.*)?", path, re.ASCII)
    rest = re.sub(r"/fields/\w{1,80}", FIELD, found[1] or "", flags=re.ASCII) if found else "/"
    return OF_A_TASK.get(rest, ())


def asked(path: str) -> Route | None:
    """Whose request a body is that is sent to an address; None if it is nobody's."""
    return routes().get(path.removeprefix(TASKS))


def sample_address(route: Route, field: str) -> str:
    """Where the file lies that an endpoint's example uploads as this field, if it has one."""
    return f"/samples/{route.endpoint.route}/{field}.nc"


def addresses() -> str:
    """All of them, in words."""
    return " or ".join(routes())
