"""Models of an edited tree: registered like any other, champion only by a person's word.

A version says in a tag which of the pipeline's files differed from the commit that it names. It may
become champion once a commit has the very files that trained it, or if somebody allows it. One that
names no commit may only if it is allowed, or if there is no repository here to have its commit.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from thermocline.files import temporary_directory
from thermocline.pipeline.edited import ALLOW, edited_words
from thermocline.pipeline.repository import in_repository
from thermocline.predict.identity import SYSTEM
from thermocline.registry.origin.record import PATCH
from thermocline.registry.origin.tree import committed_since, patched_files
from thermocline.registry.store.tags import COMMIT, EDITED, UNCOMMITTED_SUFFIX
from thermocline.registry.versions.lookup import fetch_part

LONGEST = 1000


def edited_tag(patch: bytes) -> dict[str, str]:
    """The tag of a model that was trained with `patch`; none if there was no patch."""
    names = ", ".join(patched_files(patch))
    return {EDITED: names if len(names) <= LONGEST else f"{names[:LONGEST]}…"} if patch else {}


@dataclass(frozen=True)
class Edits:
    """What is asked of versions of an edited tree.

    Attributes:
        root: the project's folder, for its commits.
        allowed: whether somebody said that they may become champion.
    """

    root: str | Path = "."
    allowed: bool = False

    def objection(self, version: Any) -> str:
        """Why a version may not become champion, and what to do; "" if it may."""
        commit = version.tags.get(COMMIT, "")
        if not commit and not self.allowed and in_repository(self.root):
            return (
                "trained from a commit that nobody wrote down: commit everything and train it "
                f"again, or allow it with --allow-uncommitted ({ALLOW}=1 in a pipeline)"
            )
        if (
            self.allowed
            or not commit.endswith(UNCOMMITTED_SUFFIX)
            or self._committed(version, commit)
        ):
            return ""
        names = tuple(filter(None, version.tags.get(EDITED, "").split(", ")))
        differed = edited_words(names) or "files"
        number = version.version
        return (
            f"trained with uncommitted changes ({differed}): commit them and run `thermocline "
            f"models promote {number}`, or allow it with --allow-uncommitted "
            f"({ALLOW}=1 in a pipeline)"
        )

    def _committed(self, version: Any, commit: str) -> bool:
        """Whether a commit has the very files that trained it."""
        with temporary_directory() as scratch:
            file = fetch_part(version, f"{version.tags.get(SYSTEM, '')}/{PATCH}", scratch)
            patch = file.read_bytes() if file else b""
        return bool(patch) and committed_since(
            self.root, commit.removesuffix(UNCOMMITTED_SUFFIX), patch
        )


STRICT = Edits()
"""Nobody allowed anything."""
