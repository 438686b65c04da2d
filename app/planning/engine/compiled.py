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

from app.planning.engine import eject, kernel, layout, state

PARTS: tuple[ModuleType, ...] = (state, eject, kernel)
# What is called from outside; everything else is compiled into these.
ENTRIES = ("keep_best", "run", "start")
# Without numba's run time no reference is counted at each call, which would take more time than the call itself.
OPTIONS = {"error_model": "numpy", "_nrt": False}


class Kernel(Protocol):
    """The kernel's functions, compiled or not."""

    def keep_best(self, m: Any) -> int:
        """Take the plan in memory for the best one."""

    def run(self, m: Any, iterations: int, heat: int) -> int:
        """Improve the plan at one temperature."""

    def start(self, m: Any, least: int) -> int:
        """Make a first plan."""


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
    made: Any = SimpleNamespace(**{name: jit(getattr(kernel, name)) for name in ENTRIES})
    return cast(Kernel, made)


def warm() -> None:
    """Compile now, or load what was compiled, so that no request waits for it. Does nothing without the extra."""
    if available():
        memory = import_module("numpy").zeros(layout.HEADER, dtype="int64")
        compiled().start(memory, 0)
        compiled().keep_best(memory)
        compiled().run(memory, 0, 0)


if __name__ == "__main__":
    warm()
