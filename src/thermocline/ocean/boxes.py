"""Boxes of 8° × 8° that fine sea-surface temperature is studied in."""

SIZE = 8.0
"""Degrees on each side."""

BOXES = {
    "gulf_stream": (35.0, -72.0),
    "kuroshio": (32.0, 140.0),
    "agulhas": (-42.0, 18.0),
    "brazil_malvinas": (-44.0, -58.0),
    "tropical_atlantic": (0.0, -30.0),
    "southern_ocean": (-58.0, 60.0),
}
"""South-western corners: latitude and longitude, degrees."""
