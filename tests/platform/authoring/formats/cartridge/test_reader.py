"""Common Cartridges and Canvas's course exports: order, pages, links, films, tests, losses."""

from __future__ import annotations

import random
import shutil
import tempfile
import uuid
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authoring.errors import BrokenPackage
from authoring.formats import cartridge, registry
from authoring.formats.course_builder import Package
from authoring.media.storage import MediaShelf
from tests.platform.authoring.formats.inputs import DATA, content_of
from tests.platform.authoring.formats.qti12.items import choices, equal, item, quiz_file, when

SUN = DATA / "formats/qti/media/sun rain.png"
FILM = DATA / "formats/olx/static/spring.mp4"
HEAD = (
    '<manifest identifier="m"><metadata><schema>IMS Common Cartridge</schema><schemaversion>'
    "{version}.0</schemaversion><lom><general><title><string>Planets</string></title></general>"
    "</lom></metadata>"
)


def resource(name, kind, *files, more=""):
    rows = "".join(f'<file href="{file}"/>' for file in files)
    return f'<resource identifier="{name}" type="{kind}" href="{files[0]}">{rows}{more}</resource>'


def manifest(resources, items="", version="1.1"):
    return (
        HEAD.format(version=version)
        + '<organizations><organization identifier="o" structure="rooted-hierarchy"><item '
        f'identifier="root">{items}</item></organization></organizations><resources>{resources}'
        "</resources></manifest>"
    )


def entry(reference, title):
    names = f'identifier="i{reference}" identifierref="{reference}"'
    return f"<item {names}><title>{title}</title></item>"


def page(title, body):
    return f"<html><head><title>{title}</title></head><body>{body}</body></html>"


QUIZ = quiz_file(item(choices(), when(equal("a")), ident="gone"), ident="gquiz", title="Test 1")
LINK = (
    '<webLink xmlns="http://www.imsglobal.org/xsd/imsccv1p1/imswl_v1p1"><title>Sky</title>'
    '<url href="https://example.org/sky?a=1&amp;b=2"/></webLink>'
)
TOPIC = (
    '<topic xmlns="http://www.imsglobal.org/xsd/imsccv1p1/imsdt_v1p1"><title>Talk</title>'
    '<text texttype="text/html">&lt;p&gt;Say &lt;b&gt;hello&lt;/b&gt;.&lt;/p&gt;</text></topic>'
)
QUIZ_KIND = "imsqti_xmlv1p2/imscc_xmlv1p1/assessment"
LAR = "associatedcontent/imscc_xmlv1p1/learning-application-resource"


def write(folder, files):
    for name, content in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Package(folder, "planets")


def read(tmp_path, files):
    package = write(tmp_path / "package", files)
    assert registry.detect_format(package).name == "cartridge"
    return content_of(cartridge, package, tmp_path)


