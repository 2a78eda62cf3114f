"""Sentences of pages that promise who sees what, where it goes or how long it is kept.

They are grouped by the fact in the code that makes them true. A sentence is registered word for
word, so that a change is reviewed.
"""

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
    | \b(by|to)\ you\ (only|alone)\b | \bsees?\ only\b | \bonly\ you\ can\b
    | \b(nobody|no\ ?one|no\ teacher|no\ steward|none)\b.{{0,40}}
      \b(reads?|sees?|shown|told|see|read|lent|sold|bring|restore|show|find|knows?|access)\b
    | \b(lent|sold|shown|told|sent|given)\ to\ (nobody|no\ ?one)\b
    | \b(nobody|no\ ?one)\ else\b
    | \bnever\ (leaves?|sent|shown|stored|seen|told|shared|shows?|kept|reads?|recorded|gives?)\b
    | \b(is|are|was|were)\ (not|never)\ (stored|sent|shown|told|read|shared|recorded|kept|sold)\b
    | \bdo(es)?\ not\ (see|show|use\ estimates)\b | \bcannot\ see\b
    | \bis\ no\ longer\ (shown|read)\b | \bno\ longer\ counts?\b | \bshown\ without\b
    | \bleaves?\ (your|this|the)\ (browser|computer|device|site|machine)\b
    | \bnowhere\b | \bstays?\ (on|in)\ (this|your|the)\b
    | \b(kept|saved|waits?)\ (in|on)\ this\ (browser|computer|device|tab)\b
    | \boff\ means\b | \bgone\b.{{0,15}}\bwhen\b | \bdeleted\ when\ you\ close\b
    | \bfor\ good\b | \bpermanently\b | \bcannot\ be\ shown\ again\b
    | \bit\b.{{0,20}}\bcannot\ be\ undone\b | \bclass\ summaries\ that\b.{{0,20}}\bwithdrawn\b
    | \bdeletes\b.{{0,40}}\blast\ \d+\ minutes\b
    | \b(after|for|within|in|last)\ (\d+|%\(\w+\)s|ten|thirty|the)
      \ (days|minutes|years|months|hours)\b.{{0,60}}\b(gone|goes|deleted|removed|kept|ends?)\b
    | \b(gone|goes|deleted|removed|kept|destroyed|remains?|answers?|answered)\ .{{0,30}}
      \b(after|for|within|until)\ (\d+|one|ten|the|you)\b
    | \b(kept|stored)\ for\ (a\ day|an\ hour)\b
    | \b(in|for)\ ten\ minutes\b | \bread\ by\ any(one|body)\b
    | \bwithout\ your\ name\b | \bby\ role\b | \blisted\ here\ at\ once\b
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
    """Return the messages of a catalogue that pages use."""
    return [
        entry for entry in catalogue.read_catalogue(LOCALE / f"{name}.po") if not entry.obsolete
    ]


def sentences(text: str) -> list[str]:
    return [part for part in END.split(" ".join(text.replace(CURLY, "'").split())) if part]


def promises_in(text: str, pattern: re.Pattern[str] = ENGLISH) -> list[str]:
    """Return the sentences of a text that promise something."""
    return [sentence for sentence in sentences(text) if pattern.search(sentence)]


def paragraphs(path: Path) -> list[str]:
    return [line for line in path.read_text().split("\n\n") if line and not line.startswith("#")]


# Sentences that match the pattern but promise nothing.
NO_PROMISE: Final = {
    "It does not show that the suggestion helped.",
    "This is the only data steward who can sign in.",
    "You are the only data steward who can sign in.",
    "block that only staff can see",
    "unpublished page or test that learners do not see",
    "answer after the first",
    "You will see which answers were correct after the due date.",
    "You will see which answers were correct after the due date, or when you have no attempts "
    "left.",
    "feedback that the file never shows",
    "Only tests with a grade count, so learners see the total so far.",
    "Read aloud to people who cannot see it.",
    "Enter the answer for the gap.",
    "Continued, with the last 10 minutes deleted",
    "What was typed on this page was not sent and is removed.",
    "This was not sent.",
    "The form was not sent, and it has changed since.",
    "In a graded test with neither a due date nor a number of attempts, the correct answers are "
    "shown after the first attempt.",
    "If it no longer fits by then, it is not shown.",
    "Only learners and teachers can join a course:",
    "People who have joined stay in the course.",
    "Courses stay in the language they were written in.",
    "Delete permanently",
    "Erase permanently",
    "Approve and erase permanently",
    "Will be permanently deleted",
    "What leaves this device",
    "Show what leaves this device",
    "Hide what leaves this device",
    "<b>What is sensed</b>and what leaves your browser",
    "What exactly leaves your browser",
    'What exactly leaves your browser<span class="vh">: %(title)s</span>',
    'What exactly leaves the browser<span class="vh">: %(title)s</span>',
    # About models: people whose data was not used for training.
    "Macro-F1 <strong>%(value)s%%</strong> on people it has never seen.",
    "It was trained on data from people who allowed research, and tested on other people it had "
    "never seen.",
    "On %(n)s person it had never seen, it reached %(value)s out of 100 (macro-F1; likely %(low)s "
    "to %(high)s). 100 would mean never wrong; even trained observers do not agree with each other "
    "that well.",
    "On %(n)s people it had never seen, it reached %(value)s out of 100 (macro-F1; likely %(low)s "
    "to %(high)s). 100 would mean never wrong; even trained observers do not agree with each other "
    "that well.",
}

