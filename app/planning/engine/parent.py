"""Processes that the planner starts stand back for the one that started them, and end with it."""

import os
from multiprocessing import parent_process
from threading import Thread


def end_with_parent() -> None:
    """Let this process end with the one that started it, however that one ends."""
    Thread(target=_await_parent, daemon=True).start()


def stand_back(step: int) -> None:
    """Let whoever answers people have a processor first: this process and all that it starts get what is left.

    `step` is added to the process's nice value; 10 leaves a tenth of a processor that somebody else wants too.
    """
    if hasattr(os, "nice"):
        os.nice(step)


def _await_parent() -> None:
    """A process whose parent was killed would wait for work for ever: nobody can tell it that there will be none."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