@pytest.mark.parametrize("version", ["1", "2", "3"])
def test_units_come_in_the_order_of_the_manifest(version, tmp_path):
    kind = f"imscc_xmlv1p{version}"
    items = "<item identifier='s'><title>Section 1</title>"
    items += entry("page", "Start") + entry("quiz", "Check") + "</item>"
    items += entry("link", "Look up") + entry("talk", "Talk") + entry("tool", "Tool")
    items += (
        entry("film", "Film")
        + entry("picture", "Sun")
        + entry("gone", "Gone")
        + entry("pdf", "Sheet")
    )
    content, left_out = read(
        tmp_path,
        {
            "imsmanifest.xml": manifest(
                resource("page", "webcontent", "pages/start.html")
                + resource("quiz", f"imsqti_xmlv1p2/{kind}/assessment", "quiz/a.xml")
                + resource("link", f"imswl_xmlv1p{version}", "link.xml")
                + resource("talk", f"imsdt_xmlv1p{version}", "talk.xml")
                + resource("tool", "imsbasiclti_xmlv1p0", "tool.xml")
                + resource("film", "webcontent", "films/my film.mp4")
                + resource("picture", "webcontent", "pages/sun.png")
                + resource("pdf", "webcontent", "sheet.pdf")
                + resource("extra", "webcontent", "data.xlsx"),
                items,
                f"1.{version}",
            ),
            "pages/start.html": page(
                "Other",
                '<h1>Hi</h1><p>See <img src="sun.png" alt="sun"> and <a href="https://example.org">'
                'this</a> or <a href="next.html">next</a>.</p>',
            ),
            "pages/sun.png": SUN.read_bytes(),
            "quiz/a.xml": QUIZ,
            "link.xml": LINK,
            "talk.xml": TOPIC,
            "tool.xml": "<cartridge_basiclti_link/>",
            "films/my film.mp4": FILM.read_bytes(),
            "sheet.pdf": b"%PDF",
            "data.xlsx": b"PK",
        },
    )
    units = content["units"]
    assert (content["title"], content["slug"]) == ("Planets", "planets")
    assert [(unit["id"], unit["kind"], unit["title"]) for unit in units] == [
        ("page", "reading", "Start"),
        ("gquiz", "quiz", "Test 1"),
        ("link", "reading", "Look up"),
        ("talk", "reading", "Talk"),
        ("film", "video", "Film"),
        ("picture", "reading", "Sun"),
    ]
    start = units[0]["body"]
    assert start.startswith("## Hi\n\nSee ![sun](/media/")
    assert start.endswith(") and [this](<https://example.org>) or next.")
    assert units[1]["questions"][0]["id"] == "gone"
    assert units[2]["body"] == "[Look up](<https://example.org/sky?a=1&b=2>)"
    assert units[3]["body"] == "Say **hello**."
    assert units[4]["duration"] > 0
    assert units[5]["body"].startswith("![Sun](/media/")
    assert left_out == {
        "module or heading (its content is read in the same order)": 1,
        "link to another page or file of the package (its text is kept)": 1,
        "link to an external tool (LTI)": 1,
        "discussion (its text becomes a reading)": 1,
        "item of a module that is missing from the package": 1,
        "PDF file to download": 1,
        "XLSX file to download": 1,
    }


MODULES = """<modules xmlns="http://canvas.instructure.com/xsd/cccv1p0">
<module identifier="m2"><title>Second</title><workflow_state>active</workflow_state>
<position>2</position><unlock_at>2026-09-01</unlock_at><items>{second}</items></module>
<module identifier="m1"><title>First</title><workflow_state>active</workflow_state>
<position>1</position><items>{first}</items></module></modules>"""


def module_item(kind, title, reference="", position=1, state="active", url=""):
    return (
        f'<item identifier="x{title}"><content_type>{kind}</content_type><workflow_state>{state}'
        f"</workflow_state><title>{title}</title><identifierref>{reference}</identifierref>"
        f"<url>{url}</url><position>{position}</position></item>"
    )


