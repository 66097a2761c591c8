from . import test_advance
