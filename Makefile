PYTHON ?= python3
VENV   := .venv
EXTRAS ?= dev
BIN    := $(VENV)/bin

.PHONY: demo test slow bench docs lint types contracts tables texts telco whatif clean

$(VENV)/installed: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "routekit needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/ready: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[$(EXTRAS)]"
	touch $@

# the main job: check a policy, then decide two hundred contacts by it
demo: $(VENV)/installed
	$(BIN)/routekit check rules/telecom.route
	$(BIN)/routekit decide rules/telecom.route examples/contacts/telecom.jsonl --format table

# a month of contacts with outcomes, made from a seed, and what a change makes of it: pages in build/whatif
whatif: $(VENV)/installed
	$(BIN)/python examples/whatif.py build/whatif
	$(BIN)/routekit backtest rules/telecom.route build/whatif/rules/telecom.route build/whatif/decisions.jsonl --format html --output build/whatif/backtest.html
	$(BIN)/routekit score build/whatif/decisions.jsonl --policy rules/telecom.route --format html --output build/whatif/score.html
	$(BIN)/routekit journeys build/whatif/decisions.jsonl --policy rules/telecom.route --format html --output build/whatif/journeys.html
	$(BIN)/routekit simulate rules/telecom.route --against build/whatif/rules/telecom.route --scenario examples/november.toml --contacts build/whatif/contacts.jsonl --replications 3 --output build/whatif/simulation.html

test: $(VENV)/ready lint types contracts
	$(BIN)/python -m pytest -n auto
	$(BIN)/python -m benchmarks.run --small
	$(BIN)/python -m benchmarks.service --small
	$(BIN)/python -m benchmarks.packs --contacts 200 --rows 2000
	$(BIN)/python -m benchmarks.care --customers 5000
	$(BIN)/python -m benchmarks.simulate --small

# the properties that take long, with all their examples
slow: $(VENV)/ready
	$(BIN)/python -m pytest -n auto -m slow --hypothesis-profile=slow

# routekit beside its peers, and a router beside its engine, for ten minutes, on a machine that does nothing else
bench: $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement benchmarks/requirements.txt
	$(BIN)/python -m benchmarks.run --out benchmarks/results
	$(BIN)/python -m benchmarks.service
	$(BIN)/python -m benchmarks.packs

# the documentation as a site in build/site; python -m http.server -d build/site shows it
docs: $(VENV)/ready
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

lint: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/ready
	$(BIN)/mypy

contracts: $(VENV)/ready
	$(BIN)/lint-imports --no-cache

# the parser's tables, whenever grammar.lark has changed
tables: $(VENV)/installed
	$(BIN)/python -m routekit.syntax.generate

# the catalogues of other languages, whenever a text has changed; it names what they lack
texts: $(VENV)/installed
	$(BIN)/python -m routekit.translation.extract

# the telecom pack over real customers, where the data set lies beside the project
telco: $(VENV)/installed
	$(BIN)/python examples/telco_churn.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
