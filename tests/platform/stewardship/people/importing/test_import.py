"""`/steward/people/import/`: from a file to a preview, to people, and back."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.identity import load_identity
from accounts.models import User
from accounts.people import by_login
from stewardship.people.importing import working
from stewardship.people.importing.model import ImportRow

pytestmark = pytest.mark.django_db
PAGE = "/steward/people/import/"
FILE = """\
student_no;first name;surname;mail;born;role;house
20417;Lena;Fischer;lena@school.example;14.03.2011;student;Red
20418;Ben;Carter;ben@school.example;31.02.2011;student;Red
20419;Kim;Tran;kim@school.example;01.02.1990;teacher, author;Blue
"""


@pytest.fixture
def client(client_for, amir):
    return client_for(amir)


def text_of(response):
    words = re.sub(r"<[^>]+>", " ", response.content.decode())
    return html.unescape(re.sub(r"\s+", " ", words))


def upload(client, text=FILE, **typed):
    sent = text if isinstance(text, bytes) else text.encode()
    data = {"file": SimpleUploadedFile("students.csv", sent), "band": "teen", "role": "learner"}
    return client.post(PAGE, data | typed)


def work(minutes=0):
    later = timezone.now() + timedelta(minutes=minutes)
    return working.work_off(now=lambda: later)


def preview(client, text=FILE, **typed):
    """Upload and read a file; return the address of its page."""
    address = upload(client, text, **typed)["Location"]
    work()
    return address


def press(client, address, act, **typed):
    answer = client.post(address, {"act": act, **typed})
    assert answer.status_code == 302, text_of(answer)
    work()


def bring_in(client, text=FILE, **typed):
    """Upload, check and import a file."""
    address = preview(client, text, **typed)
    press(client, address, "start")
    return address


def kinds():
    return dict(ImportRow.objects.order_by("number").values_list("number", "kind"))


def test_a_file_becomes_a_preview_and_then_people(client, amir):
    address = preview(client)

    shown = text_of(client.get(address))
    assert "31.02.2011” does not exist" in shown
    assert "Import 2 people" in shown
    assert "Columns that are not imported: house" in shown
    assert User.objects.count() == 1
    assert kinds() == {2: "new", 3: "error", 4: "new"}

    press(client, address, "start")

    lena = load_identity(by_login("lena@school.example"))
    assert (lena.name, lena.number, str(lena.born)) == ("Lena Fischer", "20417", "2011-03-14")
    assert sorted(by_login("kim@school.example").roles) == ["author", "teacher"]
    assert by_login("lena@school.example").age_band == "teen"
    assert "2 people were added" in text_of(client.get(address))
