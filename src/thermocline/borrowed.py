"""NetCDF-4 files that borrow: HDF5 lets a file name others, whose bytes are then read as its own.

An upload that names a file of the server would be answered with that file. So the structure is
looked at by h5py before anything else opens the file, and nothing is followed meanwhile: links are
listed, not opened, until all of a group's are known to stay inside. Refused as well is what else
would reach beyond the file: references and filters that are not HDF5's own, values that are
nowhere, whose place the library leaves filled with whatever the process had in memory, and groups
reached twice, at which the NetCDF library ends the whole process.
"""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from math import prod
from typing import Any

from h5py import h5a, h5d, h5f, h5g, h5l, h5o, h5pl, h5t, h5z

from thermocline.errors import BadFile, holding

MAX_OBJECTS = 100_000
"""Most links and attributes of a file; the largest real ones have some hundred."""
MAX_DEPTH = 32
FILTERS = {
    h5z.FILTER_DEFLATE,
    h5z.FILTER_SHUFFLE,
    h5z.FILTER_FLETCHER32,
    h5z.FILTER_SZIP,
    h5z.FILTER_NBIT,
    h5z.FILTER_SCALEOFFSET,
}
"""Those built into HDF5; any other is looked for on the disk, as a library to run."""
BZIP2 = 307
"""The one plugin that is used, for the bundled data; it is part of the NetCDF package."""
PLUGINS = {
    **{BZIP2: "bzip2", 32000: "lzf", 32001: "blosc", 32004: "lz4", 32008: "bitshuffle"},
    **{32013: "zfp", 32015: "zstd", 32026: "blosc2"},
}
"""Names of others, by their numbers in the register of the HDF Group."""
_COPY = (
    "copy it into one whole file, as `nccopy` or xarray's `to_netcdf` does; for files of your own "
    "commands that take a file have the option --allow-external"
)
_REPACK = (
    "write it anew as NetCDF-4 with zlib or unpacked, as `nccopy -d 4` or xarray's "
    "`drop_encoding().to_netcdf(…)` does"
)
_ALLOWED: ContextVar[bool] = ContextVar("allowed", default=False)

NO_PLUGINS = "::"
"""Where HDF5_PLUGIN_PRELOAD is this name of no filter, HDF5 looks for none: so in the service."""
# The NetCDF library has an HDF5 of its own; that of h5py, which reads no values, needs no plugin.
while h5pl.size():
    h5pl.remove(0)


def external_allowed(allowed: bool) -> AbstractContextManager[None]:
    """Within it, files may borrow from other files, if `allowed`: for the command line alone."""
    return holding(_ALLOWED, allowed)


def refuse_borrowed(path: str | os.PathLike[str]) -> None:
    """Look at the structure of an HDF5 file; no value is read, and no other file is opened.

    Raises:
        BadFile: if anything in it is, or may be, elsewhere than in this file, or if it cannot be
            told because the structure is damaged.
    """
    where = os.fspath(path)
    try:
        file = h5f.open(os.fsencode(path), h5f.ACC_RDONLY)
        try:
            _Walk(where).all(h5g.open(file, b"/"))
        finally:
            file.close()
    except BadFile:
        raise
    except Exception as problem:  # h5py raises whatever a damaged file leads it to
        raise BadFile(
            "truncated or not NetCDF: its structure cannot be read",
            where=where,
            fix="download it again",
        ) from problem


