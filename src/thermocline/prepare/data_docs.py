"""Data docs that can be read without a network.

The pages of Great Expectations fetch their style and their scripts, and the lists of the first page
are made by the latter. So they hold a plain style besides, which gives way to the fetched one, and
the first page links to the others.
"""

from html import escape
from pathlib import Path

STYLES = Path("gx/plugins/custom_data_docs/styles/data_docs_custom_styles.css")
"""What Great Expectations puts into each page, below a project's folder."""
STYLE = """
:where(body) { margin: 1rem 2rem; font: 15px/1.45 system-ui, sans-serif; }
:where(.row) { display: flex; gap: 2rem; align-items: flex-start; }
:where(.col-md-10) { flex: 1; min-width: 0; }
:where(table) { border-collapse: collapse; margin: .5rem 0 1rem; }
:where(th, td) { border: 1px solid #ccc; padding: .3rem .6rem; text-align: left; }
:where(.table-cell-spacer, hr) { margin: .5rem 0; }
:where(.fa-check-circle)::before { content: "✔"; color: #1a7f37; font-style: normal; }
:where(.fa-times, .fa-times-circle)::before { content: "✘"; color: #b42318; font-style: normal; }
:where(.modal, .cta-footer, .cooltip) { display: none; }
:where(nav img) { max-height: 2rem; }
.plain-links { padding: .6rem 2rem; border: 1px solid #ccc; border-radius: .3rem; }
"""


def add_style(root: Path) -> None:
    """Have the pages of a project hold their style; before they are built."""
    (root / STYLES).write_text(STYLE, encoding="utf-8")


def add_links(docs: Path) -> None:
    """Put links to all results and suites into the first page; after it was built."""
    index, links = docs / "index.html", []
    for kind in ("validations", "expectations"):
        for page in sorted((docs / kind).rglob("*.html")):
            place = page.relative_to(docs).as_posix()
            links.append(f'<li><a href="{escape(place)}">{escape(kind)}: {page.stem}</a></li>')
    text = index.read_text(encoding="utf-8")
    text = text.replace("<body>", f'<body><ul class="plain-links">{"".join(links)}</ul>', 1)
    index.write_text(text, encoding="utf-8")
