"""An Author's text never runs scripts (T19): two hundred injection attempts in Chromium.

Each is rendered as course text without any Content-Security-Policy, and everything in it is
clicked, hovered and focused. Then all of them are put raw into the database, and the real page's
policy alone has to hold. The same frames run most of the raw ones, so they would detect a script.
"""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

from django.template.loader import render_to_string
from playwright.sync_api import Page

from authoring.editor.form_parsing import with_rows
from authoring.editor.questions import forms
from authoring.editor.questions.answer_forms import ANSWER_EDITORS
from authoring.editor.questions.preview import build_preview
from courses.rendering import course_html

ROOT = Path(__file__).resolve().parents[3]

PAYLOADS = json.loads((ROOT / "tests" / "data" / "script-payloads.json").read_text())
FRAMES = """
async documents => {
  const hits = new Set();
  window.hits = hits;
  const frames = documents.map((html, n) => {
    const frame = document.createElement("iframe");
    const hit = `<script>function hit() { parent.hits.add(${n}) }<\\/script>`;
    frame.srcdoc = `<!doctype html>${hit}${html}`;
    document.body.append(frame);
    return frame;
  });
  await Promise.race([
    new Promise(done => setTimeout(done, 15000)),
    Promise.all(frames.map(frame => new Promise(done => frame.addEventListener("load", done)))),
  ]);
  for (const frame of frames) TOUCH(frame.contentDocument);
  await new Promise(done => setTimeout(done, 500));
  return [...hits];
}
"""
TOUCH = """
(document => {
  const all = document ? [...document.querySelectorAll("*")] : [];
  for (const each of all) {
    const address = each.href?.animVal ?? each.href ?? "";
    if (/^\\s*(java|vb)script:/i.test(address)) each.click?.();
    if (each.formAction?.startsWith?.("javascript:")) each.click();
    for (const name of ["mouseover", "focus", "blur", "pointerenter", "toggle", "animationstart",
                        "submit", "play", "begin", "click"])
      each.dispatchEvent(new Event(name));
  }
})
"""


def ran(page: Page, documents: list[str]) -> list[str]:
    """Return which of these documents could run a script, each in a frame of its own."""
    page.goto("about:blank")
    hits = page.evaluate(FRAMES.replace("TOUCH", TOUCH), documents)
    return [documents[n] for n in hits]


def test_no_authored_text_runs_as_script(visit, site, browser, in_database):
    assert len(set(PAYLOADS)) >= 200
    page = browser.new_page()
    page.route("**/*", lambda route: route.abort())
    raw = ran(page, PAYLOADS)
    assert len(raw) >= len(PAYLOADS) // 3, "the frames would not see a script"
    for rendered in (course_html.reading, course_html.inline):
        assert ran(page, [rendered(payload) for payload in PAYLOADS]) == []
    page.close()

    stored(site, in_database, "".join(PAYLOADS))
    seen = visit()
    seen.page.add_init_script("window.ran = 0; window.hit = () => { window.ran += 1 }")
    seen.sign_in("mia").unit("reading-04")
    seen.page.evaluate(f"{TOUCH}(document)")
    seen.page.wait_for_timeout(500)
    assert seen.page.evaluate("window.ran") == 0, "the page's policy holds what was stored raw"
    assert seen.complaints, "the policy had nothing to refuse"
    seen.complaints.clear()


def test_no_preview_of_an_unsaved_question_runs_a_script(browser):
    page = browser.new_page()
    page.route("**/*", lambda route: route.abort())
    kinds = list(ANSWER_EDITORS)
    previews = [
        preview_of(kind, payload)
        for n, payload in enumerate(PAYLOADS)
        for kind in ("multiple", kinds[n % len(kinds)])
    ]
    assert sum("hit" in html for html in previews) >= len(previews) * 3 // 4, "payloads are shown"
    assert ran(page, previews) == []
    page.close()


def preview_of(kind: str, payload: str) -> str:
    """Return the preview's HTML for a form with the payload in each of its texts."""
    typed = forms.new_form_values(kind)
    typed |= dict.fromkeys(("stem", "prompt", "explanation", "answer", "extra"), payload)
    typed |= {"prompt": f"{payload} [[1]]"}
    typed = with_rows(typed, "choices", [{"text": payload, "right": payload, "feedback": payload}])
    gap = {"id": "1", "kind": "choice", "choices": f"*{payload}\nother"}
    typed = with_rows(typed, "gaps", [gap])
    typed = with_rows(typed, "hints", [{"kind": "prompt", "text": payload}])
    shown = build_preview(typed, {"id": "q", "type": kind, "prompt": ""}, uuid4())
    page = {"learner": False, "lang": "en"}
    context = {"preview": shown, "preview_page": page, "author": {"lang": "en"}}
    return render_to_string("authoring/_question_preview.html", context)


def stored(site, in_database, html: str) -> None:
    from courses.models import Reading, Unit

    unit = site.units["reading-04"]
    in_database(lambda: Reading.objects.filter(unit=unit).update(html=html))
    in_database(lambda: Unit.objects.filter(pk=unit.pk).update(title=PAYLOADS[0][:80]))
