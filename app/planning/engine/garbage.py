"""Python looks for circles among objects ever again while millions are made; nothing here makes circles worth finding."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Let Python look for circles afterwards only: a fourth of the time that cutting a problem takes."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