def canvas_files():
    first = module_item("Quizzes::Quiz", "Check", "gquiz", 2) + module_item(
        "WikiPage", "Hello", "gpage", 1
    )
    first += module_item("WikiPage", "Key", "ghidden", 3, "unpublished")
    second = module_item("ContextModuleSubHeader", "More", position=1)
    second += module_item("ExternalUrl", "Sky", "gurl", 2, url="https://example.org/sky")
    second += module_item("ContextExternalTool", "Tool", "gtool", 3)
    second += module_item("Assignment", "Essay", "gtask", 4) + module_item(
        "Attachment", "Sheet", "gpdf", 5
    )
    poor = QUIZ.replace("Test 1", "Poor").replace("gone", "poor")
    return {
        "imsmanifest.xml": manifest(
            resource("gpage", "webcontent", "wiki_content/hello.html")
            + resource("ghidden", "webcontent", "wiki_content/key.html")
            + resource("gfree", "webcontent", "wiki_content/free.html")
            + resource("gquiz", QUIZ_KIND, "gquiz/assessment_qti.xml")
            + resource(
                "gmeta", LAR, "gquiz/assessment_meta.xml", "non_cc_assessments/gquiz.xml.qti"
            )
            + resource("gtask", LAR, "gtask/essay.html", "gtask/assignment_settings.xml")
            + resource(
                "gsettings", LAR, "course_settings/canvas_export.txt", "course_settings/rubrics.xml"
            )
            + resource("gpdf", "webcontent", "web_resources/sheet.pdf")
            + resource("gzip", "webcontent", "web_resources/data.zip")
            + resource("gnews", "imsdt_xmlv1p1", "gnews.xml")
            + resource("gnews_meta", LAR, "gnews_meta.xml")
            + resource("gtask_fallback", "webcontent", "task.html", more="<variant/>")
            + resource("gbank", LAR, "non_cc_assessments/gbank.xml.qti")
            + resource("gsun", "webcontent", "web_resources/Uploaded Media/sun.png")
        ),
        "course_settings/course_settings.xml": "<course>"
        "<title>Stars &amp; Planets</title></course>",
        "course_settings/module_meta.xml": MODULES.format(first=first, second=second),
        "course_settings/rubrics.xml": "<rubrics/>",
        "course_settings/canvas_export.txt": "Q: What did the panda say?",
        "course_settings/syllabus.html": page("Syllabus", "<p>Every week.</p>"),
        "wiki_content/hello.html": page(
            "Hello",
            '<p><img src="$IMS-CC-FILEBASE$/Uploaded%20Media/sun.png?canvas_download=1" alt="sun">'
            '<img class="equation_image" src="/equation_images/x" data-equation-content="x^2" '
            'alt="LaTeX: x^2"> <a href="$WIKI_REFERENCE$/pages/free">free</a></p>'
            '<iframe src="https://www.youtube.com/embed/abc"></iframe>',
        ),
        "wiki_content/key.html": page("Key", "<p>Secret.</p>"),
        "wiki_content/free.html": page("Free", "<p>Not in a module.</p>"),
        "gquiz/assessment_qti.xml": poor,
        "non_cc_assessments/gquiz.xml.qti": QUIZ,
        "gquiz/assessment_meta.xml": '<quiz identifier="gquiz"><title>Test 1</title><quiz_type>'
        "assignment</quiz_type><allowed_attempts>3</allowed_attempts></quiz>",
        "gtask/essay.html": page("Assignment: Essay", "<p>Write.</p>"),
        "gtask/assignment_settings.xml": "<assignment/>",
        "gnews.xml": TOPIC,
        "gnews_meta.xml": "<topicMeta/>",
        "non_cc_assessments/gbank.xml.qti": QUIZ.replace("assessment", "objectbank")
        .replace("gquiz", "gbank")
        .replace("gone", "two"),
        "web_resources/sheet.pdf": b"%PDF",
        "web_resources/data.zip": b"PK\x03\x04",
        "web_resources/Uploaded Media/sun.png": SUN.read_bytes(),
    }


def test_canvas_course_follows_its_modules(tmp_path):
    content, left_out = read(tmp_path, canvas_files())
    units = content["units"]
    assert (content["title"], content["slug"]) == ("Stars & Planets", "stars-planets")
    assert [(unit["id"], unit["kind"], unit["title"]) for unit in units] == [
        ("syllabus", "reading", "Syllabus"),
        ("gpage", "reading", "Hello"),
        ("gquiz", "quiz", "Test 1"),
        ("gurl", "reading", "Sky"),
        ("gtask", "reading", "Essay"),
        ("free", "reading", "Free"),
        ("gbank", "quiz", "Test 1"),
    ]
    hello = units[1]["body"]
    assert hello.startswith("![sun](/media/")
    assert hello.endswith(
        "$x^2$ free\n\n[https://www.youtube.com/embed/abc](<https://www.youtube.com/embed/abc>)"
    )
    assert (units[2]["scenario"], units[2]["attempts"]) == ("graded", 3)
    assert [row["id"] for row in units[2]["questions"]] == ["gone"]
    assert left_out == {
        "module or heading (its content is read in the same order)": 3,
        "condition or date of a module": 1,
        "unpublished page or test that learners do not see": 1,
        "link to another page or file of the package (its text is kept)": 1,
        "<iframe> in a text": 1,
        "link to an external tool (LTI)": 1,
        "assignment (its text becomes a reading, and nothing is submitted)": 1,
        "PDF file to download": 1,
        "ZIP file to download": 1,
        "discussion that no module shows": 1,
        "settings of a discussion or assignment": 1,
        "file in course_settings/": 1,
    }


def test_unpublished_course_is_read_as_a_whole(tmp_path):
    files = canvas_files()
    modules = files["course_settings/module_meta.xml"]
    files["course_settings/module_meta.xml"] = modules.replace(">active<", ">unpublished<")
    content, left_out = read(tmp_path, files)
    assert "Key" in [unit["title"] for unit in content["units"]]
    assert left_out["unpublished page or test that learners do not see"] == 0


