"""The examples in docstrings of the package are true."""

import doctest
import importlib
import pkgutil

import pytest
import rating

MODULES = sorted(module.name for module in pkgutil.iter_modules(rating.__path__))


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    module = importlib.import_module(f"rating.{name}")
    assert doctest.testmod(module).failed == 0


def test_there_are_examples():
    found = [
        example
        for name in MODULES
        for test in doctest.DocTestFinder().find(
            importlib.import_module(f"rating.{name}")
        )
        for example in test.examples
    ]
    assert len(found) > 8
