"""The columns of a people list, recognised by their headings."""

from __future__ import annotations

from typing import Final

from accounts.people_import.csv_reader import fold_word

# Folded by `fold_word`: headings in exports of common school systems, English and German.
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
# Without any of these, a row could be about anyone.
IDENTIFYING: Final = frozenset({"number", "login", "email"})


def find_columns(headings: list[str]) -> dict[str, int]:
    """Return the position of each known column; the first of two equal headings counts."""
    places: dict[str, int] = {}
    for place, heading in enumerate(headings):
        column = COLUMN_OF.get(fold_word(heading).translate(_APOSTROPHES))
        if column is not None:
            places.setdefault(column, place)
    return places
