# `make run` and `make test` are all a person needs; the rest is for those who work on the code.
# A fresh Debian or Ubuntu with make and Python 3.11 is enough: everything else is installed (as root or with sudo).
PYTHON ?= python3
LOCAL = @command -v $(PYTHON) >/dev/null || { echo "borderwatch: $(PYTHON) is missing; install Python 3.11 or newer." >&2; exit 1; }; \
	exec $(PYTHON) borderwatch/local
ARGS ?=

.PHONY: run test services services-stop redis-stop redis-start install lint format types migrations-check \
	templates-check check messages bench clean

run: ## BorderWatch with its demo world at http://127.0.0.1:8000/ (BORDERWATCH_PORT, BORDERWATCH_DATA)
	$(LOCAL) run

test: ## every test; `make test ARGS="-k attribution"` some of them
	$(LOCAL) exec --browser -- python -m borderwatch.tests.run $(ARGS)

services: ## start the tests' servers and leave them, to run pytest by hand
	$(LOCAL) services

services-stop:
	$(LOCAL) services-stop

redis-stop: ## stop the Redis of the running copy: filing and notices go on without it
	$(LOCAL) redis stop

redis-start:
	$(LOCAL) redis start

install: ## packages for the targets below
	$(LOCAL) install

lint: install
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .

format: install
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

types: install
	@BORDERWATCH_TEST=1 .venv/bin/mypy

migrations-check:
	$(LOCAL) exec -- python manage.py makemigrations --check --dry-run

templates-check:
	$(LOCAL) exec -- python manage.py check_templates

check:
	$(LOCAL) exec -- python manage.py check --fail-level WARNING

messages: install ## collect the strings to translate into locale/km and compile them
	@BORDERWATCH_TEST=1 .venv/bin/python manage.py makemessages -l km --no-location --no-obsolete -i node_modules -i .venv -i .local -i "benchmarks/*" -i "*/tests/*"
	@BORDERWATCH_TEST=1 .venv/bin/python manage.py compilemessages -l km -v 0

bench: ## the figures, as a table and as JSON
	$(LOCAL) exec --copy bench -- python -m benchmarks $(ARGS)

clean: ## remove the data of this copy (.local); code and packages stay
	$(LOCAL) clean
