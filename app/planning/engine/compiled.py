"""The kernel compiled, where numba is installed: the same source, the same answer, some forty times as fast."""

import hashlib
import os
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from inspect import getsource, isfunction
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Protocol, cast

from app.planning.engine import eject, kernel, layout, state, weeks

PARTS: tuple[ModuleType, ...] = (state, eject, kernel, weeks)
# What is called from outside; everything else is compiled into these.
ENTRIES: dict[str, ModuleType] = {
    **dict.fromkeys(("keep_best", "run", "start"), kernel),
    **dict.fromkeys(("promised", "labels", "settle"), weeks),
}
# Without numba's run time no reference is counted at each call, which would take more time than the call itself.
OPTIONS = {"error_model": "numpy", "_nrt": False}


class Kernel(Protocol):
    """The functions of the kernel and of weeks, compiled or not."""

    def keep_best(self, m: Any) -> int:
        """Take the plan in memory for the best one."""

    def run(self, m: Any, iterations: int, heat: int) -> int:
        """Improve the plan at one temperature."""

    def start(self, m: Any) -> int:
        """Make a first plan."""

    def promised(self, columns: Any, places: Any, end: int) -> int:
        """What places add to a worker's week at most."""

    def labels(self, b: Any, columns: Any, places: Any, end: int, allowed: int) -> bool:
        """Find a worker's weeks."""

    def settle(self, b: Any, pinned: int, missing: int, scale: int) -> int:
        """The best of them."""


def as_array(values: list[int]) -> Any:
    """Numbers as the compiled functions read them."""
    return import_module("numpy").array(values, dtype="int64")


def available() -> bool:
    """Whether the optional extra is installed."""
    return find_spec("numba") is not None


def cache_dir(chosen: str) -> Path:
    """Where machine code is kept: as numba was told by NUMBA_CACHE_DIR, or `var` of a checkout, or the user's cache."""
    if chosen:
        return Path(chosen)
    var = Path(__file__).resolve().parents[3] / "var"
    return var / "numba" if os.access(var, os.W_OK) else Path.home() / ".cache" / "interlude"


@cache
def compiled() -> Kernel:
    """The compiled kernel, kept on disk by the digest of its source. Only the first call on a machine takes seconds."""
    numba = import_module("numba")
    extending = import_module("numba.extending")
    source = "".join(getsource(part) for part in (layout, *PARTS))
    digest = hashlib.sha256(f"{numba.__version__}{OPTIONS}{source}".encode()).hexdigest()[:16]
    # A cache that looks at one file only would miss a change in another.
    numba.config.CACHE_DIR = str(cache_dir(numba.config.CACHE_DIR) / digest)
    for part in PARTS:
        for function in vars(part).values():
            if isfunction(function) and function.__module__ == part.__name__ and function is not kernel.run:
                extending.register_jitable(**OPTIONS)(function)
    jit = numba.njit(cache=True, nogil=True, **OPTIONS)
    made: Any = SimpleNamespace(**{name: jit(getattr(part, name)) for name, part in ENTRIES.items()})
    return cast(Kernel, made)


def warm() -> None:
    """Compile now, or load what was compiled, so that no request waits for it. Does nothing without the extra."""
    if available():
        memory, nothing, functions = as_array([0] * layout.HEADER), as_array([]), compiled()
        functions.start(memory)
        functions.keep_best(memory)
        functions.run(memory, 0, 0)
        functions.promised(nothing, nothing, 0)
        book = as_array(weeks.book(0, 1, 1))
        functions.labels(book, nothing, nothing, 0, 0)
        functions.settle(book, 0, 0, 1)


if __name__ == "__main__":
    warm()
