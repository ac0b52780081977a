"""What the demo tells of drills, replayed: one that is over, with its report and lessons, and one that is planned."""

import random

from borderwatch import clock
from incidents.choices_answers import DrillState
from incidents.demo import answers_drills
from incidents.demo.replay import Replay
from incidents.models import Drill, Incident
from incidents.tests.test_guidance_demo import staff as staff


def test_the_story_of_both_drills(staff, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    now = clock.now()
    replay = Replay(random.Random(1))
    answers_drills.plan(replay, staff, now)
    replay.run(now)
    over, planned = Drill.objects.order_by("starts_at")
    assert (over.state, planned.state) == (DrillState.ENDED, DrillState.PLANNED)
    assert planned.led_by.code == "moi"
    assert planned.starts_at > now
    assert "អ្នកជំនួស" in over.lessons
    first, second = (one["duties"][0] for one in over.report["incidents"])
    assert (first["minutes"], first["in_time"], first["steps"]) == (22, True, 1)
    assert (second["minutes"], second["in_time"]) == (94, False)
    assert second["steps"] > 2
    assert over.report["totals"]["answered"] == 2
    assert set(Incident.objects.values_list("status", flat=True)) == {"closed"}
    assert all("-EX-" in ref for ref in Incident.objects.values_list("ref", flat=True))
