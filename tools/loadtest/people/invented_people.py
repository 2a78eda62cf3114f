"""A list of invented people as CSV: learners, some guardians, teachers and authors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

FIRST_NAMES: Final = ("Ada", "Ben", "Carla", "Dan", "Elif", "Finn", "Gül", "Hana", "Ivo", "Jana")
LAST_NAMES: Final = ("Adams", "Bauer", "Carter", "Demir", "Evans", "Fischer", "Kaya", "Novak")
HEADING: Final = "number,first name,last name,username,email,date of birth,role,guardian email"
YOUNGEST: Final = date(2012, 1, 1)
# Range of birthdays: some people are minors, most are not.
DAYS: Final = 365 * 14
TEACHERS, AUTHORS, BORN, GUARDED = 0.05, 0.01, 0.6, 0.1


@dataclass(frozen=True, slots=True)
class InventedPerson:
    """One row of the list, and how the person is looked up."""

    number: str
    name: str
    login: str
    email: str
    born: str
    role: str
    guardian: str

    def line(self) -> str:
        first, last = self.name.split(" ", 1)
        cells = (self.number, first, last, self.login, self.email)
        return ",".join((*cells, self.born, self.role, self.guardian))


def invent(count: int, *, rng: Random) -> list[InventedPerson]:
    """Return `count` people; some have a guardian who is known by e-mail only."""
    return [_invent_one(number, rng) for number in range(1, count + 1)]


def as_csv(people: list[InventedPerson]) -> bytes:
    """Return the file that a Steward uploads."""
    return "\n".join([HEADING, *(person.line() for person in people), ""]).encode()


def _invent_one(number: int, rng: Random) -> InventedPerson:
    name = f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"
    drawn = rng.random()
    role = "teacher" if drawn < TEACHERS else "author" if drawn < TEACHERS + AUTHORS else "learner"
    born = YOUNGEST - timedelta(days=rng.randrange(DAYS)) if rng.random() < BORN else None
    # Two children share a guardian.
    guarded = role == "learner" and rng.random() < GUARDED
    return InventedPerson(
        number=f"S{number:06}",
        name=name,
        login=f"user{number:06}",
        email=f"person{number:06}@school.example",
        born=born.isoformat() if born else "",
        role=role,
        guardian=f"guardian{number // 20:06}@home.example" if guarded else "",
    )
