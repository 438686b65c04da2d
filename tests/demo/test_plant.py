"""The demo plant is what the front page promises: 90 people, four lines, somebody at work at every hour."""

from collections import Counter

from app.demo import plant
from app.identity.domain import weakness


def test_there_are_ninety_people_with_different_names_and_numbers() -> None:
    everybody = plant.everybody()
    assert len(everybody) == len({p.number for p in everybody}) == len({p.name for p in everybody}) == 90


def test_the_plant_is_the_same_every_time() -> None:
    assert plant.everybody() == plant.everybody()


def test_every_pin_is_one_that_sign_in_accepts() -> None:
    assert [p.number for p in plant.everybody() if weakness(plant.pin(p.number), (p.number, p.name)) is not None] == []


def test_every_day_one_crew_works_each_shift() -> None:
    for day in range(len(plant.ROTATION)):
        at_work = Counter(plant.ROTATION[(day + offset) % len(plant.ROTATION)] for offset in plant.CREW_OFFSETS.values())
        assert at_work == {"E": 1, "L": 1, "N": 1, "-": 1}


def test_every_crew_keeps_more_people_than_must_stay() -> None:
    assert all(line.crew_size > line.staying for line in plant.LINES)
