"""A chain as text for people, and as a Mermaid graph for pages that render it."""

from rich.console import Console
from rich.text import Text

from thermocline.registry.lineage.chain import Chain, Link
from thermocline.registry.origin.records import RawFile

_WIDTH = 10
_MANY = 8
"""More files than this in a folder are one node of the graph."""


def print_chain(chain: Chain, console: Console | None = None, each: bool = False) -> None:
    """The chain from the served end down, and the raw files it reads; coloured on a terminal.

    Args:
        each: name each of these files with its checksum, not only their number by provider.
    """
    console = console or Console(highlight=False, soft_wrap=True)
    for position, link in enumerate(chain.links):
        if position:
            console.print(Text("   ↓", style="dim"))
        _print_link(console, link)
    files = chain.lineage.data.raw.read
    width = max((len(file.path) for file in files), default=0)
    if files:
        console.print(Text("   ↓", style="dim"))
    for name, group in _groups(files):
        console.print(Text("Files".ljust(_WIDTH), style="bold cyan") + Text(name))
        if not each:
            size = sum(file.bytes for file in group) / 1e6
            count = "1 file" if len(group) == 1 else f"{len(group)} files"
            console.print(Text(f"{'':{_WIDTH}}{count}, {size:.1f} MB", style="dim"))
            continue
        for file in group:
            checksum = f"sha256 {file.sha256}" if file.sha256 else f"md5 {file.md5}"
            line = Text(" " * _WIDTH) + Text(file.path.ljust(width + 2))
            console.print(line + Text(checksum, style="dim"))


def _print_link(console: Console, link: Link) -> None:
    console.print(Text(link.kind.ljust(_WIDTH), style="bold cyan") + Text(link.name, style="bold"))
    width = max((len(key) for key in link.facts), default=0)
    for key, value in link.facts.items():
        label = Text(" " * _WIDTH + key.ljust(width + 2), style="dim")
        console.print(label + Text(value))


def mermaid(chain: Chain) -> str:
    """The chain as a Mermaid flowchart, as GitHub renders it within ```mermaid fences."""
    lines, last = ["graph TD"], ""
    for position, link in enumerate(chain.links):
        node = f"{link.kind.lower()}{position}"
        lines.append(f"  {node}[{_label(link.kind, link.name, *_shown(link))}]")
        if last:
            lines.append(f"  {last} --> {node}")
        last = node
    for number, (name, files) in enumerate(_groups(chain.lineage.data.raw.read)):
        for place, label in enumerate(_file_labels(name, files)):
            lines.append(f"  {last} --> file{number}_{place}[{label}]")
    return "\n".join(lines) + "\n"


def _groups(files: tuple[RawFile, ...]) -> list[tuple[str, list[RawFile]]]:
    """Files by provider, in order."""
    groups: dict[str, list[RawFile]] = {}
    for file in files:
        groups.setdefault(file.provider or "unknown", []).append(file)
    return list(groups.items())


def _file_labels(provider: str, files: list[RawFile]) -> list[str]:
    if len(files) > _MANY:
        size = sum(file.bytes for file in files) / 1e6
        names = f"{files[0].path} … {files[-1].path}"
        return [_label(f"{len(files)} raw files", names, f"{size:.1f} MB", provider)]
    return [
        _label(
            "Raw file", f.path, provider, f"sha256 {f.sha256[:16]}" if f.sha256 else f"md5 {f.md5}"
        )
        for f in files
    ]


def _shown(link: Link) -> list[str]:
    """The facts worth a line in a picture, checksums shortened."""
    wanted = ["aliases", "digest", "status", "score", "subject", "uncommitted", "DVC md5", "read"]
    if not link.facts.get("read"):  # of all files, where nothing says which are read
        wanted.append("files")
    return [
        f"{key}: {_short(value)}" for key, value in link.facts.items() if key in wanted and value
    ]


def _short(value: str) -> str:
    words = (word[:16] if len(word) >= 40 and word.isalnum() else word for word in value.split())
    return " ".join(words)


def _label(*lines: str) -> str:
    """A quoted label; the characters that Mermaid or HTML would read are written as entities."""
    table = str.maketrans({"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;"})
    return '"' + "<br/>".join(_short(line).translate(table) for line in lines) + '"'
