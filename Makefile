# Everything a person does here. Python 3.11 or newer and make are enough to begin with.
PYTHON ?= python3
READY = .venv/ready

demo: $(READY)
	.venv/bin/dray demo

test: $(READY)
	ops/test-services
	.venv/bin/pytest -n auto $(ARGS)

check: $(READY)
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/pytest -q tests/architecture $(ARGS)

bench: $(READY)
	.venv/bin/python -m ops.bench.web_connector $(ARGS)
	.venv/bin/python -m ops.bench.dialling
	.venv/bin/python -m ops.bench.listing
	.venv/bin/python -m ops.bench.finding
	.venv/bin/python -m ops.bench.pages
	.venv/bin/python -m ops.bench.twin
	.venv/bin/python -m ops.bench.fleet
	.venv/bin/python -m ops.bench.imports
	.venv/bin/python -m ops.bench.neighbours
	.venv/bin/python -m ops.bench.watchers

soak: $(READY)
	.venv/bin/python -m tests.platform.sync.soak $(ARGS)
	.venv/bin/python -m tests.platform.sync.called_soak $(ARGS)

life: $(READY)
	.venv/bin/python -m tests.platform.sync.long_life $(ARGS)

guards: $(READY)
	.venv/bin/python -m ops.guards $(ARGS)

docs: $(READY)
	.venv/bin/python -m ops.drawn_docs

lock: $(READY)
	ops/lock

$(READY): ops/requirements-dev.txt pyproject.toml ops/virtualenv
	PYTHON=$(PYTHON) ops/virtualenv

.PHONY: demo test check bench soak life guards docs lock
