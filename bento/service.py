"""The service: observations or a coarse field in, a complete or finer one with its uncertainty out.

`bentoml serve bento.service:Thermocline` serves the registered champions; a built Bento serves the
models inside it; THERMOCLINE_MODEL and THERMOCLINE_MODEL_SUPERRES (a folder, or models:/NAME@ALIAS,
each) override both. What there is no model for is answered with 503.
"""

import logging
import os
import sys
import threading
from pathlib import Path
from typing import Annotated, Any, Literal, cast

ROOT = Path(__file__).resolve().parents[1]
if (ROOT / "src" / "thermocline").is_dir():  # inside a Bento the package comes along, uninstalled
    sys.path.insert(0, str(ROOT / "src"))

# No upload is unpacked by a plugin: HDF5 reads this when it starts, and then looks for none.
os.environ["HDF5_PLUGIN_PRELOAD"] = "::"

import bentoml  # noqa: E402
from pydantic import Field  # noqa: E402
from starlette.responses import JSONResponse  # noqa: E402

import thermocline.predict as predict  # noqa: E402
from bento.answers import Observation, answer, refused, unreadable  # noqa: E402
from bento.bodies import MAX_OBSERVATIONS  # noqa: E402
from bento.guard import Guard  # noqa: E402
from bento.models import find_models  # noqa: E402
from bento.replies import none_served  # noqa: E402
from thermocline.errors import BadObservations, ThermoclineError  # noqa: E402
from thermocline.observe import Observations  # noqa: E402

logger = logging.getLogger("thermocline.service")
TIMEOUT = 600
MOST_CELLS = 60_000_000
"""Cells times members of a finer field, that a request may ask for: some minutes of two cores."""
NO_FILE = cast(Path, None)


@bentoml.service(
    name="thermocline",
    workers=1,
    resources={"gpu": 1},
    traffic={"timeout": TIMEOUT, "max_concurrency": 32},
    http={"host": "127.0.0.1", "port": 3000},
)
class Thermocline:
    """Complete ocean temperature from sparse observations, and finer from coarse SST."""

    def __init__(self) -> None:
        self.models = find_models(ROOT)
        self.one_large = threading.Lock()
        for system, served in self.models.items():
            who = served.identity
            logger.info("serving %s: %s version %s", system, who.name, who.version)

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
        served = self.models.get("reconstruct")
        if served is None:
            return JSONResponse(none_served("reconstruct"), 503)
        try:
            given, month = self._observations(served, date, observations, file)
            dataset = predict.reconstruct(served, given, month, members, seed)
        except ThermoclineError as problem:
            return refused(problem, file)
        return answer(dataset, served, format, predict.summary)

    @bentoml.api(route="/superresolve")
    def superresolve(
        self,
        file: Annotated[Path, Field(description="Gridded NetCDF: OISST, OSTIA, CMIP6 tos, …")],
        date: Annotated[
            str | None, Field(description='Day, such as "2008-03-14", of a file with several')
        ] = None,
        members: Annotated[int | None, Field(ge=1, le=predict.MAX_MEMBERS)] = None,
        seed: Annotated[int, Field(ge=0, le=2**53 - 1)] = 0,
        error: Annotated[
            float | None, Field(gt=0, le=5, description="Standard deviation of the values, °C")
        ] = None,
        format: Annotated[
            Literal["json", "netcdf"], Field(description="The answer's form")
        ] = "netcdf",
    ) -> Any:
        """Sea-surface temperature several times finer, with its spread and uncertainty map.

        Upload `file` (multipart/form-data): one day of a regular grid, regional or global. The
        answer is a CF NetCDF, or a JSON summary.
        """
        served = self.models.get("superres")
        if served is None:
            return JSONResponse(none_served("superres"), 503)
        try:
            with self.one_large:
                dataset = self._finer(served, file, date, members, seed, error)
        except ThermoclineError as problem:
            return refused(problem, file)
        return answer(dataset, served, format, predict.superres_summary)

    def _finer(
        self,
        served: predict.ServedModel,
        file: Path,
        date: str | None,
        members: int | None,
        seed: int,
        error: float | None,
    ) -> Any:
        try:
            return predict.superresolve(
                served, file, date, members, seed, error=error, most=MOST_CELLS
            )
        except ThermoclineError:
            raise
        except Exception as problem:
            raise unreadable(problem, "a gridded NetCDF") from problem

    def _observations(
        self,
        served: predict.ServedModel,
        date: str | None,
        observations: list[Observation] | None,
        file: Path | None,
    ) -> tuple[Observations, Any]:
        if (observations is None) == (file is None):
            raise BadObservations(
                "give either a list of observations or a file",
                where="request",
                fix="send `observations` with a `date` as JSON, or upload one `file`",
            )
        if file is not None:
            return self._from_file(served, file, date)
        given = observations or []
        columns: dict[str, Any] = {
            name: [getattr(one, name) for one in given]
            for name in ("latitude", "longitude", "depth", "temperature", "error", "time")
        }
        columns["value"] = columns.pop("temperature")
        return Observations.checked(**columns), predict.parse_month(date or "")

    def _from_file(
        self, served: predict.ServedModel, file: Path, date: str | None
    ) -> tuple[Observations, Any]:
        try:
            model = served.reconstructor
            return predict.read_observations(file, model.depth, date, model.contract.window)
        except ThermoclineError:
            raise
        except Exception as problem:
            raise unreadable(problem, "EN4 or Argo profiles as NetCDF, or a CSV table") from problem


Thermocline.add_asgi_middleware(Guard)  # type: ignore[attr-defined]
