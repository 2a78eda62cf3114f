"""Typed text becomes safe HTML, and only members of the course can be mentioned."""

from __future__ import annotations

import re
import time

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from courses.rendering.course_html import remark, to_mathml
from discussion.models import Mention
from discussion.posts import post_store, post_text
from discussion.threads import read_state
from tests.fixtures import factories
from tests.site.source.test_open_columns import SENTENCE

pytestmark = pytest.mark.django_db


def test_markdown_and_maths_are_rendered_and_scripts_removed():
    html = remark(
        "**b** `c` $x^2$\n\n- one\n\n![p](http://evil.example/p.png) <script>alert(1)</script>"
        "\n\n# Head\n\n[a](javascript:alert(1)) [b](https://example.org)"
    )

    assert "<strong>b</strong>" in html
    assert "<msup>" in html
    assert "<li>one</li>" in html
    assert "<img" not in html
    assert "<script" not in html
    assert "javascript:" not in re.sub(r">[^<]*<", "><", html)
    assert "<h1" not in html
    assert "Head" in html
    assert '<a href="https://example.org" rel="noopener nofollow">b</a>' in html


def test_typed_maths_is_not_cached():
    to_mathml.cache_clear()

    assert "<math" in remark("$q_{7391}$")
    assert to_mathml.cache_info().currsize == 0


@pytest.mark.parametrize(
    "evil", ["[" * 5000, "> " * 2500, "*" * 5000, "$" + "{" * 4998 + "$", "`" * 5000]
)
def test_a_hostile_text_renders_in_linear_time(evil):
    began = time.process_time()
    remark(evil)

    assert time.process_time() - began < 2


def people(*names):
    return [(factories.make_user(name), name) for name in names]


def test_the_longest_matching_name_becomes_a_placeholder():
    known = people("mia", "mia li", "o'neil")
    text, named = post_text.without_names(
        "@Mia Li and @mia, (@o'neil) and a@mia.example @miau", known
    )

    assert text == "@⟦1⟧ and @⟦2⟧, (@⟦3⟧) and a@mia.example @miau"
    assert [(user.pk, number) for user, number, _called in named] == [
        (known[1][0].pk, 1), (known[0][0].pk, 2), (known[2][0].pk, 3),
    ]  # fmt: skip


def test_members_with_one_name_are_both_mentioned_and_typed_placeholders_are_not():
    known = [(user, "sam") for user, _ in people("sam one", "sam two")]
    text, named = post_text.without_names("@sam @sam @⟦1⟧ @@⟦⟦1⟧", known)

    assert text == "@⟦1⟧ @⟦1⟧ @[1⟧ @@[[1⟧"
    assert {number for _, number, _called in named} == {1}
    assert len(named) == 2


def test_at_most_ten_members_are_notified_and_all_names_are_replaced():
    known = people(*(f"n{letter}" for letter in "abcdefghijkl"))
    text, named = post_text.without_names(" ".join(f"@{name}" for _, name in known), known)

    assert [each.called for each in named] == [True] * post_text.MOST_CALLED + [False] * 2
    assert text.endswith("@⟦11⟧ @⟦12⟧")


def test_a_plain_name_is_replaced_without_a_notification():
    known = people("Mia Li", "Mark", "Al")
    text, named = post_text.without_names(
        "Mia Li's answer, Mark: mark it. Ask Al or Marker.", known
    )

    assert text == "⟦1⟧'s answer, ⟦2⟧: mark it. Ask Al or Marker."
    assert [(each.person.pk, each.called) for each in named] == [
        (known[0][0].pk, False), (known[1][0].pk, False),
    ]  # fmt: skip
    assert post_text.with_names(text, {1: "Mia Li"}) == (
        "Mia Li's answer, a former member: mark it. Ask Al or Marker."
    )
    assert post_text.html_of("⟦1⟧ said", {1: "<b>"}) == "<p>&lt;b&gt; said</p>\n"


@pytest.mark.parametrize(
    "address",
    ["https://example.org/Mark", "a.Mark@b.example", "Mark.example.org", "#Mark", "?a=Mark"],
)
def test_a_name_inside_a_url_is_not_replaced(address):
    assert post_text.without_names(address, people("Mark"))[0] == address


WORDS = st.lists(st.sampled_from(["mia", "Mia Li", "@mia", "@MIA LI", "noah", " ", ", ", "miau"]))


@given(WORDS)
def test_a_text_round_trips_and_is_stored_without_names(said):
    typed = " ".join(said)
    known = [(User(pk=number), name) for number, name in enumerate(("mia", "Mia Li", "noah"), 1)]
    text, named = post_text.without_names(typed, known)
    names = {each.number: known[each.person.pk - 1][1] for each in named}

    assert post_text.with_names(text, names).casefold() == typed.casefold()
    assert not re.search(r"(?<![\w@])@(mia|noah)(?!\w)", text, re.IGNORECASE)
    assert not re.search(r"(?<![\w@])(mia|noah|Mia Li)(?![\w@])", text)


def test_a_name_is_escaped_and_marked():
    html = post_text.html_of("Hello @⟦1⟧ and @⟦2⟧", {1: "<b>mia</b>"})

    assert '<span class="at">@&lt;b&gt;mia&lt;/b&gt;</span>' in html
    assert "@a former member" in html


def test_an_excerpt_has_no_markup_and_keeps_its_maths():
    line = post_text.excerpt("**Why** `f` of\n\n- $x + 9$ < 14, @⟦1⟧? " + "word " * 60, {1: "mia"})

    assert line.startswith("Why f of x+9 < 14, @mia? word")
    assert line.endswith("word …")
    assert len(line) <= post_text.EXCERPT + 2


def test_a_mentioned_member_is_notified_until_they_open_the_thread(talk):
    thread = talk.begin(title="Who knows?", text="@noah and @INES, do you?")
    text = post_store.text_of(thread.posts.get())

    assert "noah" not in text
    assert [m.person for m in Mention.objects.order_by("number")] == [
        talk.people["noah"], talk.people["ines"],
    ]  # fmt: skip
    home = talk.client("noah").get("/").content.decode()
    assert "mia mentioned you in “Who knows?”" in home
    assert 'class="at">@noah<' in talk.text("mia", thread)
    talk.text("noah", thread)
    assert read_state.mentions_of(talk.people["noah"]) == ()
    assert len(read_state.mentions_of(talk.people["ines"])) == 1
    assert "mallory" not in talk.text("mia", path="names/")


def test_an_edit_notifies_only_newly_mentioned_members(talk):
    thread = talk.begin(text="@noah?")
    post = thread.posts.get()
    talk.text("noah", thread)
    form = talk.text("mia", thread, f"posts/{post.id}/edit/")
    assert "@noah?" in form

    post_store.edit(post, text="@noah? @ines?", now=timezone.now())

    assert read_state.mentions_of(talk.people["noah"]) == ()
    assert len(read_state.mentions_of(talk.people["ines"])) == 1


def test_only_members_of_the_course_can_be_mentioned(talk):
    talk.begin(text="@mallory @mia")

    assert not Mention.objects.exists()


def test_typed_text_is_stored_sealed(talk):
    thread = talk.begin(title=SENTENCE, text=f"{SENTENCE} @noah")
    stored = b"".join(bytes(value) for value in (thread.title_sealed, thread.posts.get().sealed))

    assert SENTENCE.encode() not in stored
    assert post_store.title_of(thread) == SENTENCE
    assert post_store.text_of(thread.posts.get()) == f"{SENTENCE} @⟦1⟧"
