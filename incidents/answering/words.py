"""The verbs of answering by link in words."""

from django.utils.translation import gettext_lazy as _

from borderwatch import verbs

verbs.register({"answer_by_link": _("Answered by link"), "revoke_link": _("Link closed")})
