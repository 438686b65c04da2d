"""What goes wrong in the planner's process, on purpose. Here, because another process has to find it by its name."""

import os
import signal
import time
from dataclasses import replace

from app.planning.domain.check import check
from app.planning.process import Line, Solved, Work, _shared, work


def doubled(place: int, asked: Work) -> Solved | None:
    """An answer that breaks a rule: every block twice."""
    found = work(place, asked)
    assert found is not None
    plan = replace(found.answer.plan, blocks=(*found.answer.plan.blocks, *found.answer.plan.blocks))
    return replace(found, answer=replace(found.answer, plan=plan), violations=check(asked.problem, plan))


def killed(place: int, asked: Work) -> Solved | None:
    """The process is killed before it answers, as when memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)
    return work(place, asked)


def patient(place: int, asked: Work) -> Solved | None:
    """Work that goes on until somebody asks it to stop, or for a minute."""
    line = Line(_shared["board"], place)
    for _ in range(1200):
        if line.stopped:
            return None
        time.sleep(0.05)
    return work(place, asked)


def niceness(_place: int) -> int:
    """How far the process stands back for others."""
    return os.nice(0)
