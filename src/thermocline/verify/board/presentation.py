"""What readers are shown of a system's board, as data: it is written with the board and read back.

So a board is printed, tabled and drawn without the code of its system. A board of before there
were presentations gets one that is inferred from its rows.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from thermocline.ocean.variables import VARIABLES
from thermocline.verify.board.columns import COSTS, SCORED_METRICS, SCORES, Column, Metric, Section

MODEL = "thermocline"
"""The method that is the system's own model, in every board."""


@dataclass(frozen=True)
class Asked:
    """What a protocol is called.

    Attributes:
        title: with `{percent}` for the density and `{side}` for 1/√density, such as
            `{percent} % of columns observed`.
        short: likewise, for narrow places.
    """

    title: str
    short: str


@dataclass(frozen=True)
class Presentation:
    """The words of a board.

    Attributes:
        reference: the simplest method, which every other is compared with.
        names: method → what it is called in a sentence, in full and for narrow tables, in the
            order of figures.
        protocols: what there are, in the order of tables; any, if there are none.
        cases: what is held out, such as `months`.
        metrics: what methods are compared by.
        columns: of the main table.
        sections: the tables below it.
        definitions: sentences that say what the numbers are.
        described: what was scored, such as the grid.
        variables: long name and units of those that `ocean.variables` does not know, by name.
    """

    reference: str = ""
    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    protocols: Mapping[str, Asked] = field(default_factory=dict)
    cases: str = "cases"
    metrics: tuple[Metric, ...] = SCORED_METRICS
    columns: tuple[Column, ...] = (*SCORES, *COSTS)
    sections: tuple[Section, ...] = ()
    definitions: tuple[str, ...] = ()
    described: str = ""
    variables: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def unit_of(self, variable: str) -> str:
        """The unit as readers write it, such as °C."""
        return (
            written(self.variables[variable][1])
            if variable in self.variables
            else unit_of(variable)
        )

    def variable_title(self, variable: str) -> str:
        """Such as `Sea surface temperature`."""
        known = self.variables.get(variable)
        return known[0] if known else variable_title(variable)

    def spoken(self, method: str, short: bool = True) -> str:
        """A method, or a variant such as `oi (alone)`, as it is called in a sentence."""
        known, bracket, variant = method.partition(" (")
        name = "Thermocline" if known == MODEL else known.replace("_", " ")
        return self.names.get(known, (name, name))[short] + bracket + variant

    def name(self, method: str, short: bool = False) -> str:
        """The same at the beginning of a line."""
        said = self.spoken(method, short)
        return said[:1].upper() + said[1:]

    def metric_title(self, metric: str, variable: str) -> str:
        """What a metric is called, as the tables have it, with the unit of a variable."""
        for column in self.columns:
            if column.key == metric:
                return column.title(self.unit_of(variable))
        return next((each.title for each in self.metrics if each.name == metric), metric)

    def asked(self, protocol: str, density: float, short: bool = False) -> str:
        """Such as `2 % of columns observed`."""
        words = self.protocols.get(protocol, Asked(*2 * (f"{{percent}} % of {protocol}",)))
        side = round(density**-0.5) if density > 0 else 0
        return (words.short if short else words.title).format(
            percent=f"{100 * density:g}", side=side
        )

    def order(self, group: tuple[str, float, str]) -> tuple[Any, ...]:
        """Sorts groups: by variable, protocol and density."""
        known = list(self.protocols)
        place = known.index(group[0]) if group[0] in known else len(known)
        return group[2], place, group[0], group[1]

    def ordered(self, methods: Iterable[str]) -> list[str]:
        """Methods in the figures' order, each once: the model first, unknown ones last."""
        given, known = set(methods), [MODEL, *(name for name in self.names if name != MODEL)]
        return [name for name in known if name in given] + sorted(given - set(known))

    def record(self) -> dict[str, Any]:
        """As JSON values."""
        found: dict[str, Any] = json.loads(json.dumps(asdict(self)))  # lists, as they are read
        return found

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> "Presentation":
        """What `record` gave."""
        columns = lambda found: tuple(Column(**each) for each in found)
        section = lambda s: Section(s["title"], columns(s["columns"]), tuple(s["below"]))
        return cls(
            **{
                **record,
                "names": {name: (full, short) for name, (full, short) in record["names"].items()},
                "protocols": {name: Asked(**words) for name, words in record["protocols"].items()},
                "metrics": tuple(Metric(**each) for each in record["metrics"]),
                "columns": columns(record["columns"]),
                "sections": tuple(map(section, record["sections"])),
                "definitions": tuple(record["definitions"]),
                "variables": {n: (t, u) for n, (t, u) in record.get("variables", {}).items()},
            }
        )

    @classmethod
    def of_rows(
        cls, records: Sequence[Mapping[str, Any]], cases: Sequence[Mapping[str, Any]] = ()
    ) -> "Presentation":
        """That of a written board, from the content of scoreboard.json and cases.json.

        A board of old holds none: its reference and its metrics are seen in its rows and cases.
        """
        if records and records[0].get("presentation"):
            return cls.of_record(records[0]["presentation"])
        others = [set(row.get("versus", ())) for row in records if row["method"] != MODEL]
        against = [next(iter(names)) for names in others if len(names) == 1]
        shared = set.intersection(*(set(case) for case in cases)) if cases else set()
        metrics = (
            Metric(f"{stem}_rmse", f"{stem}_mse", "root_mean", f"{stem.capitalize()} RMSE")
            for stem in sorted(key.removesuffix("_mse") for key in shared if key.endswith("_mse"))
        )
        return cls(reference=against[0] if against else "", metrics=(*SCORED_METRICS, *metrics))


def unit_of(variable: str) -> str:
    """The unit as readers write it, such as °C."""
    return written(VARIABLES[variable].units if variable in VARIABLES else "")


def written(units: str) -> str:
    """Units of CF as readers write them."""
    return {"degree_Celsius": "°C", "1": "", "1e-3": "PSU", "m s-1": "m/s"}.get(units, units)


def variable_title(variable: str) -> str:
    """Such as `Sea surface temperature`."""
    return VARIABLES[variable].long_name if variable in VARIABLES else variable
