"""The alarm: straight by SMTP to fixed addresses, and a ping to a watcher outside. Nothing of the outbox is used."""

import smtplib
from email.message import EmailMessage

import requests
import structlog
from django.conf import settings

from borderwatch import clock
from incidents.models import Finding

log = structlog.get_logger(__name__)

LISTED = 40


def raise_alarm() -> int:
    """Tell of open findings nobody was alarmed about yet, in one mail; how many. They stay unalarmed when it fails."""
    found = list(Finding.objects.open().filter(alarmed_at__isnull=True).select_related("incident", "unit")[:500])
    if not found or not settings.RECORDER_ALARM_TO:
        return 0
    message = EmailMessage()
    message["Subject"] = f"BorderWatch alarm: {len(found)} notices not as they should be"
    message["From"] = settings.DEFAULT_FROM_EMAIL
    message["To"] = ", ".join(settings.RECORDER_ALARM_TO)
    lines = [f"{row.incident.ref}  {row.kind}  {row.expected}  {row.expected_at:%Y-%m-%d %H:%M}Z" for row in found]
    more = [f"... and {len(found) - LISTED} more"] if len(found) > LISTED else []
    message.set_content("\n".join([*lines[:LISTED], *more, "", f"{settings.SITE_URL}/recorder/"]))
    try:
        with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=10) as server:
            if settings.EMAIL_USE_TLS:
                server.starttls()
            if settings.EMAIL_HOST_USER:
                server.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        log.critical("recorder.alarm_failed", findings=len(found), error=str(error))
        return 0
    Finding.objects.filter(pk__in=[row.pk for row in found]).update(alarmed_at=clock.now())
    return len(found)


def ping() -> bool:
    """Tell a watcher outside that a round was made: when the pings stay away, the watcher raises the alarm."""
    if not settings.RECORDER_PING_URL:
        return False
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(settings.RECORDER_PING_URL, timeout=(3, 7), allow_redirects=False)
    except requests.RequestException as error:
        log.warning("recorder.ping_failed", error=type(error).__name__)
        return False
    return answer.ok
