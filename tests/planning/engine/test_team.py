"""Processes that help with one plan end with whoever asked for it."""

import signal
import subprocess
import sys
import time

import psutil

ASK = """
import os, sys, time
from app.planning.engine.team import Team
if __name__ == "__main__":
    with Team(2) as team:
        list(team.map(abs, range(8)))
        print("ready", flush=True)
        time.sleep(60)
"""


def lives(one: psutil.Process) -> bool:
    # Who was ended and is not yet cleared away does nothing any more.
    return one.is_running() and one.status() != psutil.STATUS_ZOMBIE


def test_a_killed_planner_leaves_no_helpers_behind() -> None:
    asked = subprocess.Popen([sys.executable, "-c", ASK], stdout=subprocess.PIPE, text=True)
    assert asked.stdout is not None
    assert asked.stdout.readline() == "ready\n"
    helpers = [one for one in psutil.Process(asked.pid).children(recursive=True) if "spawn_main" in " ".join(one.cmdline())]
    assert len(helpers) == 2
    asked.send_signal(signal.SIGKILL)
    asked.wait()
    asked.stdout.close()
    deadline = time.monotonic() + 10
    while any(map(lives, helpers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    left = [one for one in helpers if lives(one)]
    for one in left:
        one.kill()
    assert left == []
