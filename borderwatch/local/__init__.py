"""`make run` and `make test`: a private PostgreSQL and Redis, the virtual environment, one supervisor.

The package runs before the virtual environment exists: standard library only (Python 3.11), no Django, and
no import of `borderwatch` itself, whose package file loads Celery. Read `commands` first.

- places     where everything of one copy is kept, its generated secrets, its lock
- ports      free and taken ports
- processes  running, stopping and recognising processes
- system     system packages (apt)
- packages   Python and npm packages
- postgres   the private PostgreSQL
- services   the private Redis, and both together
- prepare    migrations, reference data, translations, the demo world
- supervise  web, worker, beat, sweeper and the rest under supervisord
- logs       their logs on the terminal
- watchdog   restarts a worker that is alive but does nothing
"""
