"""Incidents: file → attribute → tell → acknowledge."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IncidentsConfig(AppConfig):
    name = "incidents"
    verbose_name = _("Incidents")

    def ready(self) -> None:
        """Add this app's rows to the kernel's tables of topics, verbs, layers and jobs, and to a crossing's page."""
        from incidents import (  # noqa: F401
            near_crossings,
            notices,
            notices_cases,
            notices_checkpoints,
            verb_words,
            whatif,
        )
        from incidents.answering import of_guidance  # noqa: F401
        from incidents.answering import panel as answering_panel  # noqa: F401
        from incidents.answering import words as answering_words  # noqa: F401
        from incidents.clocks import desk as clock_desk  # noqa: F401
        from incidents.clocks import notices as clock_notices  # noqa: F401
        from incidents.clocks import panel as clock_panel  # noqa: F401
        from incidents.clocks import words as clock_words  # noqa: F401
        from incidents.drills import notices as drill_notices  # noqa: F401
        from incidents.drills import words as drill_words  # noqa: F401
        from incidents.engagements import desk as engagement_desk  # noqa: F401
        from incidents.engagements import notices as engagement_notices  # noqa: F401
        from incidents.engagements import panel as engagement_panel  # noqa: F401
        from incidents.engagements import words as engagement_words  # noqa: F401
        from incidents.guidance import desk as guidance_desk  # noqa: F401
        from incidents.guidance import notices as guidance_notices  # noqa: F401
        from incidents.guidance import panel as guidance_panel  # noqa: F401
        from incidents.guidance import words as guidance_words  # noqa: F401
        from incidents.letters import notices as letter_notices  # noqa: F401
        from incidents.letters import panel as letter_panel  # noqa: F401
        from incidents.letters import sources as letter_sources  # noqa: F401
        from incidents.letters import words as letter_words  # noqa: F401
        from incidents.protests import desk as protest_desk  # noqa: F401
        from incidents.protests import letter_facts  # noqa: F401
        from incidents.protests import notices as protest_notices  # noqa: F401
        from incidents.protests import panel as protest_panel  # noqa: F401
        from incidents.protests import words as protest_words  # noqa: F401
        from incidents.protests.bundle import job as bundle_job  # noqa: F401
        from incidents.recorder import words  # noqa: F401
