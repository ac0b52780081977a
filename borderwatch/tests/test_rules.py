"""The rules of this codebase that a machine can check."""

import ast
import re
import subprocess

import pytest
from django.apps import apps
from django.conf import settings

from borderwatch.tests.test_layering import LAYERS, name, sources

LINES_MAX = 450
FUNCTION_LINES_MAX = 60
VISIBLE_MODELS = {
    model.__name__
    for model in apps.get_models()
    if model._meta.app_label in LAYERS and hasattr(model._default_manager, "visible_to")
}
# Where a person's or a machine's question is answered.
ANSWERING = re.compile(r"/(views/|views\.py|api\.py|layers\.py|ogc|tiles)")
WRITING = {"create", "update", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "save"}
# Writes that are no verb: what a person may set for himself without a record.
MAY_WRITE = {"borderwatch/outbox.py", "borderwatch/api.py"}


def answering():
    return [path for path in sources() if ANSWERING.search(f"/{name(path)}")]


def functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def chain(node):
    """The names of a call chain, innermost first: Incident.objects.visible_to(user).filter() → 4 names."""
    names = []
    while True:
        if isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Name):
            return [node.id, *reversed(names)]
        else:
            return []


def _has_actor(function):
    return any(argument.arg == "actor" for argument in function.args.kwonlyargs)


def test_the_models_with_a_gate_are_known():
    assert {"Incident", "Duty", "Unit", "Sector", "UnresolvedArea", "Crossing"} <= VISIBLE_MODELS


@pytest.mark.parametrize("path", sources(), ids=name)
def test_no_words_are_translated_inside_an_f_string(path):
    """What stands there is not found for translation, and stays English on a Khmer page."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        inside = ast.walk(node) if isinstance(node, ast.JoinedStr) else ()
        calls = {one.func.id for one in inside if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)}
        assert not calls & {"_", "gettext", "ngettext", "pgettext"}, f"{name(path)}:{node.lineno}"


@pytest.mark.parametrize("path", answering(), ids=name)
def test_whoever_answers_a_question_goes_through_visible_to_first(path):
    """`Model.objects` of a model with a gate is followed by `visible_to`, or narrowed by a row shown already."""
    text = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        names = chain(node) if isinstance(node, ast.Call | ast.Attribute) else []
        if len(names) > 2 and names[0] in VISIBLE_MODELS and names[1] == "objects":
            line = text.splitlines()[node.lineno - 1]
            # Duties of an incident, or a duty, already found visible; units the person holds grants on.
            narrowed = any(text in line for text in ("filter(escalation__incident=", "duty.pk", "policy.unit_ids("))
            assert names[2] in {"visible_to", "owed_by"} or narrowed, f"{name(path)}:{node.lineno}: {line.strip()}"


@pytest.mark.parametrize("path", answering(), ids=name)
def test_views_and_the_api_write_no_domain_row(path):
    if name(path) in MAY_WRITE:
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITING:
            names = chain(node)
            assert "objects" not in names, f"{name(path)}:{node.lineno} writes by itself: {'.'.join(names)}"


def test_no_migration_imports_the_code_of_an_app():
    for app in LAYERS:
        for path in (settings.BASE_DIR / app / "migrations").glob("0*.py"):
            modules = [
                node.module if isinstance(node, ast.ImportFrom) else alias.name
                for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.Import | ast.ImportFrom)
                for alias in node.names
            ]
            ours = [m for m in modules if (m or "").split(".")[0] in LAYERS]
            assert not ours, f"{path.name} imports {ours}: write the values into the migration"


def test_every_migration_has_a_name_that_says_something():
    for app in LAYERS:
        for path in (settings.BASE_DIR / app / "migrations").glob("0*.py"):
            assert not re.search(r"_auto_|_\d{8}|_alter_.*_more", path.stem), path.name


@pytest.mark.parametrize("path", sources(), ids=name)
def test_files_and_functions_stay_short(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LINES_MAX, f"{name(path)} is too long: part it"
    for node in functions(ast.parse(text)):
        length = (node.end_lineno or 0) - node.lineno + 1
        assert length <= FUNCTION_LINES_MAX, f"{name(path)}:{node.lineno} {node.name} has {length} lines"


def test_verbs_take_their_arguments_by_name_with_the_actor_first():
    for path in sources():
        if not re.search(r"/actions(/|\.py)", f"/{name(path)}"):
            continue
        for node in ast.parse(path.read_text()).body:
            private = isinstance(node, ast.FunctionDef) and node.name.startswith("_")
            if isinstance(node, ast.FunctionDef) and not private and _has_actor(node):
                assert not node.args.args, f"{name(path)}:{node.lineno} {node.name} takes arguments by place"
                assert node.args.kwonlyargs[0].arg == "actor", f"{name(path)}:{node.lineno}"
                decorated = {ast.unparse(d) for d in node.decorator_list}
                assert "transaction.atomic" in decorated, f"{name(path)}:{node.lineno} is not one transaction"


def test_everything_public_in_the_code_has_a_docstring():
    missing = []
    for path in sources():
        if "management" in path.parts or "demo" in path.parts:
            continue
        tree = ast.parse(path.read_text())
        if path.stat().st_size and not ast.get_docstring(tree):
            missing.append(name(path))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not ast.get_docstring(node):
                missing.append(f"{name(path)}:{node.lineno} {node.name}")
    assert not missing, missing


@pytest.mark.parametrize("path", sources(tests=True), ids=name)
def test_nothing_is_left_for_later(path):
    text = path.read_text(encoding="utf-8")
    if path.name != "test_rules.py":
        for word in ("TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error", "pytest.mark." + "skip", "x" + "fail"):
            assert word not in text, f"{name(path)} says {word}"


def test_nothing_in_the_repository_names_this_machine_or_an_address_of_packages():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    forbidden = re.compile(
        "|".join(["/wo" + "rk/", r"/tm" + "p/", r"\.\./sha" + "red", "pypi" + r"\.org", "registry" + r"\.npmjs"])
    )
    for path in filter(None, listed):
        file = settings.BASE_DIR / path
        if file.is_file() and file.suffix in {
            ".py",
            ".md",
            ".toml",
            ".json",
            ".html",
            ".js",
            ".css",
            ".txt",
            ".ini",
            ".po",
            "",
        }:
            found = forbidden.search(file.read_text(encoding="utf-8", errors="replace"))
            assert not found, f"{path} names {found.group()}"
