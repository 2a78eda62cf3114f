"""The code budgets of design §10, names, plain English in code and on pages, and the linters."""

from __future__ import annotations

import ast
import collections
import gc
import inspect
import io
import re
import statistics
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest
from django.apps import apps
from django.urls import get_resolver

from config.i18n import source_files
from tests.fixtures.site.source_tree import (
    FUNCTIONS,
    ROOT,
    list_classes,
    list_functions,
    list_sources,
    parse,
    read,
)

LONGEST_FUNCTION, LARGEST_FILE, MEDIAN, P90 = 60, 300, 10, 32
LARGEST_FOLDER, LONGEST_SENTENCE = 20, 30

# Participles, prepositions and pronouns do not say what a function returns or what a class is.
BARE_NAMES = re.compile(
    r"anew|answered|as|asked|asking|at|away|beside|brought|by|chosen|counted|done|drawn|felt"
    r"|from|gathered|given|giving|going|going_back|gone|heard|held|here|in|keeping|kept|knowing"
    r"|known|left|lent|letting|looked|looking|made|making|meant|nobody|noticed|of|offered|on"
    r"|opened|owed|passing|said|saying|seen|sent|showing|shown|somebody|spoken|standing|stood"
    r"|stuff|taken|taking|telling|there|things|to|told|tried|wards|ways|whoever|whole|written"
)
# Words of earlier texts that readers had to translate for themselves.
BANNED_WORDS = re.compile(
    r"(?<![\w-])(anew|as far as|beside|by lot|hereafter|in its word|lets? go|let in|mend|mended"
    r"|nobody|owed|owes|put right|reckon|is said|somebody|stands|stand for|stood|take back"
    r"|taken back|thereof|told|whoever|whom|work off|worked off)(?![\w-])",
    re.IGNORECASE,
)
# Sentences in which a banned word is the right one.
RIGHT_USES = (
    "A * stands for any text",
    "can then be told apart",
    "no one in your class is told",
    "is not told whether you said no",
    "Nobody needs you right now",
    "those for whom an estimate",
    "You are told before it begins",
)
# Classes that several modules may define under one name.
SHARED_CLASSES = {
    "Command": "Django finds a management command by it",
    "Meta": "Django's name for the options of a class",
    "Config": "the sizes of a network: each module of a network has its own",
}
# Modules that hold a role under another name, and why.
OTHER_ROLE_NAMES = {
    "config.csp_reports": "one view for browsers, outside of every page",
    "config.urls": "the API's schema, cached where the URLs are",
    "stewardship.site.security_txt": "a file of its own name, not a page",
    "learner.consent.on_device_inference": "the network's file and the choice, one feature",
    "privacy.retention.legal_holds": "a legal hold and its approval by two people, one file",
    "privacy.subject_requests.requests": "a privacy request and its sealed texts, one file",
}
# A function's docstring that begins with one of these has no verb.
VERBLESS = re.compile(
    r"(By|Everybody|It|Its|Nobody|Of|Somebody|That|They|This|True|What|Whether|Which|Who|Whom|Whose"
    r"|Adds|Creates|Deletes|Raises|Removes|Returns|Sends|Yields)\b"
)


@pytest.fixture(scope="module", autouse=True)
def _syntax_trees():
    """Parse each file once; free the trees, which take 200 MiB, after the last test."""
    gc.disable()  # The trees contain no garbage; a search for it would take 3 s.
    for file in list_sources():
        parse(file)
    gc.enable()
    yield
    for cached in (read, parse, list_functions, list_classes):
        cached.cache_clear()


def lines_of(file: Path) -> int:
    lines = (line.strip() for line in read(file).splitlines())
    return sum(1 for line in lines if line and not line.startswith("#"))


def run(*command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command], check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def docstrings():
    """Yield (place, node, text) of each docstring."""
    for file in list_sources():
        for node in ast.walk(parse(file)):
            if isinstance(node, (ast.Module, ast.ClassDef, *FUNCTIONS)):
                text = ast.get_docstring(node)
                if text:
                    yield f"{file}:{getattr(node, 'lineno', 1)}", node, text


def comments():
    for file in list_sources():
        if "#" in read(file):
            for token in tokenize.generate_tokens(io.StringIO(read(file)).readline):
                if token.type == tokenize.COMMENT:
                    yield f"{file}:{token.start[0]}", token.string


def error_texts():
    """Yield the literals of `raise` statements."""
    for file in list_sources():
        for statement in ast.walk(parse(file)):
            if isinstance(statement, ast.Raise):
                for node in ast.walk(statement):
                    if isinstance(node, ast.Constant) and isinstance(node.value, str):
                        yield f"{file}:{node.lineno}", node.value


def page_texts():
    """Yield the translatable sentences of templates, Python and scripts."""
    for domain in source_files.DOMAINS:
        for message, places in source_files.find_messages(ROOT, domain).items():
            yield places[0], f"{message.msgid} {message.plural}"


def banned(texts) -> list[str]:
    return [f"{place}: {found[0]}" for place, text in texts if (found := find_banned(text))]


def find_banned(text: str) -> re.Match[str] | None:
    plain = " ".join(text.split())
    for right in RIGHT_USES:
        plain = plain.replace(right, "")
    return BANNED_WORDS.search(plain)


