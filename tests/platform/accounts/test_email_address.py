"""One definition of an e-mail address for invitations, imports, Stewards and visitors."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.email_address import is_email
from learner.enrolment.join_forms import JoinByEmailForm
from stewardship.people.forms import PersonForm
from stewardship.people.imports.files.row_parser import RowReader
from teaching.enrolment.forms import EmailsForm

TODAY = date(2026, 11, 27)
# Letters that fold to ASCII ones: a long s, the Kelvin sign, a full-width a.
PARTS = st.text(st.sampled_from("ab9.-+_@\u017f\u212a\uff41ß\u0130é"), max_size=20)
NEARLY = st.builds("{}@{}.{}".format, PARTS, PARTS, st.sampled_from(["example", "de", "x", ""]))


def takes(field, text):
    try:
        field.clean(text)
    except ValidationError:
        return False
    return True


def answers(text):
    """Return what each place that accepts an address says of this one."""
    row = RowReader(["email", "guardian"], "", TODAY).read(2, [text, text])
    person = PersonForm({"email": text}, today=TODAY)
    visitor = JoinByEmailForm.base_fields["email"]
    return {
        "imports": row.problem is None,
        "invitations": EmailsForm({"typed": text}).is_valid(),
        "stewards": "email" not in person.errors,
        "visitors": takes(visitor, text),
    }


@given(NEARLY | PARTS.filter(bool))
@example("lena@school.example")
@example("lena@m\u00fcller.example")
@example("\uff4cena@school.example")
@example("lena@\uff53chool.example")
@example("len\u017f@school.example")
@example("a" * 64 + "@" + "b" * 63 + "." + "c" * 63 + "." + "d" * 63 + ".example")
def test_all_accept_and_refuse_the_same(text):
    assert set(answers(text).values()) == {is_email(text)}


@pytest.mark.parametrize("text", ["lena@school.example", "a+b@x.de", "lena@xn--mller-kva.example"])
def test_an_address_is_one(text):
    assert is_email(text)


@pytest.mark.parametrize(
    "text", ["", "lena", "lena@school", "lena@m\u00fcller.example", "l@x.de, m@x.de", "a" * 260]
)
def test_invalid_and_folding_addresses_are_refused(text):
    assert not is_email(text)