class _Walk:
    """A look at every object once, by hard links only."""

    def __init__(self, where: str):
        self.where, self.seen, self.count = where, set[int](), 0
        self.soft: list[tuple[Any, bytes]] = []

    def refuse(self, what: str, fix: str = _COPY) -> None:
        raise BadFile(what, where=self.where, fix=fix)

    def borrows(self, what: str) -> None:
        if not _ALLOWED.get():
            self.refuse(f"{what}: a file must hold all of its values itself")

    def counted(self, found: list) -> list:
        self.count += len(found)
        if self.count > MAX_OBJECTS:
            self.refuse(f"has more than {MAX_OBJECTS:,} objects", "split it")
        return found

    def all(self, root: Any) -> None:
        self.seen.add(h5o.get_info(root).addr)
        waiting = [(root, 0)]
        while waiting:
            group, depth = waiting.pop()
            if depth > MAX_DEPTH:
                self.refuse(f"has groups nested more than {MAX_DEPTH} deep", _REPACK)
            self.attributes(group)
            for name in self.inside(group):
                thing = h5o.open(group, name)
                known, address = len(self.seen), h5o.get_info(thing).addr
                self.seen.add(address)
                if isinstance(thing, h5g.GroupID):
                    if len(self.seen) == known:
                        self.refuse("has a group in two places, or within itself", _REPACK)
                    waiting.append((thing, depth + 1))
                elif len(self.seen) > known:
                    self.attributes(thing)
                    self.values(thing)
        # By now no link is left by which these could leave the file.
        for group, name in self.soft if not _ALLOWED.get() else ():
            if not self.is_data(group, name):
                self.refuse("has a soft link that leads nowhere, or to a group", _REPACK)

    def inside(self, group: Any) -> list[bytes]:
        """Names of a group's hard links, once all of its links are known to stay in the file."""
        names, links = [], list[tuple[bytes, int]]()
        # h5py tells of every link by one and the same object: what it says is kept at once.
        group.links.iterate(lambda name, info: links.append((name, info.type)), info=True)
        for name, kind in self.counted(links):
            if b"/" in name or name in (b"", b"."):
                self.refuse("has a link whose name is a path", _REPACK)
            if kind == h5l.TYPE_EXTERNAL:
                self.borrows("has an external link, to another file")
            elif kind == h5l.TYPE_SOFT:
                self.soft.append((group, name))
            elif kind == h5l.TYPE_HARD:
                names.append(name)
            else:
                self.refuse("has a link of a kind that a plugin defines", _REPACK)
        return names

    def is_data(self, group: Any, name: bytes) -> bool:
        try:
            return not isinstance(h5o.open(group, name), h5g.GroupID)
        except KeyError:
            return False

    def attributes(self, thing: Any) -> None:
        for (name,) in self.counted(_listed(lambda add: h5a.iterate(thing, add))):
            self.type(h5a.open(thing, name).get_type())

    def values(self, thing: Any) -> None:
        """A dataset: where its values are, how they are packed, of what type; or a named type."""
        if not isinstance(thing, h5d.DatasetID):
            self.type(thing)
            return
        made = thing.get_create_plist()
        virtual, external = made.get_layout() == h5d.VIRTUAL, made.get_external_count()
        if external:
            self.borrows("has a variable with external storage, in another file")
        if virtual:
            self.borrows("has a virtual variable, made up of those of other files")
        for number in range(made.get_nfilters()):
            if (code := made.get_filter(number)[0]) not in FILTERS:
                if code == BZIP2 and os.environ.get("HDF5_PLUGIN_PRELOAD") != NO_PLUGINS:
                    continue
                name = PLUGINS.get(code, f"number {code}")
                self.refuse(f"is packed with the filter {name}, which needs a plugin", _REPACK)
        self.type(thing.get_type())
        filled = made.get_fill_time() != h5d.FILL_TIME_NEVER
        filled &= made.fill_value_defined() != h5d.FILL_VALUE_UNDEFINED
        if not (filled or virtual or external or _stored(thing, made)):
            self.refuse("has a variable without values, nor what stands in for them", _REPACK)

    def type(self, kind: Any) -> None:
        """Refuse references that can name another file; those of dimension scales cannot."""
        code = kind.get_class()
        if code == h5t.REFERENCE and not kind.equal(h5t.STD_REF_OBJ):
            self.refuse("has references to regions, or to other files", _REPACK)
        elif code == h5t.COMPOUND:
            for number in self.counted(list(range(kind.get_nmembers()))):
                self.type(kind.get_member_type(number))
        elif code in (h5t.ARRAY, h5t.VLEN):
            self.type(kind.get_super())


def _stored(data: Any, made: Any) -> bool:
    """Whether a place in the file is set apart for every value of a dataset."""
    shape = data.get_space().get_simple_extent_dims()
    if not prod(shape or ()) or made.get_layout() == h5d.COMPACT:
        return True
    if made.get_layout() != h5d.CHUNKED:
        return data.get_offset() is not None
    needed = prod(-(-size // step) for size, step in zip(shape, made.get_chunk(), strict=True))
    return data.get_num_chunks() >= needed


def _listed(visit: Callable) -> list:
    """Names that an iteration of HDF5 visits."""
    found: list = []
    visit(lambda *one: found.append(one[:1]))
    return found
