"""The columns of a list of people, known by their headings."""

from __future__ import annotations

from typing import Final

from accounts.people_import.csv_reader import fold_word

# As `fold_word` has them. Exports of common school systems have these, in English and German.
_HEADINGS: Final = {
    "number": (
        "number no studentno studentnumber studentid staffno staffnumber staffid personnumber"
        " personid id sourcedid externalid nummer nr schülernummer schülernr schülerid"
        " matrikelnummer matrikelnr personalnummer personalnr externeid"
    ),
    "name": "name fullname displayname studentname vollername vollständigername anzeigename",
    "first_name": "firstname givenname forename vorname rufname",
    "last_name": "lastname surname familyname nachname familienname",
    "login": (
        "username login loginname userlogin userid benutzername benutzerkennung nutzername"
        " anmeldename"
    ),
    "email": "email emailaddress mail mailaddress emailadresse mailadresse",
    "born": "dateofbirth birthdate birthday born dob geburtsdatum geburtstag geborenam geboren",
    "roles": "role roles rolle rollen",
    "classes": "class classes classname course courses klasse klassen kurs kurse",
    "teaches": "teaches teachingclasses teachingcourses unterrichtet lehrtin",
    "guardian": (
        "guardianemail guardiansemail guardianmail parentemail parentsemail parentmail"
        " carersemail careremail elternemail elternmail emailerziehungsberechtigte"
        " emailerziehungsberechtigter emaileltern emaildereltern erziehungsberechtigteemail"
    ),
}
COLUMN_OF: Final = {
    heading: column for column, headings in _HEADINGS.items() for heading in headings.split()
}
_APOSTROPHES: Final = {ord(mark): None for mark in "'\u2019"}
# A row of a file without any of these could be about anybody.
IDENTIFYING: Final = frozenset({"number", "login", "email"})


def recognise(headings: list[str]) -> dict[str, int]:
    """Return the place of each column that is known; the first of two alike counts."""
    places: dict[str, int] = {}
    for place, heading in enumerate(headings):
        column = COLUMN_OF.get(fold_word(heading).translate(_APOSTROPHES))
        if column is not None:
            places.setdefault(column, place)
    return places
