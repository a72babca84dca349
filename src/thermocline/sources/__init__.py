"""One reader per provider format, each to one canonical xarray.Dataset.

Names are resolved on first use, so that importing this package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from thermocline.sources.formats import read_casts, read_field, read_profiles, sniff
    from thermocline.sources.mitgcm import read_levitus_mitgcm
    from thermocline.sources.profiles import require_profiles

_HOME = {
    "read_casts": "formats",
    "read_field": "formats",
    "read_profiles": "formats",
    "sniff": "formats",
    "read_levitus_mitgcm": "mitgcm",
    "require_profiles": "profiles",
}

__all__ = [
    "read_casts",
    "read_field",
    "read_levitus_mitgcm",
    "read_profiles",
    "require_profiles",
    "sniff",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
