"""The verbs of guidance in words."""

from django.utils.translation import gettext_lazy as _

from borderwatch import verbs

verbs.register(
    {
        "instruct": _("Guidance issued"),
        "acknowledge_instruction": _("Guidance acknowledged"),
        "ask_back": _("Question about guidance asked"),
        "answer_question": _("Question about guidance answered"),
        "report_instruction_done": _("Guidance reported as done"),
        "find_adequate": _("Guidance found adequate"),
        "find_wanting": _("Guidance found wanting"),
        "withdraw_instruction": _("Guidance withdrawn"),
    }
)
