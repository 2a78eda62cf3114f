"""The function that checks, by kind of mail, whether the reason of a mail still holds.

It is called when the mail is sent, with the person and `now`. It returns the lines that the mail
lists, or None for no mail.
"""

from __future__ import annotations

from typing import Final

MAIL_REASONS: Final = {
    "due_dates": "courses.weekly_mail.find_reason",
    "announcement": "discussion.announcements.announcement_mails.find_reason",
    "message": "messaging.message_mails.find_reason",
    "week_summary": "teaching.weekly.summary_mails.find_reason",
    "guardian_asked": "consent.mails.find_question",
    "consent_ends": "consent.mails.find_end",
    "guardian_added": "accounts.administration.guardianship_mails.find_guardian",
    "ward_added": "accounts.administration.guardianship_mails.find_ward",
    "request_due": "privacy.subject_requests.request_mails.find_open",
    "request_answered": "privacy.subject_requests.request_mails.find_answer",
}
