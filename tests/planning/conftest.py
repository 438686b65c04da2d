"""What the tests of planning over HTTP start from."""

import pytest

from tests.builders import Plant
from tests.planning.builders import Line, open_line


@pytest.fixture
async def line(plant: Plant) -> Line:
    """A line with three people on shift and a small library."""
    return await open_line(plant)
