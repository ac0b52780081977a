"""Every verb that leaves a line in the record has words for people."""

import ast
import re

from django.utils import translation

from borderwatch import verbs
from borderwatch.tests.test_layering import sources


def recorded() -> set[str]:
    """The verbs written out where an audit entry is made, and the steps of cases."""
    from incidents import case_workflow

    found = set(case_workflow.TRANSITIONS)
    for path in sources():
        if "demo" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("audit.record"):
                found |= {k.value.value for k in node.keywords if k.arg == "verb" and isinstance(k.value, ast.Constant)}
    return found


def test_every_recorded_verb_has_words():
    assert len(recorded()) > 50
    assert recorded() - verbs.known() == set()


def test_the_words_are_khmer_for_khmer_readers():
    with translation.override("km"):
        for verb in verbs.known():
            assert re.search("[\u1780-\u17ff]", verbs.label(verb)), verb


def test_a_verb_without_words_is_shown_by_its_name():
    assert verbs.label("something_new") == "something_new"