def sentences(text: str) -> list[str]:
    """Split at ends of sentences, empty lines, items of lists and headings."""
    parts = re.sub(r"\n\s*\n|\n\s*[-*|]|^[A-Z][a-z]+\n-+$", ". ", text, flags=re.MULTILINE)
    return re.split(r"(?<=[.;:!?])\s+", parts)


def is_form(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base).endswith("Form") for base in node.bases)


def is_task(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any("shared_task" in ast.unparse(decorator) for decorator in node.decorator_list)


def views(patterns):
    """Yield the module of each view."""
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from views(pattern.url_patterns)
        else:
            view = pattern.callback
            yield getattr(view, "view_class", getattr(view, "cls", inspect.unwrap(view))).__module__


def module_of(file: Path) -> str:
    return ".".join(file.with_suffix("").parts[1:])


def is_ours(module: str) -> bool:
    path = module.replace(".", "/")
    return any((ROOT / "platform" / f"{path}{end}").exists() for end in (".py", "/__init__.py"))


def test_functions_are_short():
    lengths = {
        f"{file}:{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for file, node in list_functions()
    }
    ordered = sorted(lengths.values())

    assert [name for name, length in lengths.items() if length > LONGEST_FUNCTION] == []
    assert statistics.median(ordered) <= MEDIAN
    assert ordered[int(0.9 * (len(ordered) - 1))] <= P90


def test_files_are_short():
    assert [str(file) for file in list_sources() if lines_of(file) > LARGEST_FILE] == []


def test_folders_have_few_modules():
    scripts = [f.relative_to(ROOT) for f in (ROOT / "static" / "js").rglob("*.js")]
    modules = [f for f in (*list_sources(), *scripts) if f.name != "__init__.py"]
    counts = collections.Counter(str(file.parent) for file in modules)

    assert {folder: n for folder, n in counts.items() if n > LARGEST_FOLDER} == {}


def test_every_function_has_a_return_annotation():
    assert [f"{file}:{node.name}" for file, node in list_functions() if node.returns is None] == []


def test_every_module_has_a_docstring():
    silent = [str(f) for f in list_sources() if not ast.get_docstring(parse(f))]

    assert [file for file in silent if not file.endswith("__init__.py")] == []


def test_no_name_is_a_bare_participle_or_preposition():
    named = [(file, node.name) for file, node in (*list_functions(), *list_classes())]
    named += [(file, file.stem) for file in list_sources()]

    assert [
        f"{file}: {name}" for file, name in named if BARE_NAMES.fullmatch(name.strip("_").lower())
    ] == []


def test_class_names_are_unique():
    places = collections.defaultdict(set)
    for file, node in list_classes():
        places[node.name].add(str(file))
    shared = {name: sorted(files) for name, files in places.items() if len(files) > 2}

    assert {name: files for name, files in shared.items() if name not in SHARED_CLASSES} == {}
    assert set(SHARED_CLASSES) <= set(shared), "an exception is no longer needed"


@pytest.mark.parametrize(
    ("role", "modules"),
    [
        (r"models(\.\w+)?", lambda: (model.__module__ for model in apps.get_models())),
        (r"(\w+_)?forms", lambda: (module_of(f) for f, node in list_classes() if is_form(node))),
        (r"tasks", lambda: (module_of(f) for f, node in list_functions() if is_task(node))),
        (r"((\w+_)?views|api(\.\w+)?|\w+_api)", lambda: views(get_resolver().url_patterns)),
    ],
    ids=["models", "forms", "tasks", "views"],
)
def test_each_role_has_one_spelling(role, modules):
    found = {module for module in modules() if is_ours(module)}
    other = {module for module in found if not re.search(rf"(^|\.){role}$", module)}

    assert found
    assert other - set(OTHER_ROLE_NAMES) == set()


def test_every_module_under_another_role_name_exists():
    assert [module for module in OTHER_ROLE_NAMES if not is_ours(module)] == []


def test_no_module_is_named_by_a_role_in_the_singular():
    singular = re.compile(r"(?:(?<!view)_|^)(model|view|form|task)$")

    assert [str(f) for f in list_sources() if singular.search(f.stem)] == []


def test_functions_are_described_by_what_they_do():
    texts = [(place, text) for place, node, text in docstrings() if isinstance(node, FUNCTIONS)]

    assert [f"{place}: {text}" for place, text in texts if VERBLESS.match(text)] == []


def test_sentences_of_docstrings_are_short():
    assert [
        f"{place}: {sentence}"
        for place, _, text in docstrings()
        for sentence in sentences(text)
        if len(sentence.split()) > LONGEST_SENTENCE
    ] == []


def test_docstrings_are_plain_english():
    assert banned((place, text) for place, _, text in docstrings()) == []


def test_comments_are_plain_english():
    assert banned(comments()) == []


def test_errors_are_plain_english():
    assert banned(error_texts()) == []


def test_pages_are_plain_english():
    texts = list(page_texts())

    assert banned(texts) == []
    assert [
        use for use in RIGHT_USES if not any(use in " ".join(t.split()) for _, t in texts)
    ] == []


def test_ruff_finds_nothing():
    run("ruff", "check", ".")
    run("ruff", "format", "--check", ".")


@pytest.mark.long
def test_mypy_finds_nothing():
    run("mypy")
