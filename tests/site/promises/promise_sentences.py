"""Sentences of pages that state who sees what, where it goes or how long it stays: by the fact of
the code that makes them true. A sentence is registered word for word, so a change is looked at."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import polib

from config.i18n import catalogue

ROOT = Path(__file__).resolve().parents[3]
LOCALE = ROOT / "platform" / "locale" / "de" / "LC_MESSAGES"
NOTICES = ROOT / "platform" / "consent" / "notices" / "notice_texts"

WHO = "you|teachers?|stewards?|researchers?|guardians?|learners?|authors?|the reporter"
ENGLISH: Final = re.compile(
    rf"""
    \b(only|alone)\b.{{0,40}}\b(sees?|reads?|opens?|is\ shown|are\ shown)\b
    | \bonly\b.{{0,25}}\b({WHO})\b.{{0,20}}\b(can|may|see|read|open)
    | \b(by|to)\ you\ (only|alone)\b | \bsees?\ only\b
    | \b(nobody|no\ ?one|no\ teacher|no\ steward|none)\b.{{0,40}}
      \b(reads?|sees?|shown|told|see|read|lent|sold|bring|show|find|knows?)\b
    | \b(lent|sold|shown|told|sent|given)\ to\ (nobody|no\ ?one)\b
    | \b(nobody|no\ ?one)\ else\b
    | \bnever\ (leaves?|sent|shown|stored|seen|told|shared|shows?|kept|reads?|recorded|gives?)\b
    | \b(is|are|was|were)\ (not|never)\ (stored|sent|shown|told|read|shared|recorded|kept)\b
    | \bdo(es)?\ not\ see\b | \bcannot\ see\b
    | \bleaves?\ (your|this|the)\ (browser|computer|device|site|machine)\b
    | \bnowhere\b | \bstays?\ (on|in)\ (this|your|the)\b
    | \b(kept|waits?)\ (in|on)\ this\ (browser|computer|tab)\b
    | \boff\ means\b | \bgone\b.{{0,15}}\bwhen\b | \bfor\ good\b
    | \b(after|for|within|in|last)\ (\d+|%\(\w+\)s|ten|thirty|the)
      \ (days|minutes|years|months|hours)\b.{{0,60}}\b(gone|goes|deleted|removed|kept|ends?)\b
    | \b(gone|goes|deleted|removed|kept|destroyed|remains?|answers?|answered)\ .{{0,30}}
      \b(after|for|within|until)\ (\d+|ten|the|you)\b
    | \b(in|for)\ ten\ minutes\b | \bread\ by\ any(one|body)\b
    | \bwithout\ your\ name\b | \bby\ role\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
