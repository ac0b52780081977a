"""Imports point left: units ← crossings ← incidents; the kernel knows no app; only addresses know everybody."""

import ast
from pathlib import Path

import pytest
from django.conf import settings

LAYERS = ("borderwatch", "units", "crossings", "incidents")
# Where the project is put together.
JOINTS = {"borderwatch/urls.py"}


def sources(*, tests: bool = False) -> list[Path]:
    """The project's own modules, without migrations."""
    found = [path for app in LAYERS for path in sorted((settings.BASE_DIR / app).rglob("*.py"))]
    return [p for p in found if "migrations" not in p.parts and (tests or "tests" not in p.parts)]


def name(path: Path) -> str:
    return path.relative_to(settings.BASE_DIR).as_posix()


def imported(path: Path) -> set[str]:
    """First names of everything a module imports when it runs, also inside functions."""
    found = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    # What is imported for the type checker alone binds nothing.
    for_types = {
        id(below)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for below in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0 or path.parts[-2] == "local", f"{path}: imports are absolute"
            if node.level == 0:
                found.add(node.module)
    return {module.split(".")[0] for module in found}


@pytest.mark.parametrize("path", sources(), ids=name)
def test_imports_point_left(path):
    app = name(path).split("/", 1)[0]
    right = set(LAYERS[LAYERS.index(app) + 1 :])
    if name(path) not in JOINTS:
        assert not imported(path) & right, f"{name(path)} imports from its right"


def test_the_walk_sees_imports_at_all():
    assert {"units", "borderwatch"} <= imported(settings.BASE_DIR / "incidents" / "actions" / "filing.py")
    assert len(sources()) > 60


def test_what_a_browser_or_a_ministry_gets_imports_no_test():
    for path in sources():
        assert "pytest" not in imported(path), name(path)
        assert "conftest" not in imported(path), name(path)


def test_the_set_up_runs_before_anything_is_installed():
    """`make run` starts with Python alone: its package may import nothing outside the standard library."""
    import sys

    for path in sorted((settings.BASE_DIR / "borderwatch" / "local").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        # What is imported inside a function is needed later only.
        modules = {
            alias.name.split(".")[0] for node in tree.body if isinstance(node, ast.Import) for alias in node.names
        } | {
            (node.module or "").split(".")[0]
            for node in tree.body
            if isinstance(node, ast.ImportFrom) and node.level == 0
        }
        if "tests" not in path.parts:
            assert modules <= set(sys.stdlib_module_names) | {"borderwatch"}, f"{name(path)}: {modules}"
