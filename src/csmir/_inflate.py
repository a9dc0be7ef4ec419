"""Compressed files of strangers: what they hold is bounded, since one megabyte can hide seven gigabytes."""

from __future__ import annotations

import io
from typing import Any

from csmir._errors import InputError

# tables of counts shrink to a tenth or a twentieth, ones of almost nothing but zeros to a hundredth
MOST_TIMES = 200
ALWAYS = 100_000_000  # bytes that are read however small the file is


def bound(compressed: int) -> int:
    """How many bytes may come out of a compressed file of this size."""
    return max(ALWAYS, MOST_TIMES * compressed)


def too_much(path: str, compressed: int) -> InputError:
    """The error for a file that holds more than that."""
    return InputError(
        f"{path} has {compressed:,} bytes and holds more than {bound(compressed):,}: {MOST_TIMES} times as many, or "
        f"{ALWAYS // 10**6} MB, is the limit for compressed files. If you trust it, unpack it and give the plain file."
    )


class Bounded(io.RawIOBase):
    """A decompressed stream that ends in an error once more comes out than may."""

    def __init__(self, stream: Any, path: str, compressed: int) -> None:
        self._stream, self._path, self._compressed = stream, path, compressed
        self._left = bound(compressed)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise too_much(self._path, self._compressed)
        buffer[: len(data)] = data
        return len(data)


def bounded(stream: Any, path: str, compressed: int) -> io.BufferedReader:
    """The same bytes as the stream's, up to the bound."""
    return io.BufferedReader(Bounded(stream, path, compressed), 1 << 20)
