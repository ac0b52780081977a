"""Every template of ours compiles: tags, filters and parents exist, also in pages no test opens."""

from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.backends.django import DjangoTemplates
from django.template.base import Template
from django.template.loader_tags import ExtendsNode, IncludeNode
from django.template.utils import EngineHandler

ENDINGS = {".html", ".txt", ".xml", ".json"}


class Command(BaseCommand):
    help = "Compile every template of the project and look for the templates it names."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what is wrong, one line a template; the exit code tells whether anything is."""
        engine = EngineHandler()["django"]
        if not isinstance(engine, DjangoTemplates):
            raise CommandError("the template engine named django is not Django's own")
        names = sorted(template_names())
        wrong = [f"{name}: {fault}" for name in names if (fault := fault_of(engine, name))]
        for line in wrong:
            self.stderr.write(line)
        if wrong:
            raise CommandError(f"{len(wrong)} of {len(names)} templates do not compile.")
        self.stdout.write(f"{len(names)} templates compile.")


def template_names() -> set[str]:
    """The names of the project's own templates, not those of installed packages."""
    base = Path(settings.BASE_DIR)
    folders = [base / "templates"]
    folders += [Path(app.path) / "templates" for app in apps.get_app_configs() if is_ours(Path(app.path), base)]
    return {
        str(path.relative_to(folder))
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and path.suffix in ENDINGS
    }


def is_ours(path: Path, base: Path) -> bool:
    """Whether an app lies beside the project package; the virtual environment may lie below it, too."""
    return path.parent == base


def fault_of(engine: DjangoTemplates, name: str) -> str | None:
    """What is wrong with one template; None when nothing is."""
    try:
        compiled = engine.engine.get_template(name)
        for named in names_in(compiled):
            engine.engine.get_template(named)
    except TemplateSyntaxError as error:
        return str(error)
    except TemplateDoesNotExist as error:
        return f"there is no template {error}"
    except UnicodeDecodeError as error:
        return f"not UTF-8: {error}"
    return None


def names_in(template: Template) -> list[str]:
    """The templates it extends and includes, as far as they are named outright."""
    nodes = template.nodelist.get_nodes_by_type(ExtendsNode) + template.nodelist.get_nodes_by_type(IncludeNode)
    found = [getattr(node, "parent_name", None) or getattr(node, "template", None) for node in nodes]
    return [name for name in (getattr(one, "var", None) for one in found) if isinstance(name, str)]
