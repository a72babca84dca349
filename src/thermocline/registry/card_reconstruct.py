"""What the card of a `reconstruct` model says that others' do not."""

from typing import Any

from thermocline.registry.card_skill import skill_sections
from thermocline.registry.card_words import Record, Words

SECTIONS = ("network", "process", "masking", "sampling")


def _about(contract: Record) -> str:
    depth = contract.get("depth", [])
    shape = f"{len(contract.get('latitude', []))} × {len(contract.get('longitude', []))} cells"
    levels = f"{len(depth)} levels, {depth[0]:g}–{depth[-1]:g} m" if depth else "unknown levels"
    units = {"degree_Celsius": "°C"}.get(str(contract.get("units")), contract.get("units", "°C"))
    return (
        "Complete monthly ocean potential temperature, with uncertainty, from sparse "
        "observations: a diffusion model of the ocean's states, guided by the observations at "
        "hand.\n\n"
        f"- **Grid**: {shape}, {levels}\n"
        f"- **Variable**: {contract.get('variable', 'thetao')} ({units})"
    )


def _settings(contract: Record) -> dict[str, Any]:
    """Of the contract; observation errors have a section of their own in params.yaml."""
    found = {f"reconstruct.{name}": contract.get(name) or {} for name in SECTIONS}
    return found | {"observe": contract.get("errors") or {}}


def _dataset(row: Record) -> tuple[str, str]:
    density, protocol = float(row["density"]), str(row["protocol"])
    name = f"Held-out months {row.get('period', '')}, {100 * density:g} % of {protocol} observed"
    return name, f"{protocol}-{density:g}"


def _use(name: str) -> str:
    return f"""## How to use it

`VERSION` is the number this model is registered under.

```sh
thermocline reconstruct profiles.nc -o map.nc --date 2008-03 --model models:/{name}/VERSION
```

```python
import mlflow, pandas

model = mlflow.pyfunc.load_model("models:/{name}/VERSION")
table = pandas.DataFrame(
    {{"latitude": [0.5], "longitude": [-23.0], "depth": [5.0], "temperature": [27.1]}}
)
answer = model.predict(table, params={{"date": "2008-03", "members": 8, "seed": 0}})
answer["thetao"], answer["thetao_std"]  # °C, [1, depth, latitude, longitude], NaN on land
```"""


LIMITS = """\
- Fields are monthly means on a coarse grid: eddies and coasts finer than a cell are not resolved.
- The uncertainty is calibrated on the archive it was trained on; on real observations,
  representativeness errors may be larger than assumed.
- It states what is likely given months like those of its training years: a state unlike any of
  them is drawn towards them, the more so the fewer the observations.
- Nothing is said below the deepest level, on land, or of salinity and currents."""

METHOD = (
    "A denoiser learns the distribution of monthly temperature states. The answer to observations "
    "starts from a localised ensemble optimal interpolation; each member is made noisy and "
    "denoised again, guided by the observations, and the change is kept as far as the validation "
    "years showed it to be an improvement (the gate factors below)."
)

SPOKEN = {
    "ensemble_oi": "the localised ensemble OI",
    "ensemble_oi_hybrid": "the partly localised ensemble OI",
    "oi": "optimal interpolation level by level",
    "dineof": "DINEOF",
    "climatology": "climatology",
}

WORDS = Words(
    task={"type": "ocean-state-reconstruction", "name": "Ocean state from sparse observations"},
    tags=("ocean", "diffusion", "data-assimilation", "uncertainty", "thermocline"),
    metrics={
        "rmse": "RMSE (°C)",
        "crps": "CRPS (°C)",
        "bias": "Bias (°C)",
        "spread_skill": "Spread / skill",
    },
    spoken=SPOKEN,
    cases="months",
    about=_about,
    method=METHOD,
    settings=_settings,
    dataset=_dataset,
    skill=skill_sections,
    limits=LIMITS,
    use=_use,
)
