"""The form of an export, typed: what `export.json` says, beside the files it travels with.

FOLDER/
  manifest.json   SHA-256 of every other file
  export.json     the version, its run, what else its lineage names, its alias log
  model/          the logged model's files, as MLflow keeps them
  run/            the run's artifacts: figures, evaluation
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from thermocline.errors import BadFile
from thermocline.files import write_text

EXPORT, MODEL, RUN = "export.json", "model", "run"


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        protected_namespaces=(),
        ser_json_inf_nan="strings",  # JSON has no name for what is not finite
    )


class MetricPoint(_Part):
    """A metric's value at a step; the time is in milliseconds since 1970."""

    key: str
    value: float
    timestamp: int
    step: int


class DatasetFacts(_Part):
    """A dataset that a run read, and how it is tagged (`mlflow.data.context`)."""

    name: str
    digest: str
    source_type: str = ""
    source: str = ""
    schema_text: str | None = None
    profile: str | None = None
    tags: dict[str, str] = {}


class RunFacts(_Part):
    """A run: all that another server needs to hold it too."""

    run_id: str
    name: str = ""
    experiment: str = ""
    status: str = "FINISHED"
    start_time: int | None = None
    end_time: int | None = None
    params: dict[str, str] = {}
    tags: dict[str, str] = {}
    metrics: tuple[MetricPoint, ...] = ()
    datasets: tuple[DatasetFacts, ...] = ()


class LoggedFacts(_Part):
    """The logged model, apart from its files."""

    name: str
    model_type: str | None = None
    tags: dict[str, str] = {}
    params: dict[str, str] = {}


class Export(_Part):
    """The whole of export.json.

    Attributes:
        name, version, aliases: of the registered model, where it came from.
        digest: of the model's content.
        run: the training run; `related` are the study's and the trial's, key facts only.
        alias_log: entries of the source's alias log, as a record.
    """

    form: Literal[1] = 1
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,199}$")]
    version: Annotated[str, Field(pattern=r"^\d{1,9}$")]
    system: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,49}$")]
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    aliases: tuple[str, ...] = ()
    description: str = ""
    tags: dict[str, str] = {}
    logged: LoggedFacts
    run: RunFacts
    related: tuple[RunFacts, ...] = ()
    alias_log: tuple[dict[str, Any], ...] = ()

    @property
    def uri(self) -> str:
        """What it was called where it came from."""
        return f"models:/{self.name}/{self.version}"

    def write(self, folder: Path) -> None:
        """Write `export.json` into a folder."""
        write_text(folder / EXPORT, self.model_dump_json(indent=1) + "\n")


def read_export(folder: Path) -> Export:
    """Read `export.json`; raises BadFile if it is missing or not of this form."""
    try:
        return Export.model_validate_json((folder / EXPORT).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError) as problem:
        wrong = problem.errors(include_input=False) if isinstance(problem, ValidationError) else []
        places = ", ".join(".".join(map(str, one["loc"])) or one["type"] for one in wrong[:3])
        raise BadFile(
            f"not an export this program can read ({places or type(problem).__name__})",
            where=f"{folder.name}/{EXPORT}",
            fix="use a folder written by `thermocline models export`",
        ) from problem
