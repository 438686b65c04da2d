"""What the demo plant consists of: an organization, two sites in different time zones, four work centers, 90 workers."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from app.identity.domain import weakness

SLUG, NAME = "elbe", "Elbe Beverages"
OTHER_SLUG, OTHER_NAME = "tafel", "Tafel Foods"
SEED = 20_260_101
# Two earlies, two lates, two nights, two off; four crews two days apart, so one crew always works.
ROTATION = "EELLNN--"
CREW_OFFSETS = {"A": 0, "B": 2, "C": 4, "D": 6}
FIRST = (
    "Ana Arjun Beatriz Bilal Carlos Chen Dana Daniel Elena Emre Fatima Felix Grace Hakan Hanna Ines Ivan Jana Joao "
    "Kofi Lea Lucia Luis Malik Maria Marta Mehmet Mina Nadia Noah Olga Omar Paula Pedro Priya Rafael Rosa Sami Sara "
    "Sofia Tariq Tomas Uma Victor Wei Yara Yusuf Zoe "
).split()  # a list of names reads best as words
LAST = (
    "Ahmed Aydin Bauer Bello Costa Cruz Diaz Fischer Garcia Gomez Haddad Hoffmann Jensen Kaya Keller Khan Kim Koch "
    "Kowalski Lang Lopez Mendez Meyer Moreau Nguyen Novak Okafor Olsen Ortiz Osei Patel Pereira Perez Petrov Ramos "
    "Reyes Rossi Ruiz Sato Schulz Silva Singh Sousa Stein Tran Vargas Vogel Weber Wolf Yilmaz "
).split()  # a list of names reads best as words


@dataclass(frozen=True, slots=True)
class Line:
    """A work center of the demo: how many people each of its four crews has, and how few must stay."""

    site: str
    code: str
    name: str
    kind: str
    crew_size: int
    staying: int
    tablets: int


@dataclass(frozen=True, slots=True)
class Person:
    """A person of the demo; `role` and `node` for the few who hold one."""

    number: str
    name: str
    site: str
    languages: tuple[str, ...]
    crew: str = ""
    job_role: str = ""
    role: str = ""
    node: str = ""


SITES = {
    "HAM": {"name": "Hamburg bottling plant", "time_zone": "Europe/Berlin", "country": "DE"},
    "COL": {"name": "Columbus distribution center", "time_zone": "America/New_York", "country": "US"},
}
LINES = (
    Line("HAM", "L1", "Bottling line 1", "line", 6, 3, 2),
    Line("HAM", "L2", "Bottling line 2", "line", 6, 3, 2),
    Line("HAM", "PK", "Packing", "line", 5, 2, 1),
    Line("COL", "DK", "Dock and forklifts", "department", 4, 2, 1),
)
STAFF = (
    Person("9001", "Petra Adler", "HAM", ("en",), job_role="office", role="admin", node="organization"),
    Person("9002", "Sven Stein", "HAM", ("en",), job_role="supervisor", role="supervisor", node="HAM"),
    Person("9003", "Rita Ramos", "COL", ("es", "en"), job_role="supervisor", role="supervisor", node="COL"),
    Person("9004", "Paul Keller", "HAM", ("en",), job_role="office", role="payroll", node="organization"),
    Person("9005", "Lena Lang", "HAM", ("en",), job_role="office", role="learning_manager", node="organization"),
    Person("9006", "Aldo Rossi", "HAM", ("en", "es"), job_role="office", role="author", node="organization"),
)


@dataclass(slots=True)
class Names:
    """A seeded source of names, so that the plant is the same every time."""

    source: random.Random = field(default_factory=lambda: random.Random(SEED))
    used: set[str] = field(default_factory=set)

    def next(self) -> str:
        """A name nobody has yet."""
        while True:
            name = f"{self.source.choice(FIRST)} {self.source.choice(LAST)}"
            if name not in self.used:
                self.used.add(name)
                return name


def line_workers() -> Iterator[Person]:
    """The 84 people of the crews; every third speaks Spanish first, every second at the dock."""
    names, number = Names(), 1000
    for line in LINES:
        for crew in CREW_OFFSETS:
            for place in range(line.crew_size):
                number += 1
                spanish = number % (2 if line.site == "COL" else 3) == 0
                role = "forklift-driver" if line.code == "DK" and place < 2 else "operator"
                languages = ("es", "en") if spanish else ("en",)
                yield Person(f"{number}", names.next(), line.site, languages, f"{line.code}-{crew}", role)


def everybody() -> list[Person]:
    """All 90."""
    return [*line_workers(), *STAFF]


def pin(number: str) -> str:
    """The demo's PIN of a person: it follows from the number, so that the tour can sign anybody in."""
    for salt in range(1000):
        digits = f"{int.from_bytes(sha256(f'{SEED}/{number}/{salt}'.encode()).digest()[:4]) % 900_000 + 100_000}"
        if weakness(digits, (number,)) is None:
            return digits
    raise ValueError("every PIN is weak")
