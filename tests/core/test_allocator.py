"""Hashing secrets does not make a process larger for good."""

import subprocess
import sys

import pytest

HASHES = """
import asyncio, sys
from app.core.allocator import give_back_large_blocks
from app.identity.hashing import ARGON2

def resident():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS"))

async def main():
    before = resident()
    for _ in range(3):
        await asyncio.gather(*(asyncio.to_thread(ARGON2.hash, b"x" * 32) for _ in range(2)))
    print(resident() - before)

if sys.argv[1] == "bounded":
    give_back_large_blocks()
asyncio.run(main())
"""


def growth(how: str) -> int:
    """KB a process grew by six hashes in two threads."""
    done = subprocess.run([sys.executable, "-c", HASHES, how], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_hashing_leaves_no_memory_behind() -> None:
    assert growth("bounded") < 8_000
    # Without it the same hashes keep their blocks: the test can tell the difference.
    assert growth("unbounded") > 16_000
