"""Damage that HDF5 itself does not come back from: it reads texts from heaps, and walks some broken ones for ever."""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Iterator

from csmir._errors import InputError

# of "Level 1E - Global Heap" in the HDF5 file format: signature, version and three zeros, then the heap's size
SIGNATURE = b"GCOL\x01\0\0\0"
HEADER = struct.Struct("<8sQ")
OBJECT = struct.Struct("<HHIQ")  # number, references, zeros, size; number 0 is what is free
LEAST = 4096  # bytes of a heap


def refuse_endless(path: str | os.PathLike[str]) -> None:
    """Raise if reading the texts of an HDF5 file would never end: free space of no size, from which there is no next.

    HDF5 (2.0 and before) loops in `H5HG__cache_heap_deserialize`, out of reach of Python, even of Ctrl-C.
    """
    with open(path, "rb") as file:
        if not os.fstat(file.fileno()).st_size:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            for first, end in _heaps(content):
                if _is_endless(content, first, end):
                    raise InputError(
                        f"{path} is damaged: what it keeps of texts, at byte {first:,}, cannot be read to an end. Copy "
                        "or write it again."
                    )


def _heaps(content: mmap.mmap) -> Iterator[tuple[int, int]]:
    """Where each heap starts and ends."""
    at = content.find(SIGNATURE)
    while at >= 0:
        if at + HEADER.size <= len(content):
            size = HEADER.unpack_from(content, at)[1]
            if LEAST <= size <= len(content) - at:  # others are refused by HDF5
                yield at, at + size
        at = content.find(SIGNATURE, at + 1)


def _is_endless(content: mmap.mmap, first: int, end: int) -> bool:
    """Whether a walk from object to object, as HDF5 does it, stands still. Larger steps than there is room for fail."""
    at = first + HEADER.size
    while end - at >= OBJECT.size:
        number, _, _, size = OBJECT.unpack_from(content, at)
        step = OBJECT.size + -(-size // 8) * 8 if number else size
        if step == 0:
            return True
        at += step
    return False
