"""E-mail over SMTP. At least once: a repeat carries the same Message-ID and notice number, so people see it."""

import smtplib

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation

from borderwatch import topics
from borderwatch.models import Delivery
from borderwatch.transports import TransportError


def address_of(delivery: Delivery) -> str:
    """The endpoint's address, or the person's own."""
    if delivery.endpoint is not None:
        return delivery.endpoint.address
    return delivery.user.email if delivery.user is not None else ""


def send(delivery: Delivery) -> str:
    """Render in the recipient's language and hand the mail to the SMTP server within ten seconds."""
    to = address_of(delivery)
    if not to:
        raise TransportError("the recipient has no e-mail address", permanent=True)
    with translation.override(delivery.language):
        text = topics.render(delivery)
    host = settings.SITE_URL.split("://", 1)[-1].split(":")[0].split("/")[0]
    message = EmailMessage(
        subject=f"{text.subject} [{delivery.code}]",
        body=text.body,
        to=[to],
        headers={"Message-ID": f"<{delivery.id}@{host}>", "Auto-Submitted": "auto-generated"},
    )
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        code = next(iter(error.recipients.values()))[0]
        raise TransportError(f"SMTP {code}: recipient refused", permanent=code >= 500) from error
    except smtplib.SMTPResponseException as error:
        said = error.smtp_error.decode(errors="replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        reason = f"SMTP {error.smtp_code}: {said}"
        raise TransportError(reason, permanent=error.smtp_code in {550, 551, 553}) from error
    except (OSError, smtplib.SMTPException) as error:
        raise TransportError(f"no SMTP server: {error}") from error
    return f"accepted for {to}"
