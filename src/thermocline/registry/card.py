"""The model card: what a registered model is, was trained on, is good for, and is not."""

from collections.abc import Mapping, Sequence
from typing import Any

from thermocline.registry.gate import Comparison

_HEADER = """---
license: apache-2.0
library_name: thermocline
tags:
- ocean
- diffusion
- data-assimilation
- uncertainty
model_name: {name}
---
"""


def model_card(
    name: str,
    contract: Mapping[str, Any],
    training: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    verdicts: Sequence[Comparison],
    origin: Mapping[str, str],
    digest: str,
) -> str:
    """A README.md in the Hugging Face model-card format.

    Args:
        contract: the model's contract.json.
        training: its training.json.
        rows: the scoreboard's rows.
        verdicts: what the gate found.
        origin: git commit, data hash and lock-file hash.
        digest: the model's digest.
    """
    depth = contract.get("depth", [])
    shape = f"{len(contract.get('latitude', []))} × {len(contract.get('longitude', []))} cells"
    levels = f"{len(depth)} levels, {depth[0]:g}–{depth[-1]:g} m" if depth else "unknown levels"
    judged = "\n".join(f"- {verdict.explanation}" for verdict in verdicts) or "- not judged yet"
    return f"""{_HEADER.format(name=name)}
# {name}

Complete monthly ocean potential temperature, with uncertainty, from sparse observations: a
diffusion model of the ocean's states, guided by the observations at hand.

- **Grid**: {shape}, {levels}
- **Variable**: {contract.get("variable", "thetao")} in {contract.get("units", "degree_Celsius")}
- **Contract version**: {contract.get("contract_version", "?")}
- **Model digest**: `{digest}`

## Data
Trained on the archive with digest `{training.get("data_digest") or "unknown"}` (raw files, DVC hash
`{origin.get("data_hash") or "unknown"}`). Unless that archive was replaced by real downloads, it is
the project's own simulated ocean (a nature run), and the skill below is skill in that ocean.

## Method
An unconditional denoiser learns the distribution of monthly temperature states; members are drawn
given the observations by guided sampling, starting from a localised ensemble optimal interpolation.
Trained for {training.get("steps", "?")} steps with seed {training.get("seed", "?")}; code at commit
`{origin.get("git_commit") or "unknown"}`, environment lock `{origin.get("lock_sha256", "")[:16]}`.

## Skill on held-out months
{_table(rows)}

Verdicts of the promotion gate:
{judged}

## Limits
- Fields are monthly means on a coarse grid: eddies and coasts finer than a cell are not resolved.
- The spread is calibrated, if at all, on the archive it was trained on; on real observations,
  representativeness errors may be larger than assumed.
- Nothing is said below the deepest level, on land, or of salinity and currents.
- Not for navigation, nor for any decision that lives depend on.

## Licence
Apache-2.0 for code and weights. Data keep the terms of their providers.
"""


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        "| method | protocol | observed | RMSE (°C) | 95 % | CRPS (°C) | spread/skill | cases |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        interval = row.get("rmse_ci")
        lines.append(
            f"| {row['method']} | {row['protocol']} | {100 * row['density']:g} % "
            f"| {_number(row.get('rmse'))} "
            f"| {f'{interval[0]:.3f}–{interval[1]:.3f}' if interval else '–'} "
            f"| {_number(row.get('crps'))} | {_number(row.get('spread_skill'))} "
            f"| {row.get('cases', '–')} |"
        )
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
