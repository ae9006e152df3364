# make demo: the story, on embedded servers.  make test: all tests.  make check: what a commit must pass.
PY := .venv/bin/python
PYTEST := .venv/bin/pytest

.PHONY: demo test check lint types floors deep corpus lock live-deps clean

demo: .venv/.installed
	.venv/bin/mailbot demo

# The two workers share the machine with the servers they start, so no more of them than cores.
test: .venv/.installed
	$(PYTEST) -n 2 -m "not deep"

check: lint types floors test

lint: .venv/.installed
	.venv/bin/ruff check .

types: .venv/.installed
	.venv/bin/mypy

floors: .venv/.installed
	.venv/bin/lint-imports

# The long versions: more seeds, more examples.
deep: .venv/.installed
	$(PYTEST) -n 2

# What mailbot understands of the real mail in the folder MAILBOT_CORPORA; measured in place, nothing is copied.
corpus: .venv/.installed
	$(PY) bench/corpus.py

# What the live tests need, from Debian's packages (as root). The packaged servers are never started by us on their own ports.
live-deps:
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium dovecot-imapd postfix postgresql strace

# Rewrites the lock from pyproject.toml. uv is needed for this alone.
lock:
	UV_PYTHON_DOWNLOADS=never uv pip compile --universal --python-version 3.11 --generate-hashes --all-extras \
	  --group dev --no-header --no-emit-index-url pyproject.toml -o requirements.lock

.venv/.installed: pyproject.toml requirements.lock
	python3 -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache
