"""The files of a pack, found without following anything out of its folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from app.catalog.pack.finding import Finding, error

MAX_FILES = 2_000
MAX_FILE_BYTES = 5 * 1024 * 1024
MAX_FOLDER_DEPTH = 4


class FileRefused(ValueError):
    """The file is not a plain file of a bearable size inside the pack."""


def list_files(root: Path) -> tuple[list[str], list[Finding]]:
    """The plain files under a folder, as sorted `/` paths, and a finding for every link, device or odd name."""
    names: list[str] = []
    findings: list[Finding] = []
    for entry, name in _walk(root, ""):
        if entry.is_file(follow_symlinks=False):
            names.append(name)
        else:
            findings.append(error(name, "", "not_a_plain_file", "links and special files are refused"))
        if len(names) + len(findings) > MAX_FILES:
            findings.append(error(".", "", "too_many_files", f"more than {MAX_FILES} files"))
            break
    return sorted(names), findings


def _walk(folder: Path, prefix: str) -> Iterator[tuple[os.DirEntry[str], str]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            name = prefix + entry.name
            if not entry.is_dir(follow_symlinks=False):
                yield entry, name
            elif name.count("/") < MAX_FOLDER_DEPTH:
                yield from _walk(folder / entry.name, name + "/")


def read_file(root: Path, name: str) -> bytes:
    """The bytes of a file that `list_files` named. Raises FileRefused when it has since become something else."""
    # O_NOFOLLOW and O_NONBLOCK: a link or a pipe put in the file's place after listing is refused, not opened.
    try:
        descriptor = os.open(root / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as caught:
        message = "cannot be opened"
        raise FileRefused(message) from caught
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            message = "not a plain file"
            raise FileRefused(message)
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        message = f"larger than {MAX_FILE_BYTES} bytes"
        raise FileRefused(message)
    return content
