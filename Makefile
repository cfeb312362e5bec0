# Two commands do everything, from a fresh clone on: `make demo` and `make test`.
PY ?= $(shell command -v python3.11 || command -v python3)
V := .venv
BIN := $(V)/bin
TESTS ?=
# the peer is measured under the Python it was made for, in an environment of its own
PY312 ?= python3.12
PEERS := .venv-peers
MAIL_HARNESS := ../shared/reality/mail-harness.sh

.PHONY: demo test lint types layers pytest soak bench bench-peers mail-test messages lock clean

demo: $(V)/.ok  ## the main job, end to end, on loopback
	$(BIN)/watchword demo --out watchword-demo

test: lint types layers pytest  ## everything that CI runs

lint: $(V)/.ok
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(V)/.ok
	$(BIN)/mypy

layers: $(V)/.ok
	$(BIN)/lint-imports

pytest: $(V)/.ok
	$(BIN)/python -m pytest -q -n auto $(TESTS)

soak: $(V)/.ok  ## a simulated week with 200 kills, some minutes; SOAK="--seed 7" plays one again
	$(BIN)/python -m tests.simulation.soak $(SOAK)

bench: $(V)/.ok  ## ratios against the raw libraries, in one run
	MALLOC_TRIM_THRESHOLD_=268435456 $(BIN)/python -m benchmarks

bench-peers: $(V)/.ok $(PEERS)/.ok  ## against a peer, the library reader, in one run
	MALLOC_TRIM_THRESHOLD_=268435456 $(BIN)/python -m benchmarks.against_reader

mail-test: $(V)/.ok  ## our mails through a real Postfix and Dovecot, where the harness lies beside the checkout
	@if [ ! -f $(MAIL_HARNESS) ] || ! command -v postfix dovecot >/dev/null; then \
	   echo "skipped: needs Postfix, Dovecot and $(MAIL_HARNESS)"; \
	else \
	   top=$$(mktemp -d) && chmod 755 $$top && export W=$$top/mail PY=$(CURDIR)/$(BIN)/python; \
	   trap 'bash $(MAIL_HARNESS) down; rm -rf "$$top"' EXIT; \
	   bash $(MAIL_HARNESS) up && \
	   WATCHWORD_MAIL_RUNS=$$W $(BIN)/python -m pytest -q -n 0 tests/integration/test_real_mail.py; \
	fi

messages: $(V)/.ok  ## compile the translations, after a change of a .po file
	$(BIN)/pybabel -q compile -d worker/locale -D watchword

lock: $(V)/.ok  ## take up newer versions of the dependencies
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --extra chat --group dev --no-header --upgrade -o requirements.lock
	echo reader==3.27 | $(BIN)/uv pip compile - --python-version 3.12 --generate-hashes --no-header --no-annotate --upgrade -o benchmarks/peers.lock

# uv, taken from the same lock by pip, installs the rest in seconds; where uv cannot run or reach the index, pip does it.
# The environment is made without pip, which Debian packs apart: the pip that made it works on it from outside.
PIP := $(PY) -m pip --python $(BIN)/python --disable-pip-version-check install -q

$(V)/.ok: requirements.lock pyproject.toml
	rm -rf $(V)
	$(PY) -m venv --without-pip $(V)
	sed -n '/^uv==/,/^[^ ]/{/^uv==/p;/^ /p}' requirements.lock > $(V)/uv.lock
	if $(PIP) --require-hashes -r $(V)/uv.lock && \
	   VIRTUAL_ENV=$(V) $(BIN)/uv pip sync -q --compile-bytecode --require-hashes requirements.lock; then \
	   VIRTUAL_ENV=$(V) $(BIN)/uv pip install -q --no-deps --no-build-isolation -e .; \
	else \
	   echo "uv could not install; pip does, which takes a minute"; \
	   $(PIP) --require-hashes -r requirements.lock && $(PIP) --no-deps --no-build-isolation -e .; \
	fi
	touch $@

$(PEERS)/.ok: benchmarks/peers.lock
	rm -rf $(PEERS)
	@$(PY312) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 12))' || \
	   { echo "python3.12 does not run here: say where it is, make bench-peers PY312=/path/to/python3.12" >&2; exit 1; }
	$(PY312) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r benchmarks/peers.lock
	touch $@

clean:
	rm -rf $(V) $(PEERS) watchword-demo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
