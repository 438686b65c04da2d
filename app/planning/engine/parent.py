"""Processes that the planner starts end with the one that started them."""

import os
from multiprocessing import parent_process
from threading import Thread


def end_with_parent() -> None:
    """Let this process end with the one that started it, however that one ends."""
    Thread(target=_await_parent, daemon=True).start()


def _await_parent() -> None:
    """A process whose parent was killed would wait for work for ever: nobody can tell it that there will be none."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
