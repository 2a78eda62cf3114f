"""Importing lists of people as a Steward does: from a file to a preview, to people, and back."""

from __future__ import annotations

import html
import re
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from stewardship.people.importing import working

PAGE = "/steward/people/import/"
FILE = """\
student_no;first name;surname;mail;born;role;house
20417;Lena;Fischer;lena@school.example;14.03.2011;student;Red
20418;Ben;Carter;ben@school.example;31.02.2011;student;Red
20419;Kim;Tran;kim@school.example;01.02.1990;teacher, author;Blue
"""
WITH_GUARDIAN = """\
number;name;email;guardian email
1;Ada;a@school.example;g@home.example
2;Bo;b@school.example;g@home.example
"""


def text_of(response) -> str:
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
