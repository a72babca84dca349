"""The service: observations in, a complete temperature field with its uncertainty out.

`bentoml serve bento.service:Thermocline` serves the registered champion; a built Bento serves the
model inside it; THERMOCLINE_MODEL (a folder, or models:/NAME@ALIAS) overrides both.
"""

import logging
import os
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal, cast

ROOT = Path(__file__).resolve().parents[1]
if (ROOT / "src" / "thermocline").is_dir():  # inside a Bento the package comes along, uninstalled
    sys.path.insert(0, str(ROOT / "src"))

import bentoml  # noqa: E402
from pydantic import BaseModel, ConfigDict, Field  # noqa: E402
from starlette.responses import JSONResponse, Response  # noqa: E402

import thermocline.predict as predict  # noqa: E402
from bento.bodies import MAX_OBSERVATIONS  # noqa: E402
from bento.guard import Guard  # noqa: E402
from bento.replies import refusal, status_of  # noqa: E402
from thermocline.errors import BadFile, BadObservations, ThermoclineError  # noqa: E402
from thermocline.observe import Observations  # noqa: E402

logger = logging.getLogger("thermocline.service")
TIMEOUT = 600
NO_FILE = cast(Path, None)


class Observation(BaseModel):
    """One temperature at a point."""

    model_config = ConfigDict(extra="forbid")

    latitude: float = Field(description="Degrees north, −90 to 90")
    longitude: float = Field(description="Degrees east, −180 to 360")
    depth: float = Field(description="Metres, positive down")
    temperature: float = Field(description="Potential temperature, degrees Celsius")
    error: float | None = Field(None, description="Standard deviation of its error, °C")
    time: str | None = Field(
        None,
        pattern=r"^\d{4}-\d{2}(-\d{2}([T ][\d:.]{1,20}Z?)?)?$",
        description="When, such as 2008-02-15; if left out, in the month asked for",
    )


def find_model() -> predict.ServedModel:
    """The model to serve: THERMOCLINE_MODEL, else the Bento's own, else champion, else trained.

    Raises:
        BadFile: if there is none.
    """
    named = os.environ.get("THERMOCLINE_MODEL")
    if named:
        return predict.load_model(named)
    if (ROOT.parent / "bento.yaml").is_file():
        return predict.load_model(ROOT / "build" / "package" / "model")
    try:
        return predict.load_champion()
    except BadFile:
        trained = Path("build/models/reconstruct")
        if not trained.is_dir():
            raise
        logger.warning("no champion in the registry: serving %s", trained)
        return predict.load_model(trained)


def _without_paths(text: str, file: Path) -> str:
    """The text with the upload's temporary place on this machine called `file`."""
    for place in (str(file), str(file.resolve()), file.name):
        text = text.replace(place, "file")
    return text


@bentoml.service(
    name="thermocline",
    workers=1,
    resources={"gpu": 1},
    traffic={"timeout": TIMEOUT, "max_concurrency": 32},
    http={"host": "127.0.0.1", "port": 3000},
)
class Thermocline:
    """Complete ocean temperature from sparse observations."""

    def __init__(self) -> None:
        self.model = find_model()
        who = self.model.identity
        logger.info("serving %s version %s", who.name, who.version)

    @bentoml.api(route="/reconstruct")
    def reconstruct(
        self,
        date: Annotated[str | None, Field(description='Month, such as "2008-03"')] = None,
        observations: Annotated[
            list[Observation] | None, Field(max_length=MAX_OBSERVATIONS)
        ] = None,
        # BentoML 1.4 cannot say that a file is optional; an absent one is None all the same.
        file: Annotated[Path, Field(description="EN4 or Argo profiles, or CSV")] = NO_FILE,
        members: Annotated[int | None, Field(ge=1, le=predict.MAX_MEMBERS)] = None,
        seed: Annotated[int, Field(ge=0, le=2**53 - 1)] = 0,
        format: Annotated[
            Literal["json", "netcdf"], Field(description="The answer's form")
        ] = "json",
    ) -> Any:
        """Mean and standard deviation of a month's temperature, given observations or a file.

        Give either `observations` with a `date`, or upload `file` (multipart/form-data), whose
        middle month is taken if there is no date. The answer is a JSON summary, or a CF NetCDF.
        """
        try:
            given, month = self._observations(date, observations, file)
            dataset = predict.reconstruct(self.model, given, month, members, seed)
        except ThermoclineError as problem:
            told = [problem.what, problem.where, problem.fix]
            if file is not None:
                told = [_without_paths(text, file) for text in told]
            return JSONResponse(refusal(*told), status_of(problem))
        who = self.model.identity
        headers = {
            "X-Model": f"{who.name}/{who.version}",
            "X-Model-Digest": who.digest,
            "X-Data-Hash": who.data_digest,
        }
        if format == "json":
            return JSONResponse(predict.summary(dataset), headers=headers)
        headers["Content-Disposition"] = f'attachment; filename="thermocline_{month}.nc"'
        with tempfile.TemporaryDirectory(prefix="thermocline-") as folder:
            content = predict.write_netcdf(dataset, Path(folder) / "answer.nc").read_bytes()
        return Response(content, headers=headers, media_type="application/x-netcdf")

    def _observations(
        self, date: str | None, observations: list[Observation] | None, file: Path | None
    ) -> tuple[Observations, Any]:
        if (observations is None) == (file is None):
            raise BadObservations(
                "give either a list of observations or a file",
                where="request",
                fix="send `observations` with a `date` as JSON, or upload one `file`",
            )
        if file is not None:
            return self._from_file(file, date)
        given = observations or []
        columns = {
            name: [getattr(one, name) for one in given]
            for name in ("latitude", "longitude", "depth", "temperature", "error", "time")
        }
        columns["value"] = columns.pop("temperature")
        return Observations.checked(**columns), predict.parse_month(date or "")

    def _from_file(self, file: Path, date: str | None) -> tuple[Observations, Any]:
        try:
            model = self.model.reconstructor
            return predict.read_observations(file, model.depth, date, model.contract.window)
        except ThermoclineError:
            raise
        except Exception as problem:
            # Whatever a strange file does to a reader is the file's fault, not the service's.
            logger.exception("reading an upload failed")
            raise BadFile(
                f"cannot be read ({type(problem).__name__})",
                where="file",
                fix="upload EN4 or Argo profiles as NetCDF, or a CSV table",
            ) from problem


Thermocline.add_asgi_middleware(Guard)  # type: ignore[attr-defined]