def test_pages_for_teachers_are_counted(tmp_path):
    role = "<metadata><lom><educational><intendedEndUserRole><value>Instructor</value>"
    role += "</intendedEndUserRole></educational></lom></metadata>"
    content, left_out = read(
        tmp_path,
        {
            "imsmanifest.xml": manifest(
                resource("plan", "webcontent", "plan.html", more=role)
                + resource("page", "webcontent", "page.html"),
                entry("plan", "Plan") + entry("page", "Page"),
            ),
            "plan.html": page("Plan", "<p>Answers.</p>"),
            "page.html": page("Page", "<p>Text.</p>"),
        },
    )
    assert [unit["title"] for unit in content["units"]] == ["Page"]
    assert left_out == {"unpublished page or test that learners do not see": 1}


def test_old_page_is_read_as_windows_1252(tmp_path):
    content, left_out = read(
        tmp_path,
        {
            "imsmanifest.xml": manifest(resource("p", "webcontent", "p.htm"), entry("p", "Page")),
            "p.htm": page("P", "<p>Café</p>").encode("latin-1"),
        },
    )
    assert content["units"][0]["body"] == "Café"
    assert left_out == {
        "page that is not in UTF-8, read as Windows-1252 (check letters such as é)": 1}  # fmt: skip


def test_a_test_without_questions_is_counted(tmp_path):
    """As Canvas writes a quiz of New Quizzes without its other file."""
    resources = resource("gquiz", QUIZ_KIND, "q.xml") + resource("p", "webcontent", "p.html")
    content, left_out = read(
        tmp_path,
        {
            "imsmanifest.xml": manifest(resources, entry("gquiz", "Test 1") + entry("p", "Page")),
            "q.xml": quiz_file('<section ident="root_section"/>', ident="gquiz", title="Test 1"),
            "p.html": page("Page", "Text."),
        },
    )
    assert ([unit["id"] for unit in content["units"]], left_out) == (
        ["p"],
        {"test without questions": 1},
    )


def test_cartridge_without_content_is_refused(tmp_path):
    files = {"imsmanifest.xml": manifest(resource("d", "webcontent", "d.pdf")), "d.pdf": b"%PDF"}
    with pytest.raises(BrokenPackage, match="expected a course with pages, tests or films"):
        read(tmp_path, files)


@given(st.integers(0, 2**32))
def test_damaged_cartridge_gives_a_course_or_an_error_message(seed):
    by = random.Random(seed)
    files = canvas_files()
    name = by.choice([name for name in files if name.endswith((".xml", ".html", ".qti"))])
    files[name] = damage(files[name], by)
    with tempfile.TemporaryDirectory() as folder:
        package = write(Path(folder, "package"), files)
        shelf = MediaShelf(package.folder, uuid.UUID(int=1), "/media/")
        with suppress(BrokenPackage):
            registry.detect_format(package).draft(package, shelf, lambda _done, _total: None)
        shutil.rmtree(package.folder)


def damage(content, by):
    """Return a text in which pieces are cut, repeated or replaced."""
    for _ in range(by.randint(1, 5)):
        at = by.randint(0, len(content))
        to = min(len(content), at + by.choice([1, 3, 20, 200]))
        piece = by.choice(["../", '"', "<", ">", "x", "gquiz", "\0", "http://"])
        content = by.choice(
            [content[:at] + content[to:], content[:at] + content[at:to] * 2 + content[to:],
             content[:at] + piece + content[to:]]
        )  # fmt: skip
    return content


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("http://www.youtube.com/watch?v=abc&amp;t=5", "https://www.youtube.com/watch?v=abc&t=5"),
        ("https://vimeo.com/76979871", "https://vimeo.com/76979871"),
    ],
)
def test_a_link_to_a_video_site_becomes_a_video_on_another_site(tmp_path, address, found):
    link = LINK.replace("https://example.org/sky?a=1&amp;b=2", address)
    content, _ = read(
        tmp_path,
        {
            "imsmanifest.xml": manifest(
                resource("link", "imswl_xmlv1p1", "link.xml"), entry("link", "Look up"), "1.1"
            ),
            "link.xml": link,
        },
    )
    (unit,) = content["units"]
    assert (unit["kind"], unit["title"], unit["address"]) == ("external", "Look up", found)
