"""The closed vocabulary of the audit: what may be done that leaves a leaf, and what it may say.

Add a verb here, then regenerate the constraint by a migration of `audit`.
"""

from __future__ import annotations

from typing import Final

VERBS: Final = (
    "person.create",
    "person.sign_in",
    "person.sign_in_failed",
    "person.sign_out",
    "person.password",
    "person.factor_add",
    "person.factor_remove",
    "person.factor_codes",
    "person.factor_failed",
    "person.roles",
    "person.token_make",
    "person.token_end",
    "person.guard",
    "person.unguard",
    "notice.publish",
    "consent.grant",
    "consent.assent",
    "consent.guardian_grant",
    "consent.withdraw",
    "consent.guardian_withdraw",
    "consent.expire",
    "consent.stale",
    "consent.forbid",
    "consent.forget_last",
    "erasure.ask",
    "erasure.step",
    "erasure.done",
    "retention.expire",
    "retention.hold",
    "retention.review",
    "export.make",
    "export.read",
    "request.ask",
    "request.answer",
    "restriction.set",
    "restriction.lift",
    "estimate.dispute",
    "steward.view",
    "teacher.view",
    "share.ask",
    "share.open",
    "share.close",
    "device.token_make",
    "device.token_end",
    "course.import",
    "course.export",
    "course.edit",
    "enrolment.change",
    "post.moderate",
    "grade.override",
    "test.extra",
    "test.reset",
    "rule.change",
    "predictor.promote",
    "predictor.rollback",
    "label.task",
    "label.view",
    "snapshot.make",
    "profile.change",
    "keys.rewrap",
    "demo.seed",
)

# name=value pairs, one blank between; a value is codes, counts, times or identities, no sentence.
PUBLIC_NAME: Final = r"[a-z][a-z_]{0,62}"
PUBLIC_VALUE: Final = r"[a-z0-9_.:,+-]{0,255}"
PUBLIC_FORM: Final = rf"^({PUBLIC_NAME}={PUBLIC_VALUE}( {PUBLIC_NAME}={PUBLIC_VALUE})*)?$"
