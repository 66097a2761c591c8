"""Each benchmark runs at its small size, so that none rots. No figure is judged."""

import ast
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "bench"))
harness = importlib.import_module("harness")

KEYS = {"name", "unit", "ours", "peer", "ratio", "target", "met", "peak_mib"}


def small_size(name):
    """The module's SMALL, read without importing it."""
    tree = ast.parse((harness.FOLDER / f"{name}.py").read_text())
    values = {
        statement.targets[0].id: statement.value
        for statement in tree.body
        if isinstance(statement, ast.Assign) and hasattr(statement.targets[0], "id")
    }
    return ast.literal_eval(values["SMALL"])


@pytest.mark.parametrize("name", harness.names())
def test_benchmark_runs_small(name, tmp_path):
    small = small_size(name)
    figures = tmp_path / "figures.json"
    done = subprocess.run(
        [ROOT / "script/bench", name, "--size", str(small), "--json", figures]
        + ["--template", os.environ["BILLING_TEST_DATABASE"]],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
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
