"""What several jobs with the same mRNAs would each make again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T", bound=tuple)


class Kept:
    """Tuples of arrays by name, kept as long as all of them fit in `memory` bytes."""

    def __init__(self, memory: int) -> None:
        self.free = memory
        self.lock = threading.Lock()
        self.made: dict[Hashable, Any] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` makes, which must be the same for the same key."""
        if key in self.made:
            return self.made[key]
        made = make()
        size = sum(array.nbytes for array in made)
        with self.lock:
            if key not in self.made and size <= self.free:
                self.made[key] = made
                self.free -= size
        return made


def made_once(kept: Kept | None, key: Hashable, make: Callable[[], T]) -> T:
    """What `make` makes, from `kept` if there is one."""
    return make() if kept is None else kept.get(key, make)
