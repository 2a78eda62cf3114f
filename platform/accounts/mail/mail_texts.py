"""The words of each mail: what happened, one thing to press, and what if nothing is done.

No mail names another person, a mark, or anything that was sensed or estimated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail; the gaps are {school}, {login}, {course}, {until}, {at} and {zone}."""

    subject: _StrPromise
    heading: _StrPromise
    says: tuple[_StrPromise, ...]
    button: _StrPromise
    limit: _StrPromise
    otherwise: _StrPromise


LOGIN: Final = _("Your username is {login}.")
UNTIL: Final = _("The link works once, until {until} ({zone}), or until there is a newer one.")
REVIEW: Final = _("Check my sign-ins")
NOT_YOU: Final = _("If that was not you, set a new password now, and tell your school.")
WHO_LOOKED: Final = _("See what was changed")
AFTER_SIGN_IN: Final = _("You see it under My data, Who looked, after you sign in.")
NOT_RIGHT: Final = _("If that is not right, tell your school.")
IT_WAS_YOU: Final = _("If that was you, there is nothing to do.")

LETTERS: Final = {
    "invitation": Letter(
        subject=_("Set up your Attune account"),
        heading=_("Set up your account"),
        says=(
            _("{school} uses Attune for its online courses and has created an account for you."),
            LOGIN,
            _("Choose a password to get started."),
        ),
        button=_("Set up account"),
        limit=UNTIL,
        otherwise=_(
            "Not for you? You can ignore this email. The account stays closed until the link is "
            "used."
        ),
    ),
    "course_invitation": Letter(
        subject=_("Invitation to a course"),
        heading=_("Invitation to a course"),
        says=(
            _("{school} invites you to its online course “{course}”."),
            _(
                "Open the invitation to see what joining means. You can use an account that you "
                "have at {school}, create one where that is possible, or decline."
            ),
        ),
        button=_("Open invitation"),
        limit=UNTIL,
        otherwise=_(
            "Not for you? You can ignore this email. Without an answer your email address is "
            "deleted when the invitation expires."
        ),
    ),
    "reset": Letter(
        subject=_("Reset your password"),
        heading=_("Choose a new password"),
        says=(
            _("Someone asked to reset the password of your account at {school}."),
            LOGIN,
            _("If that was you, choose a new password."),
        ),
        button=_("Choose a new password"),
        limit=UNTIL,
        otherwise=_(
            "Was it not you? You can ignore this email. Your password stays the same. If you sign "
            "in with a code from an app, you still need it."
        ),
    ),
    "link": Letter(
        subject=_("Your sign-in link"),
        heading=_("Choose a password"),
        says=(
            _("{school} sends you a link to choose a new password for your account."),
            LOGIN,
        ),
        button=_("Choose a password"),
        limit=UNTIL,
        otherwise=_(
            "You do not need it? You can ignore this email. Your password stays the same. If you "
            "sign in with a code from an app, you still need it."
        ),
    ),
    "password_changed": Letter(
        subject=_("Your password was changed"),
        heading=_("Your password was changed"),
        says=(
            _("The password of your account at {school} was changed on {at} ({zone})."),
            _("You were signed out on all other devices."),
        ),
        button=REVIEW,
        limit=IT_WAS_YOU,
        otherwise=NOT_YOU,
    ),
    "factor_added": Letter(
        subject=_("Your sign-in now needs a code"),
        heading=_("A second factor was added"),
        says=(
            _("Since {at} ({zone}) your account at {school} needs a code from an app to sign in."),
            _("Keep your recovery codes where you find them without your phone."),
        ),
        button=REVIEW,
        limit=IT_WAS_YOU,
        otherwise=NOT_YOU,
    ),
    "factor_removed": Letter(
        subject=_("Your sign-in no longer needs a code"),
        heading=_("The second factor was removed"),
        says=(
            _("Since {at} ({zone}) your account at {school} needs no code from an app to sign in."),
        ),
        button=REVIEW,
        limit=IT_WAS_YOU,
        otherwise=NOT_YOU,
    ),
    "new_browser": Letter(
        subject=_("New sign-in to your account"),
        heading=_("New sign-in to your account"),
        says=(
            _("On {at} ({zone}) someone signed in to your account at {school}."),
            _("We do not recognise this browser: it is new, or no longer has our cookie."),
        ),
        button=REVIEW,
        limit=IT_WAS_YOU,
        otherwise=NOT_YOU,
    ),
    "due_dates": Letter(
        subject=_("Due this week"),
        heading=_("Due this week"),
        says=(_("This is due in your courses at {school} in the next seven days:"),),
        button=_("Open my courses"),
        limit=_("Times are in the time zone {zone}."),
        otherwise=_("You can switch this weekly email off under Preferences, Due dates."),
    ),
    "guardian_asked": Letter(
        subject=_("Your decision is wanted"),
        heading=_("Your decision is wanted"),
        says=(
            _("Someone in your care at {school} asks for your decision as their guardian."),
            _("Read what it is about, then say yes or no."),
        ),
        button=_("Read and decide"),
        limit=_("The question stays open for 14 days."),
        otherwise=_("You do not want it? Then there is nothing to do: without your yes it is off."),
    ),
    "consent_ends": Letter(
        subject=_("Something you allowed ends soon"),
        heading=_("Something you allowed ends soon"),
        says=(
            _("Something that you allowed at {school} ends within two weeks."),
            _("If it is to go on, read it again and say yes again."),
        ),
        button=_("Read it again"),
        limit=_("On that page you can also end it at any time."),
        otherwise=_(
            "If you do nothing, it ends by itself, and what was recorded because of it is deleted."
        ),
    ),
    "request_due": Letter(
        subject=_("A request needs an answer soon"),
        heading=_("A request needs an answer soon"),
        says=(
            _("A request about personal data at {school} must be answered within seven days."),
            _("The law sets this time limit."),
        ),
        button=_("Open the requests"),
        limit=_("The most urgent one comes first."),
        otherwise=_("If another steward answers it meanwhile, there is nothing to do."),
    ),
    "request_answered": Letter(
        subject=_("Your request was answered"),
        heading=_("Your request was answered"),
        says=(_("On {at} ({zone}) your request about your data at {school} was answered."),),
        button=_("Read the answer"),
        limit=_("You read it under My data, after you sign in."),
        otherwise=_("If you asked for nothing, tell your school."),
    ),
    "guardian_added": Letter(
        subject=_("A guardian was added for you"),
        heading=_("A guardian was added for you"),
        says=(
            _("On {at} ({zone}) a guardian was recorded for you at {school}."),
            _("Some things you now decide together."),
        ),
        button=WHO_LOOKED,
        limit=AFTER_SIGN_IN,
        otherwise=NOT_RIGHT,
    ),
    "guardian_ended": Letter(
        subject=_("A guardian was removed"),
        heading=_("A guardian was removed"),
        says=(
            _("On {at} ({zone}) a guardianship that was recorded for you at {school} ended."),
            _("From your 18th birthday you decide alone."),
        ),
        button=WHO_LOOKED,
        limit=AFTER_SIGN_IN,
        otherwise=NOT_RIGHT,
    ),
    "ward_added": Letter(
        subject=_("You were recorded as a guardian"),
        heading=_("You were recorded as a guardian"),
        says=(
            _("On {at} ({zone}) you were recorded at {school} as the guardian of a person."),
            _("On the page Consents you see who it is and what you decide about."),
        ),
        button=WHO_LOOKED,
        limit=AFTER_SIGN_IN,
        otherwise=NOT_RIGHT,
    ),
    "ward_ended": Letter(
        subject=_("A guardianship of yours ended"),
        heading=_("A guardianship of yours ended"),
        says=(
            _("On {at} ({zone}) you ceased to be recorded at {school} as a person's guardian."),
            _("You are not asked about that person any more."),
        ),
        button=WHO_LOOKED,
        limit=AFTER_SIGN_IN,
        otherwise=NOT_RIGHT,
    ),
    "sso_connected": Letter(
        subject=_("New way to sign in"),
        heading=_("Single sign-on was connected"),
        says=(
            _("Since {at} ({zone}) your account at {school} also opens with an account elsewhere."),
            _("You see which one under Log-in and security, and can disconnect it there."),
        ),
        button=REVIEW,
        limit=IT_WAS_YOU,
        otherwise=NOT_YOU,
    ),
}
