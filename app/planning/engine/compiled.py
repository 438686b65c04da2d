"""The kernel compiled, where numba is installed: the same source, the same answer, some forty times as fast."""

import hashlib
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from inspect import getsource, isfunction
from pathlib import Path
from types import ModuleType
from typing import Any

from app.planning.engine import eject, kernel, layout, state

PARTS: tuple[ModuleType, ...] = (state, eject, kernel)
# Without numba's run time no reference is counted at each call, which would take more time than the call itself.
OPTIONS = {"error_model": "numpy", "_nrt": False}
Kernel = Callable[[Any, int, int], int]


def available() -> bool:
    """Whether the optional extra is installed."""
    return find_spec("numba") is not None


@cache
def compiled() -> Kernel:
    """The compiled kernel, kept on disk by the digest of its source. The first call takes seconds."""
    numba = import_module("numba")
    extending = import_module("numba.extending")
    source = "".join(getsource(part) for part in (layout, *PARTS))
    digest = hashlib.sha256(f"{numba.__version__}{OPTIONS}{source}".encode()).hexdigest()[:16]
    # A cache that looks at one file only would miss a change in another.
    numba.config.CACHE_DIR = str(Path(numba.config.CACHE_DIR or Path.home() / ".cache" / "interlude") / digest)
    for part in PARTS:
        for function in vars(part).values():
            if isfunction(function) and function.__module__ == part.__name__ and function is not kernel.run:
                extending.register_jitable(**OPTIONS)(function)
    made: Kernel = numba.njit(cache=True, nogil=True, **OPTIONS)(kernel.run)
    return made
