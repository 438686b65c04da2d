"""What the tests of learning start from."""

import pytest

from tests.builders import Plant
from tests.learning.builders import School, open_school


@pytest.fixture
async def school(plant: Plant) -> School:
    """A plant with something to learn and two people on shift."""
    return await open_school(plant)
