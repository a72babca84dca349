"""Where a field is from, and notes on how it was read."""

import os
import re
from typing import Any

import xarray as xr

from thermocline.sources.fields import ice
from thermocline.sources.fields.flags import as_numbers, unclear_flags
from thermocline.sources.fields.land_masks import unclear_masks


def reading_notes(raw: xr.Dataset, name: str, variable: str, kind: str, where: str) -> list[str]:
    """What was read, and which flags and masks of the file are not used.

    Args:
        kind: of temperature; "" for anything else.
    """
    notes = [f"read from {name}" + (f", {kind} temperature" if kind else "")]
    if "sses_bias" in raw.variables:
        notes.append("sses_bias is not subtracted")
    level = str(raw.attrs.get("processing_level", "")).upper()
    if level[:2] in ("L2", "L3") and not any("quality" in str(n).lower() for n in raw.variables):
        notes.append(f"a product of level {level} without quality levels: it may contain clouds")
    of_ice = variable in ice.VARIABLES
    notes += unclear_flags(as_numbers(raw, name, where, ice=of_ice), name, ice=of_ice)
    return notes + unclear_masks(raw, name)


def provenance(attributes: dict[Any, Any], where: str) -> dict[str, str]:
    """Where the field is from: `source`, `provider`, and CMIP6's realisation as `member`."""
    base = os.path.basename(where)  # noqa: PTH119
    label = str(attributes.get("variant_label", ""))
    match = re.match(r"(.+?)i\d+p\d+f\d+$", label) or re.search(r"_([^_]+?)i\d+p\d+f\d+_", base)
    return {
        "source": str(attributes.get("source_id") or base),
        "provider": str(attributes.get("institution_id") or attributes.get("institution") or ""),
        "member": match.group(1) if match else "",
        "file": base,
    }
