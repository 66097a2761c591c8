"""Each benchmark runs at its small size, so that none rots. No figure is judged.

Those of a database begin with all add-ons loaded, but for one, which script/bench runs
as it stands.
"""

import ast
import contextlib
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from loaded import Forked

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "bench"))
harness = importlib.import_module("harness")

BY_SCRIPT = "completeness"
KEYS = {"name", "unit", "ours", "peer", "ratio", "target", "met", "peak_mib"}


def constants(name):
    """Literal values of the module's own names, read without importing it."""
    found = {}
    tree = ast.parse((harness.FOLDER / f"{name}.py").read_text())
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and hasattr(statement.targets[0], "id"):
            with contextlib.suppress(TypeError, ValueError):
                found[statement.targets[0].id] = ast.literal_eval(statement.value)
    return found


def run_script(arguments):
    """Exit status of script/bench, and what it says."""
    done = subprocess.run(
        [ROOT / "script/bench", *arguments], capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


def run_loaded(name, arguments):
    """The same without loading the add-ons."""
    process = Forked(f"bench_{name}", lambda: harness.main(arguments))
    try:
        said = process.stdout.read()
        return process.wait(), said
    finally:
        process.kill()


@pytest.mark.parametrize("name", harness.names())
def test_benchmark_runs_small(name, tmp_path):
    values = constants(name)
    figures = tmp_path / "figures.json"
    arguments = [name, "--size", str(values["SMALL"]), "--json", str(figures)]
    arguments += ["--template", os.environ["BILLING_TEST_DATABASE"]]
    if values.get("DATABASE") and name != BY_SCRIPT:
        status, said = run_loaded(name, arguments)
    else:
        status, said = run_script(arguments)
    assert status == 0, said
    results = json.loads(figures.read_text())
    assert results
    assert all(set(result) == KEYS for result in results)


def test_ratio_says_how_many_times_better():
    bench = harness.Bench()
    assert bench.record("a", "s", 2, peer=8, target=3).ratio == 4
    assert bench.record("b", "rows/s", 8, peer=2, higher_is_better=True).ratio == 4
    assert bench.record("c", "s", 61, target=60).met is False
    assert bench.record("d", "rows/s", 61, target=60, higher_is_better=True).met


def test_every_benchmark_says_what_it_measures():
    assert all(harness.summary(name) != "no docstring" for name in harness.names())
