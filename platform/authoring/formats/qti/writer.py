"""Writes the questions of a course as a QTI package: a test with a section for each quiz."""

from __future__ import annotations

from collections import Counter
from html import escape

from django.utils.translation import gettext_noop as _

from authoring.formats import unsupported_features
from authoring.formats.archive_writer import Content
from authoring.formats.package_images import file_of_course
from authoring.formats.qti import credit_writer, hotspot_writer
from authoring.formats.qti.identifiers import MANIFEST, VERSIONS, to_identifier
from authoring.formats.qti.item_writer import KINDS, find_shares, write_item
from authoring.formats.qti.response_values import without_stars
from authoring.formats.qti.version_3_names import to_version_3
from authoring.formats.question_builder import Json, write_short
from courses.media.media_store import LocalCopies

SUPPORTED = frozenset(["explanation", "points"])
_WEIGHT = "WEIGHT"
_TEST = "assessment.xml"
_PACKAGE = "http://www.imsglobal.org/xsd/imscp_v1p1"
_MANIFESTS = {
    "3.0": ("http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1", "QTI Package", "3.0.0")
}
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def write(
    package: Json, media: LocalCopies, version: str
) -> tuple[dict[str, Content], Counter[str]]:
    """Return the files of the package, and a count of what it cannot hold."""
    left_out: Counter[str] = Counter()
    unsupported_features.note_units(package, frozenset(["quiz"]), left_out)
    unsupported_features.note_columns(package, frozenset(), left_out)
    found = unsupported_features.supported_quizzes(package, KINDS, left_out)
    exact = (hotspot_writer.keep_exact(quiz, media, left_out) for quiz in found)
    quizzes = [quiz for quiz in exact if quiz["questions"]]
    for quiz in quizzes:
        for row in quiz["questions"]:
            unsupported_features.note_questions(
                [credit_writer.keep_unwritten(row)],
                SUPPORTED | credit_writer.features_of(find_shares(row)),
                left_out,
            )
            unsupported_features.note_comparisons(row, ("words", "cased"), left_out)
        left_out[_("alternative answer with an asterisk (*)")] += sum(
            map(_stars, quiz["questions"])
        )
    items: dict[str, Content] = {}
    images: dict[str, Content] = {}

    def picture(name: str) -> str:
        path = file_of_course(media, name)
        if path is None:
            return ""
        images[f"images/{name}"] = path
        return f"../images/{escape(name)}"

    for quiz in quizzes:
        for row in quiz["questions"]:
            items[_file(row)] = _named(write_item(row, version, picture), version)
    files = {
        MANIFEST: _manifest(package, version, items, images),
        _TEST: _named(_test(package, quizzes, version), version),
    }
    return {**files, **items, **images}, left_out


def _named(xml: str, version: str) -> str:
    """Return a file with the names that this version gives to its elements."""
    return to_version_3(xml) if version == "3.0" else xml


def _stars(row: Json) -> int:
    rows = [row, *row.get("parts", ())]
    return sum(len(one.get("accepted", ())) - len(without_stars(one)) for one in rows)


def _file(row: Json) -> str:
    return f"items/{row['id']}.xml"


def _test(package: Json, quizzes: list[Json], version: str) -> str:
    sections = "".join(_section(quiz) for quiz in quizzes)
    title = escape(package["title"])
    name = to_identifier(package["slug"])
    return (
        f'{_HEAD}<assessmentTest xmlns="{VERSIONS[version][0]}" identifier="{name}"'
        f' title="{title}">\n'
        '<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>\n'
        '<testPart identifier="part" navigationMode="nonlinear"'
        f' submissionMode="individual">\n{sections}</testPart>\n'
        '<outcomeProcessing><setOutcomeValue identifier="SCORE"><sum>'
        f'<testVariables variableIdentifier="SCORE" weightIdentifier="{_WEIGHT}"/>'
        "</sum></setOutcomeValue></outcomeProcessing>\n</assessmentTest>\n"
    )


def _section(quiz: Json) -> str:
    refs = "".join(
        f'<assessmentItemRef identifier="{to_identifier(row["id"])}" href="{_file(row)}">'
        f"{_weight(row)}</assessmentItemRef>\n"
        for row in quiz["questions"]
    )
    return (
        f'<assessmentSection identifier="{to_identifier(quiz["id"])}"'
        f' title="{escape(quiz["title"])}" visible="true">\n{refs}</assessmentSection>\n'
    )


def _weight(row: Json) -> str:
    """Return the points of a question as the weight of its item, whose score is at most 1."""
    return f'<weight identifier="{_WEIGHT}" value="{write_short(row.get("points", 1))}"/>'


def _manifest(
    package: Json, version: str, items: dict[str, Content], images: dict[str, Content]
) -> str:
    _, item_type, test_type = VERSIONS[version]
    space, schema, number = _MANIFESTS.get(version, (_PACKAGE, f"QTIv{version} Package", "1.0.0"))
    parts = "".join(f'<dependency identifierref="{_resource(name)}"/>' for name in items)
    resources = [_resource_of(_TEST, test_type, parts)]
    for name, content in items.items():
        used = [f'<file href="{one}"/>' for one in images if f'"../{one}"' in str(content)]
        resources.append(_resource_of(name, item_type, "".join(used)))
    return (
        f'{_HEAD}<manifest xmlns="{space}"'
        f' identifier="{to_identifier(package["slug"])}">\n<metadata>'
        f"<schema>{schema}</schema>"
        f"<schemaversion>{number}</schemaversion></metadata>\n<organizations/>\n<resources>\n"
        f"{''.join(resources)}</resources>\n</manifest>\n"
    )


def _resource_of(name: str, kind: str, more: str) -> str:
    return (
        f'<resource identifier="{_resource(name)}" type="{kind}" href="{name}">'
        f'<file href="{name}"/>{more}</resource>\n'
    )


def _resource(name: str) -> str:
    return "RES-" + name.removesuffix(".xml").replace("/", "-")
