"""Who made a raw file: told from the folder it lies in and from what the file says of itself."""

from pathlib import Path

FOLDERS = {
    "argo": "Argo (GDAC)",
    "cmip6": "CMIP6 (ESGF)",
    "en4": "EN4 (Met Office Hadley Centre)",
    "glorys": "GLORYS (Copernicus Marine Service)",
    "nature": "Thermocline nature run",
    "oisst": "OISST (NOAA NCEI)",
    "ostia": "OSTIA (Met Office, Copernicus Marine Service)",
}
OURS = "Thermocline simulator, bundled"
_SAYS = ("institution", "source_id", "source", "title", "history", "comment")


def provider(path: str, file: Path | None = None) -> str:
    """In words, such as `CMIP6 (ESGF): CSIRO, ACCESS-CM2`.

    A bundled file has a provider's form but not its origin, and is called what it is.

    Args:
        path: relative to the raw folder; its first part names the provider.
        file: the bytes, if at hand.
    """
    name = FOLDERS.get(Path(path).parts[0], Path(path).parts[0])
    said = _attributes(file) if file is not None else {}
    if "thermocline" in " ".join(said.values()).lower():
        model = said.get("source_id") or "simulated"
        return (
            f"{OURS} ({model}, in the form of {name})"
            if name != FOLDERS["nature"]
            else (f"{OURS} ({model}, nature run)")
        )
    parts = [said[key] for key in ("institution", "source_id") if said.get(key)]
    if not said.get("source_id") and said.get("title"):
        parts.append(said["title"])
    return f"{name}: {', '.join(parts)}"[:200] if parts else name


def _attributes(file: Path) -> dict[str, str]:
    """The attributes that name an origin; none if this is not NetCDF."""
    from thermocline.errors import BadFile
    from thermocline.netcdf import open_dataset

    try:
        with open_dataset(file) as dataset:
            present = set(dataset.ncattrs())
            return {key: str(dataset.getncattr(key)).strip() for key in _SAYS if key in present}
    except (OSError, BadFile):
        return {}
