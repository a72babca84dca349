"""What readers call the methods, in full and for narrow tables."""

NAMES = {
    "thermocline": "Thermocline",
    "reconmost": "ReconMOST (published preset)",
    "climatology": "Climatology",
    "oi": "Optimal interpolation, per level",
    "ensemble_oi": "Ensemble OI, localised",
    "ensemble_oi_hybrid": "Ensemble OI, partly localised",
    "dineof": "DINEOF",
    "place regression": "Linear regression of the place",
    "bicubic": "Bicubic",
    "lanczos": "Lanczos",
    "regression": "Linear regression",
    "unet": "UNet regression",
    "resshift": "ResShift (u = 1)",
    "uadm": "UADM (published preset)",
}
"""What readers call the methods."""

SHORT = {
    "reconmost": "ReconMOST",
    "oi": "OI per level",
    "ensemble_oi": "Ensemble OI",
    "ensemble_oi_hybrid": "Partly localised",
    "place regression": "Place regression",
    "regression": "Regression",
    "resshift": "ResShift",
    "uadm": "UADM",
}

OF_BLOCKS = {"oi": ("Optimal interpolation", "OI")}
"""In super-resolution, where that is another method of the same name: in full, and for narrow
tables."""


def method_name(method: str, short: bool = False, protocol: str = "") -> str:
    """What readers call a method, or a variant such as `oi (alone)`; `short` for narrow tables."""
    known, bracket, variant = method.partition(" (")
    if protocol == "blocks" and known in OF_BLOCKS:
        return OF_BLOCKS[known][short] + bracket + variant
    name = NAMES.get(known, known)
    return (SHORT.get(known, name) if short else name) + bracket + variant