GERMAN: Final = re.compile(
    r"""
    \bnur\ (du|dir|dich|Lehrpersonen|Lehrkräfte|die\ Lehr\w+)\b.{0,40}
      \b(sieh\w*|lies\w*|lesen|sehen|öffnen|gezeigt)\b
    | \b(niemand|niemandem|keine\ Lehr\w+)\b.{0,40}
      \b(sieht|liest|lesen|sehen|gezeigt|erfährt|zurückholen|zeigen|gesagt)\b
    | \b(verlässt|verlassen)\ (nie|deinen|diesen|den|das)\b
    | \bnie\ (gesendet|gezeigt|gespeichert|gelesen|weitergegeben)\b
    | \bnirgend\w* | \bbleibt\ (auf|in)\ (diesem|deinem)\b | \bohne\ deinen\ Namen\b
    | \bnach\ \d+\ Tagen\b.{0,40}\b(gelöscht|weg|entfernt)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
CURLY = "\N{RIGHT SINGLE QUOTATION MARK}"
END = re.compile(r"(?<=[.!?:])\s+(?=[A-Z„“<])")


def messages(name: str) -> list[polib.POEntry]:
    """The messages of a catalogue that pages use."""
    return [entry for entry in catalogue.read(LOCALE / f"{name}.po") if not entry.obsolete]


def sentences(text: str) -> list[str]:
    return [part for part in END.split(" ".join(text.replace(CURLY, "'").split())) if part]


def promises_in(text: str, pattern: re.Pattern[str] = ENGLISH) -> list[str]:
    """The sentences of a text that promise something."""
    return [sentence for sentence in sentences(text) if pattern.search(sentence)]


def paragraphs(path: Path) -> list[str]:
    return [line for line in path.read_text().split("\n\n") if line and not line.startswith("#")]


# What the pattern finds and no promise is.
NO_PROMISE: Final = {
    "This is the only Steward who can sign in.",
    "You are the only Steward who can sign in.",
    "block that only staff can see",
    "answer after the first",
    "Continued, with the last 10 minutes deleted",
    "What you sent last was not stored.",
    "What was typed on this page was not sent and is removed.",
    "{times} answers in a row in under 3 seconds each, none correct.",
    "Your password alone opens your account.",
    "This was not sent.",
    "The form was not sent, and it has changed since.",
    (
        "No one in this course was active this week and allows research on all of these "
        "types of data."
    ),
    "No one in this course currently allows research on any of these types of data.",
    "No one in this snapshot allows research any more, so it cannot be exported.",
    (
        "Nothing was found: no one who allows research on this was active in these days, "
        "or no moments were labelled."
    ),
    "In a test that counts, with neither a due date nor a number of attempts, the right answers "
    "are shown after the first attempt.",
    "Only learners and teachers can join a course:",
    "Delete permanently",
    "Erase permanently",
    "Approve and erase permanently",
    "Will be permanently deleted",
    "What leaves this device",
    "<b>What is sensed</b>and what leaves your browser",
    "What exactly leaves your browser",
    'What exactly leaves your browser<span class="vh">: %(title)s</span>',
    'What exactly leaves the browser<span class="vh">: %(title)s</span>',
}

# Fact of `tests/site/promises/test_promises.py` -> the sentences that state it.
PROMISES: Final = {
    "one person's guesses reach a teacher by their own share alone": {
        "This site’s rules never show a teacher estimates about one person.",
        "Never shown to a teacher.",
        (
            "There is nothing to show: a teacher can see only estimates made from things you "
            "have also switched on for the class summary."
        ),
        "If you do nothing, the question lapses on %(until)s; %(teacher)s is not told whether you "
        "said no.",
        "%(name)s decides whether you see it, for 7 days at most, and can end it at any moment.",
    },
    "an invitation tells nobody who has an account": {
        "You do not see whether an address has an account.",
    },
    "a guardian reads no guesses": {
        "Estimates about %(name)s are not shown to you here.",
        (
            "Estimates about %(name)s are not shown to you here. This page does not show what "
            "%(name)s does in the course either."
        ),
        "What is guessed about %(name)s is not shown to you.",
    },
    "a look leaves a leaf, by role": {
        "Learners can see when a teacher opened their page, by role.",
        "They are named by role; the audit keeps no more.",
        (
            "When a data steward opens your record, or a teacher opens your page in the "
            "course or what you share, it is listed here at once: their role, when, and what "
            "they opened."
        ),
    },
    "research works under codes": {
        "viewed a moment of your sensor data, without your name",
        "had an encrypted copy made for a study, without your name",
        "exported a copy from this site for a study, without your name",
        "A moment is shown without a name, a time of day or a guess, and only while its person "
        "lets research read it.",
        "It is not shown, and does not count.",
    },
    "only numbers leave the browser": {
        "Stays on your device",
        "The camera's picture and any sound never leave this browser, only numbers do.",
        "The camera's picture and sound are not in this list: they never leave your browser.",
        "These {n} numbers, not your picture, not your keys, leave this computer.",
        "What it noticed stays in the page and goes when you close it.",
    },
    "the camera's set-up stays in its tab": {
        "What comes of them stays in this tab.",
        "It is gone when you close the tab or switch the camera off.",
        "What you did here is not sent.",
    },
    "preferences of a browser are stored in it alone": {
        "Kept in this browser until you sign out, and nowhere else.",
        "Saved in this browser until you sign out.",
    },
    "a list of people that is not imported is deleted after a day": {
        "If you do not import it, the file is deleted after 24 hours.",
    },
    "a search among people is kept for an hour, or until the next one": {
        "A search is kept for an hour, or until the next one.",
    },
    "the last ten minutes are ten": {
        "Request to delete the last 10 minutes; the rest is kept, encrypted with new keys",
        "Deletes what was sensed in the last 10 minutes and the guesses made from it from this "
        "site, for good.",
        "What was sensed in the last 10 minutes goes, with the guesses made from it; class "
        "pictures it was in are withdrawn.",
        "It works at once, and nobody can bring the minutes back.",
    },
    "what was taken back can be read by nobody": {
        "Off means gone",
        "On this site nobody can read any of it any more, us included.",
        (
            "Everything this site held about one person, and everything made from it, can no "
            "longer be read by anyone."
        ),
        (
            "The data collected under these consents, and what was made from it, can no "
            "longer be read by anyone."
        ),
        "Nobody can bring them back on this site, us included.",
        "Nobody can bring them back, us included.",
        "Nobody can bring it back, a change back included.",
        "Your account, your answers and all that was made from them are deleted from this site "
        "for good.",
        "Account, answers and all that was made from them go for good.",
        (
            "To delete it permanently, two data stewards must agree on a legal profile at "
            "/steward/profile/change/, either the one in force or another: one requests it, "
            "another confirms."
        ),
        "It ends for good on %(day)s.",
    },
    "a pause rests all reading but one's own": {
        "What was sensed is kept sealed, and only you can read it, in a copy of your data.",
    },
    "a changed text waits fourteen days": {
        "After 14 days without an answer, the data collected under them is deleted.",
        "After 14 days, or when you save without it, what was taken goes.",
    },
    "a post that was deleted is emptied after ten minutes": {
        "You can undo that for ten minutes.",
    },
    "a hidden post is for its author and teachers": {
        "Only teachers and the author can see the text below.",
        "Only you and the teachers can see the text below.",
    },
    "a report does not say who made it": {
        "They do not see who wrote it.",
        "Who reported it is not told.",
    },
    "a secret is shown once": {
        "A data steward can create a link, but cannot see your old password.",
        "Write them down or print this page: it is shown this one time, and nobody can show it "
        "again.",
        "It is shown this one time, and nobody can show it again.",
        (
            "Write down all three, or print this page. It is shown only once, and the claim "
            "code is not stored anywhere."
        ),
        "It is kept nowhere: write it down now, or print this page, and hand it over.",
        "A key sends only what you tick, reads nothing, and ends by itself.",
    },
    "answers to check-ins are read by no teacher": {
        "Teachers do not see your answer.",
        "Teachers do not see your answers.",
        "Where you allowed it, it counts in research, without your name.",
        "Where you allowed it, they count in research, without your name.",
    },
    "how sensing felt is read as counts": {
        "Those who run this site see only how many said what, and nothing where too few people "
        "answered.",
        "kept without your name",
    },
    "a no stays between a person and the site": {
        "Saying no is fine, and nobody in class is told.",
    },
    "a Steward answers in thirty days and reads codes": {
        "A Steward answers within 30 days and sees your code, not your name.",
        "Each is answered within 30 days.",
        "Names are not shown here, to anybody.",
        "It gives nobody more to read.",
    },
    "a report of a practice test is its learner's": {
        "Only you can open it, and it counts for no grade.",
    },
    "a challenger is seen by nobody": {
        (
            "Runs as a challenger alongside the model in use, only for people who allow "
            "research. Its estimates are not shown to anyone."
        ),
        "As challenger it runs beside the one in use and nobody sees what it says.",
        "A challenger guesses beside it and nobody sees what it says; it takes its place only "
        "through every gate, and one click brings back what was there before.",
        "What comes of it is measured on people it never met, and nobody is shown its guesses "
        "before it is promoted.",
        "Rules that use estimates are recorded but never shown.",
    },
    "a study ends with its copies": {
        "All of it goes at once and for good, and with it the weights of models that learned from "
        "it.",
        "This study has ended: no more data is collected for it, and nothing leaves the site.",
        "I use what is taken for this study for its purpose alone, keep it where nobody else can "
        "read it, do not try to find out anybody's name, and delete it when the study's data has "
        "to go.",
    },
    "a correction ends a guess": {
        "The guess counts nowhere any more.",
        "This guess counts nowhere any more.",
        "What was estimated here no longer counts anywhere.",
    },
    "figures for teachers rest on course records": {
        "Estimates are not read for it.",
        "What a learner felt, or said about themselves, is not read.",
        "Other wrong answers were each given by fewer than %(floor)s people and are not shown.",
        "What the last replay was made from has changed, so it is not kept.",
        "Kept for a day, or until you save.",
    },
    "the profiles state their own retention": {
        "Everything sensed is deleted after 7 days, except copies that you let a study take.",
        "They are kept for the days given beside each switch and then destroyed for good.",
        "They are sold and lent to nobody.",
    },
}
# The same for the consent texts, whose figures and streams `test_notice_facts.py` holds.
OF_NOTICES: Final = {
    "figures for teachers rest on course records": {"They do not see who."},
    "research works under codes": {
        "Researchers named in it may export its copies from this site, without your name.",
        "If you allow research, researchers see moments without your name.",
        "If you say yes to research, researchers see moments and copies, without your name.",
        "No one outside this site sees it, unless you allow research.",
    },
    "only numbers leave the browser": {
        "These numbers leave your browser and are encrypted before they are stored.",
        "Only these numbers leave your browser.",
        "The picture stays on your device.",
        "A few sums and averages leave your browser: once a second for the pointer and every five "
        "seconds for typing.",
        "Four numbers a second leave your browser: the heart rate and three that say how sure it "
        "is.",
    },
    "a no stays between a person and the site": {
        "Saying no is fine, and no one in your class is told.",
    },
    "a study ends with its copies": {
        "Copies for a study are kept longer: until two years after the study ends.",
    },
}
