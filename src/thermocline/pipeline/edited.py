"""Which of the files that the pipeline reads differ from the last commit.

Notes, logs and whatever else lies in the folder do not matter: only these files decide a result.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from thermocline.errors import BadConfig
from thermocline.files import atomic_path
from thermocline.pipeline.outside import FOLDER, stage_files
from thermocline.pipeline.repository import ask

READ = ("bento", "dvc.yaml", "params.yaml", "pipelines", "requirements.lock", "src")
"""Files and folders that decide a result, beside files of DVC and the dependencies of stages."""

ALLOW = "THERMOCLINE_ALLOW_UNCOMMITTED"
"""Environment variable: with 1, a model of an edited tree may become champion."""
YES, NO = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")

SAID = Path("build/edited.txt")


def read_by_pipeline(root: str | Path) -> list[str]:
    """What the pipeline of the project at `root` reads, as pathspecs for git run in `root`."""
    files = [Path(root) / "dvc.yaml", *stage_files(root)]
    found = {*READ, *(path for file in files for path in _dependencies(file))}
    read = (f":(literal){path}" for path in sorted(found))
    return [":(glob)**/*.dvc", *read, f":(exclude,glob){FOLDER}/*/dvc.lock"]


def edited_files(root: str | Path) -> tuple[str, ...]:
    """Files that the pipeline reads and that differ from the last commit, or are not in it.

    Paths are relative to the repository's top; none outside git. dvc.lock is not among them: every
    stage rewrites it, and it says what was run, not what will be.

    Raises:
        BadData: if there is a repository, and git does not answer.
    """
    listed = ask(
        root,
        *("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--"),
        *read_by_pipeline(root),
    )
    return tuple(entry[3:] for entry in os.fsdecode(listed or b"").split("\0") if entry)


def edited_words(names: tuple[str, ...]) -> str:
    """The files in a few words: `params.yaml and 2 other files`."""
    shown, more = ", ".join(names[:3]), len(names) - 3
    return f"{shown} and {more} more file{'s' * (more > 1)}" if more > 0 else shown


def allowed_by_environment() -> bool:
    """Whether `THERMOCLINE_ALLOW_UNCOMMITTED` says yes.

    Raises:
        BadConfig: if it says neither yes nor no.
    """
    said = os.environ.get(ALLOW, "").strip().lower()
    if said not in YES + NO:
        raise BadConfig(
            f"{said!r} is neither yes nor no",
            where=ALLOW,
            fix=f"set it to one of {', '.join(YES)}, or leave it unset",
        )
    return said in YES


def warning(root: str | Path = ".") -> str:
    """What an edited tree means for what is trained from it; "" for one without edits."""
    allowed = allowed_by_environment()
    names = edited_files(root)
    if not names:
        return ""
    differ = "differs" if len(names) == 1 else "differ"
    start = f"{edited_words(names)} {differ} from the last commit: what is trained "
    if allowed:
        return f"{start}may become champion all the same ({ALLOW}=1)"
    return (
        f"{start}will be registered as candidate, not champion, until the change is committed or "
        f"allowed (`thermocline models promote --allow-uncommitted`, or {ALLOW}=1)"
    )


def warn_once(stage: str, root: str | Path = ".") -> None:
    """Print the warning in the first stage of a system that runs, and before a training.

    "First" is counted by process group: one `dvc repro` or `make` is one.
    """
    name, _, system = stage.partition("@")
    if not system or not (text := warning(root)):
        return
    note = f"{os.getpgid(0)} {text}"
    path = (Path(root) / SAID).with_suffix(f".{system}.txt")
    with suppress(OSError):
        if name != "train" and path.is_file() and path.read_text(encoding="utf-8") == note:
            return
        with atomic_path(path) as temporary:
            temporary.write_text(note, encoding="utf-8")
    print(f"Note: {text}.", flush=True)


def _dependencies(pipeline: Path) -> Iterator[str]:
    """The paths that stages of a dvc.yaml depend on, up to the first variable in them."""
    import yaml

    try:
        stages = yaml.safe_load(pipeline.read_text(encoding="utf-8"))["stages"]
    except (OSError, KeyError, TypeError, yaml.YAMLError):
        return
    for stage in stages.values():
        for dependency in (stage.get("do") or stage).get("deps") or ():
            path = next(iter(dependency)) if isinstance(dependency, dict) else str(dependency)
            before, variable, _ = path.partition("${")
            plain = before.rpartition("/")[0] if variable else before
            if plain and not Path(plain).is_absolute() and ".." not in Path(plain).parts:
                yield plain
