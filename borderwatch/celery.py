"""The worker's application and the only list of periodic jobs.

Nothing a person waits for hangs on this list: notices are the sweeper's care.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "borderwatch.settings")

app = Celery("borderwatch")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "heartbeat": {"task": "borderwatch.tasks.heartbeat", "schedule": 30.0, "options": {"expires": 25}},
    "forget staged photos": {"task": "incidents.tasks.forget_staged_photos", "schedule": 3600.0},
    "prove that postings and groups agree": {"task": "units.tasks.check_postings", "schedule": 900.0},
    "write the digests that are due": {"task": "units.tasks.send_digests", "schedule": 600.0},
    "watch over patrols and unseen ground": {"task": "units.tasks.watch_patrols", "schedule": 900.0},
    "watch over closures": {"task": "crossings.tasks.watch_closures", "schedule": 900.0},
    "watch over accountability cases": {"task": "incidents.tasks.watch_cases", "schedule": 900.0},
    "watch over proposals and their conditions": {"task": "crossings.tasks.watch_proposals", "schedule": 900.0},
    "watch over crossings nobody counts any more": {"task": "crossings.tasks.watch_traffic", "schedule": 900.0},
    "watch over accepted duties and their clocks": {"task": "incidents.tasks.watch_duties", "schedule": 300.0},
    "begin and end drills": {"task": "incidents.tasks.watch_drills", "schedule": 60.0},
    "watch over guidance that is overdue": {"task": "incidents.tasks.watch_guidance", "schedule": 900.0},
    "watch over checkpoints to be removed": {"task": "incidents.tasks.watch_removals", "schedule": 900.0},
    "watch over replies to protests": {"task": "incidents.tasks.watch_protest_replies", "schedule": 900.0},
}
