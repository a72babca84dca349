"""Writes src/colours.ts: cmocean's colour maps, 64 colours each. Run it from this folder."""

from pathlib import Path

import cmocean
import numpy as np

MAPS = ("thermal", "haline", "ice", "deep", "matter", "speed", "amp", "balance")

lines = ["// Written by colours.py from cmocean (Thyng et al. 2016, doi:10.5670/oceanog.2016.66)."]
lines.append("export const COLOURS = {")
for name in MAPS:
    rgb = np.rint(255 * cmocean.cm.cmap_d[name](np.linspace(0, 1, 64))[:, :3]).astype(int)
    text = "".join(f"{r:02x}{g:02x}{b:02x}" for r, g, b in rgb)
    parts = [text[k : k + 84] for k in range(0, len(text), 84)]
    lines.append(f"  {name}:\n    " + " +\n    ".join(f'"{part}"' for part in parts) + ",")
lines.append("} as const;\n")
Path("src/colours.ts").write_text("\n".join(lines))
