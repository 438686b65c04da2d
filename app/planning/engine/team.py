"""Tasks done one after the other, or side by side in processes of their own; answers come in the order of the tasks."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from types import TracebackType
from typing import Self, TypeVar

from app.planning.engine import compiled
from app.planning.engine.parent import end_with_parent

Given = TypeVar("Given")
Found = TypeVar("Found")


class Team:
    """A number of processes that are started when first needed and stopped at the end; with one, nothing is started."""

    def __init__(self, processes: int = 1) -> None:
        self.processes = processes
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def map(self, work: Callable[[Given], Found], tasks: Iterable[Given]) -> Iterator[Found]:
        """The answers in order, each as soon as it and all before it are there."""
        if self.processes <= 1:
            return map(work, tasks)
        if self._pool is None:
            # Started anew and not forked: whoever asks may have threads.
            self._pool = ProcessPoolExecutor(self.processes, get_context("spawn"), initializer=_ready)
        return self._pool.map(work, tasks)


def _ready() -> None:
    """What each process does before its first task."""
    end_with_parent()
    compiled.warm()
