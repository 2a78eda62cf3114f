"""The text of each mail: what happened, one button, and what happens if the reader does nothing.

No mail names another person, a grade, or anything that was sensed or estimated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class MailText:
    """The text of one mail; placeholders: {school}, {login}, {course}, {until}, {at}, {zone}."""

    subject: _StrPromise
    heading: _StrPromise
    says: tuple[_StrPromise, ...]
    button: _StrPromise
    limit: _StrPromise
    otherwise: _StrPromise


LOGIN: Final = _("Your username is {login}.")
UNTIL: Final = _("The link works once, until {until} ({zone}) or until a newer link replaces it.")
REVIEW: Final = _("Check my sign-ins")
NOT_YOU: Final = _("If it was not you, choose a new password now and tell your school.")
WHO_LOOKED: Final = _("See what changed")
AFTER_SIGN_IN: Final = _("After you sign in, you can see it under My data, “Who viewed my data”.")
NOT_RIGHT: Final = _("If that is not right, tell your school.")
IT_WAS_YOU: Final = _("If it was you, you do not need to do anything.")

MAIL_TEXTS: Final = {
    "invitation": MailText(
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
            "Not for you? You can ignore this email. The account stays closed until someone "
            "uses the link."
        ),
    ),
    "course_invitation": MailText(
        subject=_("Invitation to a course"),
        heading=_("Invitation to a course"),
        says=(
            _("{school} invites you to its online course “{course}”."),
            _(
                "Open the invitation to see what joining means. You can use an account that you "
                "already have at {school}, create one where that is possible, or decline."
            ),
        ),
        button=_("Open invitation"),
        limit=UNTIL,
        otherwise=_(
            "Not for you? You can ignore this email. If you do not answer, your email address "
            "is deleted when the invitation expires."
        ),
    ),
    "reset": MailText(
        subject=_("Reset your password"),
        heading=_("Choose a new password"),
        says=(
            _("Someone asked to reset the password of your account at {school}."),
            LOGIN,
            _("If it was you, choose a new password."),
        ),
        button=_("Choose a new password"),
        limit=UNTIL,
        otherwise=_(
            "If it was not you, you can ignore this email. Your password stays the same. If "
            "you use two-step verification, you will still need a code from your "
            "authenticator app to sign in."
        ),
    ),
    "link": MailText(
        subject=_("Your sign-in link"),
        heading=_("Choose a password"),
        says=(
            _("{school} has sent you a link to choose a new password for your account."),
            LOGIN,
        ),
        button=_("Choose a password"),
        limit=UNTIL,
        otherwise=_(
            "If you do not need this link, you can ignore this email. Your password stays the "
            "same. If you use two-step verification, you will still need a code from your "
            "authenticator app to sign in."
        ),
    ),
    "password_changed": MailText(
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
    "factor_added": MailText(
        subject=_("Two-step verification was turned on"),
        heading=_("Two-step verification was turned on"),
        says=(
            _(
                "Two-step verification was turned on for your account at {school} on {at} "
                "({zone}). You now need a code from your authenticator app to sign in."
            ),
            _("Keep your recovery codes somewhere you can find them without your phone."),
        ),
        button=REVIEW,
        limit=IT_WAS_YOU,
        otherwise=NOT_YOU,
    ),
    "factor_removed": MailText(
        subject=_("Two-step verification was turned off"),
        heading=_("Two-step verification was turned off"),
        says=(
            _(
                "Two-step verification was turned off for your account at {school} on {at} "
                "({zone}). You no longer need a code from an authenticator app to sign in."
            ),
        ),
        button=REVIEW,
        limit=IT_WAS_YOU,
        otherwise=NOT_YOU,
    ),
    "new_browser": MailText(
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
    "due_dates": MailText(
        subject=_("Due this week"),
        heading=_("Due this week"),
        says=(_("This is due in your courses at {school} in the next seven days:"),),
        button=_("Open my courses"),
        limit=_("All times are in the time zone {zone}."),
        otherwise=_("You can turn off this weekly email under Preferences, Due dates."),
    ),
    "announcement": MailText(
        subject=_("New announcement"),
        heading=_("New announcement"),
        says=(_("There is a new announcement in these courses at {school}:"),),
        button=_("Open my courses"),
        limit=_("You can read it there after you sign in."),
        otherwise=_("You can turn off these emails under Preferences, Due dates."),
    ),
    "message": MailText(
        subject=_("New message from your teacher"),
        heading=_("New message from your teacher"),
        says=(_("You have a message from your teacher in these courses at {school}:"),),
        button=_("Read the message"),
        limit=_("You can read it there after you sign in."),
        otherwise=_("You can turn off these emails under Preferences, Messages from teachers."),
    ),
    "week_summary": MailText(
        subject=_("Your weekly summary"),
        heading=_("Some parts are harder than usual"),
        says=(
            _(
                "In these courses at {school}, learners opened lessons last week of which some "
                "parts are harder than usual:"
            ),
        ),
        button=_("Open the summary"),
        limit=_("You can read it there after you sign in."),
        otherwise=_("You can turn off these emails at the end of the summary."),
    ),
    "guardian_asked": MailText(
        subject=_("Your decision is needed"),
        heading=_("Your decision is needed"),
        says=(
            _(
                "Someone in your care at {school} has asked for your decision as their parent or "
                "guardian."
            ),
            _("Read what it is about, then say yes or no."),
        ),
        button=_("Read and decide"),
        limit=_("The request stays open for 14 days."),
        otherwise=_(
            "If you do not want it, you do not need to do anything. Without your consent it is off."
        ),
    ),
    "consent_ends": MailText(
        subject=_("Something you allowed expires soon"),
        heading=_("Something you allowed expires soon"),
        says=(
            _("Something you allowed at {school} expires within two weeks."),
            _("To keep it on, read the text again and agree again."),
        ),
        button=_("Read it again"),
        limit=_("You can also switch it off on that page at any time."),
        otherwise=_(
            "If you do nothing, it expires and switches off, and the data collected because "
            "of it is deleted."
        ),
    ),
    "request_due": MailText(
        subject=_("A request needs an answer soon"),
        heading=_("A request needs an answer soon"),
        says=(
            _("A request about personal data at {school} must be answered within seven days."),
            _("The law sets this time limit."),
        ),
        button=_("Open the requests"),
        limit=_("The most urgent request is listed first."),
        otherwise=_(
            "If another data steward answers it in the meantime, you do not need to do anything."
        ),
    ),
    "request_answered": MailText(
        subject=_("Your request was answered"),
        heading=_("Your request was answered"),
        says=(_("On {at} ({zone}), your request about your data at {school} was answered."),),
        button=_("Read the answer"),
        limit=_("You can read it under My data after you sign in."),
        otherwise=_("If you did not make a request, tell your school."),
    ),
    "guardian_added": MailText(
        subject=_("A guardian was added for you"),
        heading=_("A guardian was added for you"),
        says=(
            _("On {at} ({zone}), a parent or guardian was added to your account at {school}."),
            _("You now decide some things together."),
        ),
        button=WHO_LOOKED,
        limit=AFTER_SIGN_IN,
        otherwise=NOT_RIGHT,
    ),
    "guardian_ended": MailText(
        subject=_("A guardian was removed"),
        heading=_("A guardian was removed"),
        says=(
            _("On {at} ({zone}), a parent or guardian was removed from your account at {school}."),
            _("From your 18th birthday, you decide on your own."),
        ),
        button=WHO_LOOKED,
        limit=AFTER_SIGN_IN,
        otherwise=NOT_RIGHT,
    ),
    "ward_added": MailText(
        subject=_("You were added as a guardian"),
        heading=_("You were added as a guardian"),
        says=(
            _("On {at} ({zone}), you were added at {school} as the guardian of a person."),
            _("The Consent page shows who it is and what you decide about."),
        ),
        button=WHO_LOOKED,
        limit=AFTER_SIGN_IN,
        otherwise=NOT_RIGHT,
    ),
    "ward_ended": MailText(
        subject=_("One of your guardianships ended"),
        heading=_("One of your guardianships ended"),
        says=(
            _("On {at} ({zone}), you were removed at {school} as the guardian of a person."),
            _("You will no longer be asked about that person."),
        ),
        button=WHO_LOOKED,
        limit=AFTER_SIGN_IN,
        otherwise=NOT_RIGHT,
    ),
    "sso_connected": MailText(
        subject=_("New way to sign in"),
        heading=_("Single sign-on was connected"),
        says=(
            _(
                "Since {at} ({zone}), you can also sign in to your account at {school} with an "
                "account from another service."
            ),
            _("Under “Sign-in and security”, you can see which account it is and disconnect it."),
        ),
        button=REVIEW,
        limit=IT_WAS_YOU,
        otherwise=NOT_YOU,
    ),
    "lti_linked": MailText(
        subject=_("New way to sign in"),
        heading=_("A learning platform was linked"),
        says=(
            _(
                "Since {at} ({zone}), links in your course on a learning platform open your "
                "account at {school}."
            ),
            _("Under “Sign-in and security”, you can see which platform it is and remove it."),
        ),
        button=REVIEW,
        limit=IT_WAS_YOU,
        otherwise=NOT_YOU,
    ),
}
