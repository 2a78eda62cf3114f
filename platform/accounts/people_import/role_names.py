"""Words for roles in people lists, in English and German, folded by `fold_word`."""

from __future__ import annotations

from typing import Final

LEARNERS: Final = (
    "learner learners student students pupil pupils lernende lernender lernenden"
    " schüler schülerin schülerinnen studentin studierende studierender"
)
TEACHERS: Final = (
    "teacher teachers coteacher instructor lecturer lehrende lehrender lehrenden lehrer lehrerin"
    " lehrerinnen lehrkraft lehrkräfte lehrperson dozent dozentin dozierende"
)
CLASS_ROLES: Final = dict.fromkeys(LEARNERS.split(), "learner") | dict.fromkeys(
    TEACHERS.split(), "teacher"
)
_OTHERS: Final = {
    "author": "author authors autor autorin autoren autorinnen",
    "researcher": "researcher researchers forscher forscherin forschende",
    "guardian": (
        "guardian guardians parent parents carer eltern elternteil mutter vater"
        " erziehungsberechtigte erziehungsberechtigter sorgeberechtigte sorgeberechtigter"
    ),
    "steward": "steward stewards datasteward",
}
SITE_ROLES: Final = CLASS_ROLES | {
    word: role for role, words in _OTHERS.items() for word in words.split()
}
