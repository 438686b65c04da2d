"""How this process asks for memory: large blocks are given back to the system as soon as they are free."""

import ctypes

M_MMAP_THRESHOLD = -3
LARGE = 1 << 20


def give_back_large_blocks() -> None:
    """Fix the size from which the C library maps a block on its own, where that library is glibc.

    Left alone it learns from the first freed block of 19 MiB, which hashing a PIN takes, to keep such blocks for ever:
    a few sign-ins in two threads made a process some 40 MB larger for good.
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(M_MMAP_THRESHOLD, LARGE)
