"""Files: whole or absent, temporaries that outlive no process, and digests of what they hold."""

from thermocline.files.digests import sha256_arrays, sha256_file, sha256_tree
from thermocline.files.folders import files_of
from thermocline.files.temporaries import scratch_directory, temporary_directory
from thermocline.files.whole import (
    atomic_directory,
    atomic_path,
    json_text,
    read_object,
    say_if_full,
    write_json,
    write_text,
)

__all__ = [
    "atomic_directory",
    "atomic_path",
    "files_of",
    "json_text",
    "read_object",
    "say_if_full",
    "scratch_directory",
    "sha256_arrays",
    "sha256_file",
    "sha256_tree",
    "temporary_directory",
    "write_json",
    "write_text",
]
