"""Every knob of a run, typed once: params.yaml in, frozen objects out.

An unknown key is an error that names it and suggests the nearest known one; a wrong type or an
impossible value is an error that names the key and what it may be.
"""

from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from thermocline.config.classical import DineofConfig, EnsembleOIConfig, OIConfig
from thermocline.config.data import (
    DataConfig,
    ErrorConfig,
    GridConfig,
    ObserveConfig,
    Period,
    SstConfig,
)
from thermocline.config.model import (
    MaskingConfig,
    NetworkConfig,
    ProcessConfig,
    SamplingConfig,
    TrainingConfig,
)
from thermocline.config.superres import SuperresSystem
from thermocline.config.tune import Choice, Dimension, Real, TuneConfig, Whole
from thermocline.config.types import Count, Fraction, Section
from thermocline.errors import BadConfig

__all__ = [
    "Choice",
    "Config",
    "DataConfig",
    "Dimension",
    "DineofConfig",
    "EnsembleOIConfig",
    "ErrorConfig",
    "EvaluateConfig",
    "GridConfig",
    "MaskingConfig",
    "NetworkConfig",
    "OIConfig",
    "ObserveConfig",
    "Period",
    "ProcessConfig",
    "Real",
    "ReconstructConfig",
    "SamplingConfig",
    "SstConfig",
    "SuperresSystem",
    "TrainingConfig",
    "TuneConfig",
    "Whole",
    "load_config",
    "parse_config",
]


class ReconstructConfig(Section):
    """System 1: multi-layer temperature from sparse observations."""

    network: NetworkConfig = NetworkConfig()
    process: ProcessConfig = ProcessConfig()
    masking: MaskingConfig = MaskingConfig()
    training: TrainingConfig = TrainingConfig()
    sampling: SamplingConfig = SamplingConfig()
    tune: TuneConfig = TuneConfig()
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
    bootstrap: Count = 1000


class Config(Section):
    """The whole of params.yaml."""

    seed: int = 0
    grid: GridConfig = GridConfig()
    data: DataConfig
    observe: ObserveConfig = ObserveConfig()
    reconstruct: ReconstructConfig = ReconstructConfig()
    superres: SuperresSystem = SuperresSystem()
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
        others = f"known keys: {', '.join(known)}" if known else "remove it"
        hint = f"did you mean {near[0]!r}?" if near else others
        return f"unknown key {place!r}; {hint}"
    return f"{place}: {error['msg']} (got {error['input']!r})"


def _fields_at(model: type[BaseModel], location: tuple[Any, ...]) -> list[str]:
    for part in location:
        annotation = model.model_fields[part].annotation if part in model.model_fields else None
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        model = annotation
    return list(model.model_fields)