# Fact in `tests/site/promises/test_promises.py` -> the sentences that state it.
PROMISES: Final = {
    "one person's guesses reach a teacher by their own share alone": {
        "This site's rules never show a teacher estimates about one person.",
        "Never shown to a teacher.",
        "There is nothing to show: a teacher can see only estimates made from things you have also "
        "switched on for the class summary.",
        "If you do nothing, the request expires on %(until)s. %(teacher)s is not told whether you "
        "said no.",
        "%(name)s decides whether you can see them, for 7 days at most, and can end it at any "
        "time.",
        "Only I see it",
        "Only they see it",
    },
    "an invitation tells nobody who has an account": {
        "You do not see whether an address has an account.",
    },
    "a guardian reads no guesses": {
        "Estimates about %(name)s are not shown to you here.",
        "This page does not show what %(name)s does in the course either.",
        "Estimates about %(name)s are not shown to you.",
    },
    "a look leaves a leaf, by role": {
        "Learners can see when a teacher opened their page, by role.",
        "People are named by role, because the audit log stores no more than that.",
        "When a data steward opens your record, or a teacher opens your page in the course or what "
        "you share, it is listed here at once: their role, when, and what they opened.",
    },
    "research works under codes": {
        "viewed a moment of your sensor data and what you did in the course then, without your "
        "name",
        "had an encrypted copy made for a study, without your name",
        "exported a copy from this site for a study, without your name",
        "Moments are shown without a name, time of day or estimate, and only while the person "
        "allows research.",
        "The moment is no longer shown and does not count.",
    },
    "only numbers leave the browser": {
        "Stays on your device",
        "The camera's picture and any sound never leave this browser.",
        "The camera's picture and sound are not in this list, because they never leave your "
        "browser.",
        "These {n} numbers, not your picture or the keys you press, leave this device.",
        "Only these numbers from the sensor leave this device.",
        "What it sensed stays in the page and is deleted when you close it.",
    },
    "the camera's set-up stays in its tab": {
        "The results stay in this tab.",
        "They are deleted when you close the tab or switch the camera off.",
        "Your relaxed face is saved in this tab.",
        "What you do here is not sent.",
    },
    "preferences of a browser are stored in it alone": {
        "Saved in this browser until you sign out, and nowhere else.",
        "Saved in this browser until you sign out.",
    },
    "a list of people that is not imported is deleted after a day": {
        "If you do not import it, the file is deleted after 24 hours.",
    },
    "a search among people is kept for an hour, or until the next one": {
        "A search is kept for one hour, or until your next one.",
    },
    "the last ten minutes are ten": {
        "Request to delete the last 10 minutes; the rest is kept, encrypted with new keys",
        "Permanently deletes from this site what was sensed in the last 10 minutes and the "
        "estimates made from it.",
        "Deletes what was sensed in the last 10 minutes and the estimates made from it.",
        "Class summaries that included it are withdrawn.",
        "It works at once and cannot be undone.",
    },
    "what was taken back can be read by nobody": {
        "Off means gone",
        "No one on this site can read any of it any more, including us.",
        "Everything this site held about one person, and everything made from it, can no longer be "
        "read by anyone.",
        "The data collected under these consents, and what was made from it, can no longer be read "
        "by anyone.",
        "No one can restore them on this site, including us.",
        "No one can restore them, including us.",
        "No one can bring them back, including us.",
        "It cannot be undone, not even by changing back.",
        "Your account, your answers and everything made from them are permanently deleted from "
        "this site.",
        "The account, the answers and everything made from them are erased permanently.",
        "The key to it no longer exists, and the person code was deleted after the certificate was "
        "signed.",
        "To delete it permanently, two data stewards must agree on a legal profile at "
        "/steward/profile/change/, either the one in force or another: one requests it, another "
        "confirms.",
        "It ends permanently on %(day)s.",
    },
    "a pause rests all reading but one's own": {
        "What was sensed stays encrypted, and only you can read it, in a copy of your data.",
        "It works at once, and only you can end it.",
    },
    "a changed text waits fourteen days": {
        "After 14 days without an answer, the data collected under them is deleted.",
        "After 14 days, or if you save without it, the data collected is deleted.",
    },
    "a post that was deleted is emptied after ten minutes": {
        "You can undo that for ten minutes.",
    },
    "a deleted group changes dates and threads, and no enrolment": {
        "They stay in the course, and the dates of the class apply to them again.",
        "If you delete the group, its learners stay in the course, and the dates of the class "
        "apply to them.",
        "Only the teachers can read this thread.",
    },
    "a launch waits ten minutes for a sign-in": {
        "This page works for ten minutes.",
    },
    "captions that an author wrote replace a draft of a program": {
        "The draft was not kept.",
    },
    "an announcement is edited by its author alone": {
        "Only its author can edit an announcement.",
    },
    "a message is for one learner and the teachers, a template for its author": {
        "Only you and the teachers of this course can read it.",
        "Only you and the teachers of that course can read them.",
        "Only you and the teachers of this course can see this.",
        "No one sees who else received it.",
        "Only you can use it.",
    },
    "a pair of classmates does not say who declined": {
        "If one of you says no, we do not show who it was.",
    },
    "mastery beside a skill to help with is one's own": {
        "Only you see “probably mastered”: it is an estimate from your answers.",
    },
    "the page of months is one's own": {"Only you can see this page."},
    "a hidden post is for its author and teachers": {
        "Only teachers and the author can see the text below.",
        "Only you and the teachers can see the text below.",
    },
    "a report does not say who made it": {
        "They do not see who wrote it.",
        "You cannot see who reported them.",
    },
    "a secret is shown once": {
        "A data steward can create a link, but cannot see your old password.",
        "Write them down or print this page: they are shown only once and cannot be shown again.",
        "It is shown only once and cannot be shown again.",
        "It is shown only once, and the claim code is not stored anywhere.",
        "It is not stored anywhere.",
        "A key can send only what you tick, cannot read anything, and expires automatically.",
    },
    "answers to check-ins are read by no teacher": {
        "Teachers do not see your answer.",
        "Teachers do not see your answers.",
        "If you allowed it, your answer is used in research, without your name.",
        "If you allowed it, your answers are used in research, without your name.",
    },
    "how sensing felt is read as counts": {
        "The people who run this site see only how many people gave each answer, and see nothing "
        "where too few people answered.",
        "kept without your name",
    },
    "a no stays between a person and the site": {
        "Saying no is fine, and no one in your class is told.",
    },
    "a Steward answers in thirty days and reads codes": {
        "A data steward answers within 30 days and sees your person code, not your name.",
        "Each is answered within 30 days.",
        "Names are not shown here to anyone.",
        "It gives no one additional access.",
    },
    "a report of a practice test is its learner's": {
        "Only you can open it, and it does not count towards a grade.",
        "Only you can open the report, but teachers read the answers that they mark.",
    },
    "a challenger is seen by nobody": {
        "Its estimates are not shown to anyone.",
        "As a challenger it runs alongside the model in use, and its estimates are not shown to "
        "anyone.",
        "A challenger makes estimates alongside it that are not shown to anyone.",
        "The model is evaluated on people it has never seen, and its estimates are not shown to "
        "anyone before it is promoted.",
        "Rules that use estimates are recorded but never shown.",
    },
    "a study ends with its copies": {
        "The whole snapshot is deleted at once and permanently, together with the weights of "
        "models trained on it.",
        "This study has ended: no more data is collected for it, and nothing leaves the site.",
        "I will use the data collected for this study for its purpose only, store it where no one "
        "else can read it, not try to find out anyone's name, and delete it when the study's data "
        "has to be deleted.",
    },
    "a correction ends a guess": {
        "The estimate no longer counts anywhere.",
        "This estimate no longer counts anywhere.",
        "What was estimated here no longer counts anywhere.",
    },
    "figures for teachers rest on course records": {
        "It does not use estimates.",
        "What a learner felt, or said about themselves, is not read.",
        "Other wrong answers were each given by fewer than %(floor)s people and are not shown.",
        "The data behind the last replay has changed, so its result was not kept.",
        "Stored for a day, or until you save.",
    },
    "the profiles state their own retention": {
        "Everything sensed is deleted after 7 days, except copies that you let a study make.",
        "They are kept for the days given next to each switch and then permanently destroyed.",
        "They are not sold or lent to anyone.",
    },
}
# The same for consent texts; `test_notice_facts.py` checks their figures and streams.
OF_NOTICES: Final = {
    "one person's guesses reach a teacher by their own share alone": {
        "The class summary does not show your name.",
        "It does not show you alone.",
    },
    "figures for teachers rest on course records": {"They do not see who."},
    "research works under codes": {
        "Researchers named in it may export its copies from this site, without your name.",
        "If you allow research, researchers see moments without your name.",
        "They do not see you alone.",
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
