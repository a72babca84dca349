"""Write the tables into docs/files.md, each between its two comments."""

from pathlib import Path

from docs.statements import markdown
from docs.statements.grids import GRIDS
from docs.statements.profiles import PROFILES

GUIDE = Path(__file__).parents[1] / "files.md"
TABLES = {"GRIDS": GRIDS, "PROFILES": PROFILES}


def written(text: str) -> str:
    """The guide's text with the tables of today."""
    for name, rows in TABLES.items():
        before, rest = text.split(f"<!-- table: {name} -->\n")
        _, after = rest.split("\n<!-- end -->", 1)
        text = f"{before}<!-- table: {name} -->\n{markdown(rows)}\n<!-- end -->{after}"
    return text


if __name__ == "__main__":
    GUIDE.write_text(written(GUIDE.read_text("utf-8")), "utf-8")
