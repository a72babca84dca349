"""Every knob of a run, typed once: params.yaml in, frozen objects out.

An unknown key is an error that names it and suggests the nearest known one; a wrong type or an
impossible value is an error that names the key and what it may be.
"""

from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from thermocline.errors import BadConfig

Positive = Annotated[float, Field(gt=0)]
Fraction = Annotated[float, Field(gt=0, le=1)]
Count = Annotated[int, Field(ge=1)]
Month = Annotated[int, Field(ge=1, le=12)]


class Section(BaseModel):
    """A part of params.yaml; immutable, and closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class GridConfig(Section):
    """The model's grid: a regular global one, and depth levels in metres."""

    rows: Count = 64
    columns: Count = 128
    depth: tuple[float, ...] = (5, 15, 30, 50, 75, 100, 150, 200, 300, 500, 700, 1000)

    @model_validator(mode="after")
    def _ascending(self) -> "GridConfig":
        if any(b <= a for a, b in zip(self.depth, self.depth[1:], strict=False)):
            raise ValueError("depth must ascend, in metres positive down")
        return self


class Period(Section):
    """Members of the archive and the years of each (inclusive) that make up a split."""

    members: tuple[str, ...]
    first: int
    last: int

    @model_validator(mode="after")
    def _ordered(self) -> "Period":
        if self.first > self.last:
            raise ValueError(f"first year {self.first} is after the last {self.last}")
        return self


class DataConfig(Section):
    """Where raw data lie and how they are split; statistics come from `train` alone."""

    raw: Path = Path("data")
    prepared: Path = Path("build/prepared")
    train: Period
    validation: Period
    test: Period
    standardise: Literal["cell", "level"] = "cell"
    minimum_std: Positive = 0.05


class ErrorConfig(Section):
    """Observation error of a grid-cell value: √(instrument² + (representativeness × std)²), °C."""

    instrument: Positive = 0.05
    representativeness: Annotated[float, Field(ge=0)] = 0.2


class NetworkConfig(Section):
    """The denoiser's UNet."""

    width: Count = 64
    multipliers: tuple[int, ...] = (1, 2, 2)
    blocks: Count = 1
    patch: Count = 2
    embedding: Count = 128


class ProcessConfig(Section):
    """The diffusion process the denoiser is trained for."""

    schedule: Literal["edm", "linear", "cosine", "quadratic", "sigmoid", "flow"] = "edm"
    parameterisation: Literal["edm", "epsilon", "x0", "v"] = "edm"
    weighting: Literal["edm", "plain", "min_snr"] = "edm"
    noise_mean: float = -0.4
    noise_std: Positive = 1.4


class TrainingConfig(Section):
    """Optimisation, counted in steps so that a run can be repeated to the bit."""

    steps: Count = 1500
    batch: Count = 8
    learning_rate: Positive = 1e-3
    warmup: Count = 50
    ema: Annotated[float, Field(ge=0, lt=1)] = 0.995
    gradient_clip: Positive = 1.0
    precision: Literal["32-true", "bf16-mixed"] = "32-true"
    checkpoint_every: Count = 200
    validate_every: Count = 250


class SamplingConfig(Section):
    """How members are drawn."""

    sampler: Literal["heun", "euler", "ddim", "ddpm", "dpm_solver"] = "heun"
    guidance: Literal["none", "pigdm", "mmps", "dps", "reconmost", "replace"] = "pigdm"
    steps: Count = 8
    start: Literal["noise", "analysis"] = "analysis"
    sigma_start: Positive = 1.0
    sigma_min: Positive = 0.03
    sigma_max: Positive = 20.0
    members: Count = 8

    @model_validator(mode="after")
    def _fits(self) -> "SamplingConfig":
        if self.guidance == "reconmost" and self.sampler not in ("ddpm", "ddim"):
            raise ValueError("guidance reconmost moves the mean of a DDPM step: use sampler ddpm")
        return self


