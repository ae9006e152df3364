# make demo: the story, on embedded servers.  make test: all tests.  make check: what a commit must pass.
PY := .venv/bin/python
PYTEST := .venv/bin/pytest

.PHONY: demo test check lint types floors deep corpus fuzz lock live-deps manual wheel clean

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
	.venv/bin/mypy --strict deploy/generate.py

floors: .venv/.installed
	.venv/bin/lint-imports

# The long versions: more seeds, more examples.
deep: .venv/.installed
	$(PYTEST) -n 2

# What mailbot understands of the real mail in the folder MAILBOT_CORPORA; measured in place, nothing is copied.
corpus: .venv/.installed
	$(PY) bench/corpus.py

# Ten minutes of hostile mail: structure, and bytes where atheris has a wheel for this Python.
fuzz: .venv/.installed
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/fuzz/requirements.lock \
	  || echo "no wheel of atheris for this Python: structure alone"
	$(PY) tests/fuzz/run.py $(FUZZ_SECONDS)

# What the live tests need, from Debian's packages (as root). The packaged servers are never started by us on their own ports.
live-deps:
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	  bubblewrap chromium dovecot-imapd groff-base man-db postfix postgresql strace systemd

# Writes the manual pages and the completions of shells from the commands' help and the example configuration.
manual: .venv/.installed
	$(PY) deploy/generate.py

# An archive of the source, the wheel that it builds, and the lock for where the wheel goes: all that an installation needs.
wheel: .venv/.installed
	rm -rf dist
	$(PY) -m hatchling build -d dist
	cp deploy/build.lock deploy/requirements.lock dist/

# Rewrites the locks from pyproject.toml: of this tree, and of an installation (the same versions, without the tools and
# the demonstration's servers). uv is needed for this alone.
lock:
	UV_PYTHON_DOWNLOADS=never uv pip compile --universal --python-version 3.11 --generate-hashes --all-extras \
	  --group dev --no-header --no-emit-index-url pyproject.toml -o requirements.lock
	UV_PYTHON_DOWNLOADS=never uv pip compile --universal --python-version 3.11 --generate-hashes --extra pdf --extra postgres \
	  --constraint requirements.lock --no-header --no-annotate --no-emit-index-url pyproject.toml -o deploy/requirements.lock
	echo setuptools | UV_PYTHON_DOWNLOADS=never uv pip compile --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url - -o deploy/build.lock

# One dependency (authres) has no wheel: what builds it is locked too, else pip fetches that without a hash.
.venv/.installed: pyproject.toml requirements.lock deploy/build.lock
	python3 -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r deploy/build.lock
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-build-isolation -r requirements.lock
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache
