"""A Steward corrects rows of a preview on the page, or leaves them out."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.people import find_by_login
from audit.models import Leaf
from privacy.erasure import erasure
from stewardship.people.imports.encryption import seal_row, unseal_row
from stewardship.people.imports.models import NAMED_GUARDIAN, ImportRow, ImportRun
from stewardship.people.imports.preview import corrections, dependent_rows
from stewardship.people.imports.requests import CannotImport
from tests.fixtures.accounts.people_imports import import_file, press, preview, text_of, work
from vault.keystore import ALL, open_keystore

pytestmark = pytest.mark.django_db
TWICE = """\
number;name;email
1;Ada;a@school.example
1;Bo;b@school.example
2;Cy;broken
"""


@pytest.fixture
def client(client_for, amir):
    return client_for(amir)


def row_of(address, number):
    return f"{address}rows/{number}/"


def seen_in(page):
    return re.search(r'name="seen" value="([0-9a-f]{64})"', page.content.decode())[1]


def save(client, address, place, /, seen="", **cells):
    """Save a row as its page shows it, with some cells changed."""
    page = client.get(row_of(address, place))
    shown = re.findall(r'<input type="text" name="(\w+)" value="([^"]*)"', page.content.decode())
    typed = {**dict(shown), "seen": seen or seen_in(page), **cells}
    return client.post(row_of(address, place), {"act": "save", **typed})


def leave(client, address, number):
    seen = seen_in(client.get(row_of(address, number)))
    return client.post(row_of(address, number), {"act": "leave", "seen": seen})


def make_erasing(row):
    """Make a row as the import leaves it for a person who is being erased."""
    row.kind = "error"
    row.sealed = seal_row(row, {"problem": {"key": "erasing", "args": {}}}, now=timezone.now())
    row.save()


def kinds():
    rows = ImportRow.objects.exclude(turn=NAMED_GUARDIAN).order_by("number")
    return dict(rows.values_list("number", "kind"))


def test_a_row_is_corrected_on_the_page_and_imported(client):
    address = preview(client)
    assert row_of(address, 3) in client.get(address).content.decode()

    answer = save(client, address, 3, born="28.02.2011")

    assert answer.status_code == 302
    assert answer["Location"] == f"{address}?corrected=3"
    assert kinds() == {2: "new", 3: "new", 4: "new"}
    shown = text_of(client.get(answer["Location"]))
    assert "Row 3 no longer has an error." in shown
    assert "Import 3 people" in shown
    press(client, address, "start")
    assert find_by_login("ben@school.example").age_band == "teen"


def test_a_row_that_is_still_wrong_comes_back_with_its_error_at_the_field(client):
    address = preview(client)
    page = client.get(row_of(address, 3)).content.decode()
    born = re.search(r"<input[^>]*name=\"born\"[^>]*>", page)[0]
    assert 'aria-invalid="true"' in born
    assert 'aria-describedby="id_born_error"' in born
    assert re.search(r'id="id_born_error">[^<]*does not exist', page)
    assert 'for="id_born">born</label>' in page

    answer = save(client, address, 3, born="30.02.2011")

    assert answer["Location"] == row_of(address, 3) + "?saved=yes"
    assert "“30.02.2011” does not exist" in text_of(client.get(answer["Location"]))
    assert ImportRun.objects.get().tally["error"] == 1


def test_a_save_that_is_still_wrong_says_so_and_begins_at_the_field(client):
    address = preview(client)
    first = client.get(row_of(address, 3)).content.decode()
    assert "autofocus" not in first
    assert 'role="alert"' not in first

    answer = save(client, address, 3, born="30.02.2011")

    page = client.get(answer["Location"]).content.decode()
    assert re.search(r'role="alert">.*?“30.02.2011” does not exist', page)
    assert re.findall(r'name="(\w+)"[^>]* autofocus', page) == ["born"]
    assert "autofocus" not in client.get(row_of(address, 2) + "?saved=yes").content.decode()
    assert 'role="alert"' not in client.get(row_of(address, 2) + "?saved=yes").content.decode()


def test_an_error_without_a_field_is_shown_once_after_a_save(client):
    address = preview(client, "number;email\n1;a@school.example\n")
    answer = save(client, address, 2, email="b@school.example")
    page = client.get(answer["Location"]).content.decode()
    assert page.count('role="alert"') == 1


def test_correcting_one_row_also_clears_the_error_of_its_duplicate(client):
    address = preview(client, TWICE)
    assert kinds() == {2: "error", 3: "error", 4: "error"}

    answer = save(client, address, 3, number="3")

    assert kinds() == {2: "new", 3: "new", 4: "error"}
    assert ImportRun.objects.get().tally == {"new": 2, "role:learner": 2, "error": 1}
    assert answer["Location"] == f"{address}?corrected=3&tab=error&page=1#row-4"
    assert 'id="row-4"' in client.get(answer["Location"]).content.decode()


def test_the_next_error_may_be_that_of_a_person_who_is_being_erased(client):
    address = preview(client, TWICE)
    make_erasing(ImportRow.objects.get(number=4))
    answer = save(client, address, 3, number="3")
    assert answer["Location"].endswith("#row-4")
    page = client.get(answer["Location"]).content.decode()
    assert page.count('id="row-4"') == 1
    assert row_of(address, 4) not in page


def test_cancel_leads_back_to_the_tab_of_the_row(client):
    address = preview(client, TWICE)
    leave(client, address, 3)
    for number, tab in ((2, "new"), (3, "note"), (4, "error")):
        page = client.get(row_of(address, number)).content.decode()
        assert f'href="{address}?tab={tab}">Cancel</a>' in page


def test_a_row_that_is_left_out_is_not_imported_and_clears_its_duplicate(client):
    address = preview(client, TWICE)

    answer = leave(client, address, 3)

    assert answer["Location"] == f"{address}?left=3&tab=error&page=1#row-4"
    assert kinds() == {2: "new", 3: "left", 4: "error"}
    notes = text_of(client.get(f"{address}?tab=note"))
    assert "A data steward left this row out." in notes
    press(client, address, "start")
    assert find_by_login("a@school.example")
    assert find_by_login("b@school.example") is None


def test_an_address_alone_does_not_report_a_row_as_corrected(client):
    address = preview(client, TWICE)
    leave(client, address, 3)

    assert "Row 2 no longer has an error." in text_of(client.get(f"{address}?corrected=2"))
    assert "Row 3 is left out." in text_of(client.get(f"{address}?left=3"))
    for asked in ("corrected=3", "corrected=4", "corrected=9", "left=2", "left=4", "left=9"):
        shown = text_of(client.get(f"{address}?{asked}"))
        assert "no longer has an error" not in shown
        assert "is left out. It is listed" not in shown
    refused = client.post(f"{address}?corrected=2", {"act": "order"})
    assert refused.status_code == 422
    assert "no longer has an error" not in text_of(refused)


def test_a_row_that_was_left_out_can_be_included_again(client):
    address = preview(client, TWICE)
    leave(client, address, 3)
    before = ImportRun.objects.get().tally
    assert before == {"new": 1, "role:learner": 1, "error": 1, "left": 1, "note": 1}

    save(client, address, 3, number="3")

    assert kinds() == {2: "new", 3: "new", 4: "error"}
    assert ImportRun.objects.get().tally == {"new": 2, "role:learner": 2, "error": 1}


def test_a_row_that_was_left_out_stays_so_when_the_file_is_read_again(client):
    text = "number;name;email;born\n1;Ada;a@school.example;03/04/2011\n1;Bo;b@school.example;\n"
    address = preview(client, text)
    leave(client, address, 3)

    press(client, address, "order", order="dmy")

    assert kinds() == {2: "new", 3: "left"}
    run = ImportRun.objects.get()
    assert (run.tally["left"], run.tally["note"], run.done, run.total) == (1, 1, 2, 2)


def test_a_guardian_whom_a_corrected_row_names_is_added_once(client):
    text = "number;name;email;guardian email\n1;Ada;a@school.example;g@home.example\n"
    address = preview(client, text + "2;Bo;b@school.example;wrong\n")

    save(client, address, 3, guardian="g@home.example")
    leave(client, address, 2)

    named = ImportRow.objects.filter(turn=NAMED_GUARDIAN)
    assert [row.number for row in named] == [3]


def test_a_date_that_decides_the_order_of_all_lets_the_worker_read_the_list_again(client):
    text = "number;name;email;born\n1;Ada;a@school.example;03/04/2011\n"
    text += "2;Bo;b@school.example;31/12/2011\n3;Cy;c@school.example;12/31/2011\n"
    address = preview(client, text)
    assert kinds()[2] == "error"

    answer = save(client, address, 4, born="2011-12-31")

    assert answer["Location"] == address
    assert "Reading the file" in text_of(client.get(address))
    refused = client.get(row_of(address, 2))
    assert refused.status_code == 422
    assert "The rows are being checked." in text_of(refused)
    work()
    assert kinds() == {2: "new", 3: "new", 4: "new"}
    assert ImportRun.objects.get().asks_order is False


def test_a_row_with_very_many_dependents_lets_the_worker_read_the_list_again(client, monkeypatch):
    monkeypatch.setattr(dependent_rows, "MOST_ROWS", 1)
    address = preview(client, TWICE)
    answer = save(client, address, 3, number="3")
    assert answer["Location"] == address
    work()
    assert kinds() == {2: "new", 3: "new", 4: "error"}


def test_nothing_is_corrected_once_the_import_has_begun(client):
    address = preview(client)
    seen = seen_in(client.get(row_of(address, 3)))
    assert client.post(address, {"act": "start"}).status_code == 302

    for act in ("save", "leave"):
        sent = {"act": act, "seen": seen, "number": "1", "born": "28.02.2011"}
        refused = client.post(row_of(address, 3), sent)
        assert refused.status_code == 422
        assert "The import has started. Its rows can no longer be corrected." in text_of(refused)
    assert kinds()[3] == "error"
    work()
    assert "can no longer be corrected" in text_of(client.get(row_of(address, 3)))


def test_an_import_page_that_refuses_a_correction_can_stop_the_import(client):
    address = preview(client)
    client.post(address, {"act": "start"})
    refused = client.get(row_of(address, 3))
    assert refused.status_code == 422
    page = refused.content.decode()
    assert 'form="act" name="act" value="stop"' in page
    form = re.search(r'<form id="act" method="post" action="([^"]+)">', page)[1]

    press(client, form, "stop")

    run = ImportRun.objects.get()
    assert (run.state, run.stopped) == ("done", "steward")


def test_a_preview_that_refuses_a_correction_links_to_its_own_address(client):
    text = "number;name;email;born\n1;Ada;a@school.example;03/04/2011\n"
    address = preview(client, text)
    make_erasing(ImportRow.objects.get(number=2))
    refused = client.get(row_of(address, 2))
    assert refused.status_code == 422
    page = refused.content.decode().partition("<main")[2].partition("</main>")[0]
    assert set(re.findall(r'<form[^>]*method="post"[^>]*action="([^"]*)"', page)) == {address}
    assert page.count("<form") == page.count(f'action="{address}"') == 2
    assert f'href="{address}?tab=note"' in page
    assert 'href="?' not in page


def test_the_action_itself_refuses_an_expired_preview(client, amir):
    address = preview(client)
    run = ImportRun.objects.get()
    asked = {"seen": seen_in(client.get(row_of(address, 3))), "by": amir}
    with pytest.raises(CannotImport, match=str(corrections.CLOSED)):
        corrections.leave_out(run.id, 3, **asked, now=run.ends_at)
    corrections.leave_out(run.id, 3, **asked, now=run.ends_at - timedelta(seconds=1))
    assert kinds()[3] == "left"


def test_the_action_itself_refuses_once_the_import_has_begun(client, amir):
    address = preview(client)
    asked = {"seen": seen_in(client.get(row_of(address, 3))), "by": amir, "now": timezone.now()}
    client.post(address, {"act": "start"})
    run = ImportRun.objects.get()
    assert run.state == "importing"
    with pytest.raises(CannotImport, match=str(corrections.BEGUN)):
        corrections.correct(run.id, 3, {"born": "28.02.2011"}, **asked)
    assert kinds()[3] == "error"


KNOWN = "number;name;email\n1;Ada;ada@school.example\n"
WRONG = "number;name;email;born\n1;Ada;ada@school.example;31.02.2011\n"


def preview_of_ada(client):
    """Return a preview with an error in the row of a known person."""
    import_file(client, KNOWN)
    address = preview(client, WRONG)
    row = ImportRow.objects.get(run__state="ready")
    assert (row.kind, row.person) == ("error", find_by_login("ada@school.example"))
    return address, row


def before_the_row_is_locked(monkeypatch, act):
    """Call `act` after a row was read, and before it is locked to be changed."""
    lock = corrections.lock_people

    def lock_late(ids):
        act()
        lock(ids)

    monkeypatch.setattr(corrections, "lock_people", lock_late)


@pytest.mark.parametrize("act", ["save", "leave"])
def test_a_row_deleted_by_a_concurrent_erasure_is_refused(client, monkeypatch, act):
    address, row = preview_of_ada(client)
    sent = {"act": act, "seen": seen_in(client.get(row_of(address, 2))), "number": "1"}
    before_the_row_is_locked(monkeypatch, ImportRow.objects.filter(pk=row.pk).delete)

    refused = client.post(row_of(address, 2), sent)

    assert refused.status_code == 422
    assert "This person is being erased." in text_of(refused)


@pytest.mark.parametrize("has_keys", [True, False])
@pytest.mark.parametrize("act", ["save", "leave"])
def test_a_row_of_a_person_whose_erasure_just_began_is_not_sealed_again(
    client, monkeypatch, act, has_keys
):
    address, row = preview_of_ada(client)
    sent = {"act": act, "seen": seen_in(client.get(row_of(address, 2))), "number": "1"}

    def begin():
        code = row.person.code
        erasure.begin(code, actor=None, cause="request", now=timezone.now())
        if not has_keys:
            open_keystore().destroy(code, ALL)

    before_the_row_is_locked(monkeypatch, begin)

    refused = client.post(row_of(address, 2), sent)

    assert refused.status_code == 422
    assert "This person is being erased." in text_of(refused)
    assert bool(open_keystore().key_ids(row.person.code)) is has_keys
    assert bytes(ImportRow.objects.get(pk=row.pk).sealed) == bytes(row.sealed)


def test_a_row_is_refused_if_keys_of_a_dependent_row_were_just_destroyed(client, monkeypatch):
    import_file(client, "number;name;email;role\n1;Ada;ada@school.example;guardian\n")
    text = "number;name;email;guardian email\n1;Ada;ada@school.example;\n"
    address = preview(client, text + "2;Bo;broken;ada@school.example\n")
    load = corrections.load_dependent

    def load_and_destroy(*asked):
        cells = load(*asked)
        assert sorted(cells) == [2, 3]
        open_keystore().destroy(find_by_login("ada@school.example").code, ALL)
        return cells

    monkeypatch.setattr(corrections, "load_dependent", load_and_destroy)

    refused = save(client, address, 3, email="bo@school.example")

    assert refused.status_code == 422
    assert "This row was changed in the meantime." in text_of(refused)
    assert 'value="broken"' in refused.content.decode()


def test_the_second_of_two_saves_is_refused_and_shows_the_row_as_it_is_now(client):
    address = preview(client)
    old = seen_in(client.get(row_of(address, 3)))
    save(client, address, 3, born="30.02.2011")

    refused = save(client, address, 3, seen=old, born="28.02.2011")

    assert refused.status_code == 422
    assert "This row was changed in the meantime. It now reads as below." in text_of(refused)
    assert 'value="30.02.2011"' in refused.content.decode()
    assert kinds()[3] == "error"
    left = client.post(row_of(address, 3), {"act": "leave", "seen": old})
    assert left.status_code == 422
    assert kinds()[3] == "error"


def test_a_correction_leaves_one_leaf_without_a_cell(client):
    address = preview(client)
    before = set(Leaf.objects.values_list("pk", flat=True))
    save(client, address, 3, born="28.02.2011")
    (leaf,) = Leaf.objects.exclude(pk__in=before)
    run = ImportRun.objects.get()
    public = f"act=correct rows=1 run={run.id}"
    assert (leaf.verb, leaf.public) == ("people.import", public)


@pytest.mark.parametrize("cells", [{"name": "", "email": "", "number": ""}, {"name": "x" * 5001}])
def test_a_row_that_an_upload_would_refuse_is_refused(client, cells):
    address = preview(client, TWICE)
    answer = save(client, address, 4, **cells)
    assert answer.status_code == 422
    assert unseal_row(ImportRow.objects.get(number=4))["cells"] == ["2", "Cy", "broken"]


def test_a_row_of_stripped_characters_is_empty(client):
    address = preview(client, TWICE)
    answer = save(client, address, 4, name="\x07", email="", number="\u200b")
    assert answer.status_code == 422
    assert "The row is empty." in text_of(answer)


def test_a_row_with_a_refused_text_is_not_reported_as_empty(client):
    address = preview(client, TWICE)
    answer = save(client, address, 4, name="x" * 5001, email="", number="")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert re.search(r'role="alert">.*?at most 5000 characters', page)
    assert re.findall(r'name="(\w+)"[^>]* autofocus', page) == ["name"]
    assert "The row is empty." not in text_of(answer)


def make_long(row, length):
    """Give a row a name that is longer than any row of a plain list."""
    kept = unseal_row(row)
    kept["cells"][1] = "x" * length
    row.sealed = seal_row(row, kept, now=timezone.now())
    row.save()


def test_a_row_accepted_with_more_than_a_file_may_have_can_be_saved(client):
    address = preview(client, TWICE)
    make_long(ImportRow.objects.get(number=4), 6000)
    page = client.get(row_of(address, 4))
    assert page.status_code == 200
    assert "longer than" not in text_of(page)

    grown = save(client, address, 4, name="x" * 6001)
    assert grown.status_code == 422
    grown = save(client, address, 4, email="c@school.example.of.a.long.name")
    assert grown.status_code == 422
    assert "The row is longer than 6,007 characters." in text_of(grown)

    assert save(client, address, 4, email="c@s.de").status_code == 302
    assert unseal_row(ImportRow.objects.get(number=4))["cells"] == ["2", "x" * 6000, "c@s.de"]


def test_a_text_that_is_too_long_is_an_error_of_its_field(client):
    address = preview(client, TWICE)
    answer = save(client, address, 4, name="x" * 201, email="c@school.example")
    assert answer["Location"] == row_of(address, 4) + "?saved=yes"
    page = client.get(answer["Location"]).content.decode()
    assert re.search(r'id="id_name_error">The name is longer than 200', page)


def test_control_characters_are_removed_as_in_a_file(client):
    address = preview(client, TWICE)
    save(client, address, 4, email=" c@school.\x07example ")
    assert unseal_row(ImportRow.objects.get(number=4))["cells"][2] == "c@school.example"


def test_nothing_is_shown_about_a_person_who_is_being_erased(client):
    address = preview(client)
    make_erasing(ImportRow.objects.get(number=3))
    refused = client.get(row_of(address, 3))
    assert refused.status_code == 422
    assert "This person is being erased." in text_of(refused)
    assert row_of(address, 3) not in client.get(address).content.decode()
    assert client.get(row_of(address, 99)).status_code == 404