class EnsembleOIConfig(Section):
    """Candidates for the localised ensemble OI; the best on validation cases is used."""

    radius_km: tuple[Positive, ...] = (1500, 3000, 4500)
    season_months: tuple[Annotated[int, Field(ge=0, le=6)], ...] = (2, 6)
    inflation: tuple[Positive, ...] = (0.8, 1.0, 1.25)


class OIConfig(Section):
    """Candidates for the univariate OI; chosen per level on validation cases."""

    length_km: tuple[Positive, ...] = (200, 350, 500, 700, 1000, 1400)
    error_factor: tuple[Positive, ...] = (1.0, 2.0)


class DineofConfig(Section):
    """DINEOF by data-interpolating EOFs of the training states."""

    modes: tuple[Count, ...] = (5, 10, 20, 40, 80, 160)


class ReconstructConfig(Section):
    """System 1: multi-layer temperature from sparse observations."""

    network: NetworkConfig = NetworkConfig()
    process: ProcessConfig = ProcessConfig()
    training: TrainingConfig = TrainingConfig()
    sampling: SamplingConfig = SamplingConfig()
    oi: OIConfig = OIConfig()
    ensemble_oi: EnsembleOIConfig = EnsembleOIConfig()
    dineof: DineofConfig = DineofConfig()


class EvaluateConfig(Section):
    """What the scoreboard is made of."""

    densities: tuple[Fraction, ...] = (0.005, 0.02, 0.075)
    cells_density: Fraction = 0.075
    months: Count = 12
    validation_months: Count = 6
    members: Count = 8
    published_cases: Annotated[int, Field(ge=0)] = 1
    published_steps: Count = 1000
    bootstrap: Count = 1000


class Config(Section):
    """The whole of params.yaml."""

    seed: int = 0
    grid: GridConfig = GridConfig()
    data: DataConfig
    observe: ErrorConfig = ErrorConfig()
    reconstruct: ReconstructConfig = ReconstructConfig()
    evaluate: EvaluateConfig = EvaluateConfig()


def load_config(
    path: str | Path = "params.yaml", overrides: dict[str, Any] | None = None
) -> Config:
    """Read params.yaml, with dotted `overrides` such as `{"reconstruct.training.steps": 10}`.

    Raises:
        BadConfig: for a missing or unreadable file, an unknown key (the nearest is suggested) or
            an impossible value; all problems of the file are listed at once.
    """
    import yaml

    path = Path(path)
    if not path.is_file():
        raise BadConfig("no such file", where=str(path), fix="run in the project's folder")
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as problem:
        raise BadConfig(f"not valid YAML: {problem}", where=str(path)) from problem
    if not isinstance(values, dict):
        raise BadConfig("expected keys and values", where=str(path))
    for dotted, value in (overrides or {}).items():
        _set(values, dotted.split("."), value)
    return parse_config(values, where=str(path))


def parse_config(values: dict[str, Any], where: str = "params.yaml") -> Config:
    """Typed configuration from a plain dictionary; raises BadConfig like `load_config`."""
    try:
        return Config.model_validate(values)
    except ValidationError as problem:
        lines = [_explain(error) for error in problem.errors()]
        raise BadConfig("; ".join(lines), where=where) from problem


def _set(values: dict[str, Any], keys: list[str], value: Any) -> None:
    for key in keys[:-1]:
        values = values.setdefault(key, {})
        if not isinstance(values, dict):
            raise BadConfig(f"{'.'.join(keys)}: {key} holds a value, not a section")
    values[keys[-1]] = value


def _explain(error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        known = _fields_at(Config, error["loc"][:-1])
        near = get_close_matches(str(error["loc"][-1]), known, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(known)}"
        return f"unknown key {place!r}; {hint}"
    return f"{place}: {error['msg']} (got {error['input']!r})"


def _fields_at(model: type[BaseModel], location: tuple[Any, ...]) -> list[str]:
    for part in location:
        annotation = model.model_fields[part].annotation if part in model.model_fields else None
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        model = annotation
    return list(model.model_fields)
