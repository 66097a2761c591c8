"""Runs the benchmarks of this folder: ``script/bench NAME [--size N] [--json FILE]``.

A benchmark is a module here with a docstring (its first line is shown in the list) and

    SIZE = 2000          # what --size means is said in the docstring; the default
    SMALL = 20           # the size that script/test runs, so that none rots
    DATABASE = True      # wants a database with all add-ons (default: False)

    def run(bench, size):
        with bench.environment() as env:                 # DATABASE only
            fixture = fixtures.make(env, size)           # see fixtures.py
            with bench.measure() as ours:
                ...
        bench.record("month: generate", "s", ours.seconds, peer=theirs.seconds,
                     target=3, peak_mib=ours.peak_mib)

and where there is more to choose ``OPTIONS = {"seconds": "what it means"}``: whole
numbers that are given to ``run`` by name when they were asked for.

Figures are taken with durable settings: fsync and synchronous_commit on. Each
benchmark has a database of its own, ``bench_<name>``, a copy of one with all add-ons
that is kept until the add-ons change (``--fresh`` builds it anew).
"""

import argparse
import ast
import contextlib
import dataclasses
import hashlib
import importlib
import json
import os
import subprocess
import sys
import time
import venv
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
TICKS = os.sysconf("SC_CLK_TCK")


@dataclasses.dataclass(frozen=True)
class Result:
    """One figure.

    :param unit: of ``ours`` and ``peer``, such as s, ms, values/s
    :param ours: the figure of Odoo Billing
    :param peer: the same work done by another program; None where there is none
    :param ratio: how many times better ``ours`` is than ``peer``; above 1 is better
    :param target: a bound for ``ratio`` where there is a peer, else for ``ours``
    :param met: whether the target is met; None without a target
    :param peak_mib: peak memory of the process while it worked, in MiB
    """

    name: str
    unit: str
    ours: float
    peer: float | None = None
    ratio: float | None = None
    target: float | None = None
    met: bool | None = None
    peak_mib: float | None = None


@dataclasses.dataclass
class Measure:
    """What :meth:`Bench.measure` fills in when its block ends.

    :param cpu_seconds: of this process alone
    :param database_seconds: CPU of the database process of ``bench.environment()``;
        0 where the database runs on another machine
    """

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    database_seconds: float = 0.0
    peak_mib: float = 0.0

    @property
    def all_cpu_seconds(self):
        """What the work costs; unlike ``seconds`` the same on a busy machine."""
        return self.cpu_seconds + self.database_seconds


def peak_memory(process_id="self"):
    """Peak resident memory of a process in MiB, since its last reset."""
    status = Path(f"/proc/{process_id}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def reset_peak_memory():
    """Let the peak of this process start again at what it holds now."""
    Path("/proc/self/clear_refs").write_text("5")


def process_seconds(process_id):
    """CPU seconds used so far by a database process of this machine, else 0."""
    try:
        fields = Path(f"/proc/{process_id}/stat").read_text()
    except OSError:
        return 0.0
    name, _bracket, rest = fields.rpartition(")")
    if "postgres" not in name:
        return 0.0
    user, system = rest.split()[11:13]
    return (int(user) + int(system)) / TICKS


class Bench:
    """What a benchmark works with.

    :param database: name of the database made for it, or None
    """

    def __init__(self, database=None):
        self.database = database
        self.results = []
        self._backend = None

    @contextlib.contextmanager
    def measure(self):
        """Time and peak memory of a block, in this process."""
        measure = Measure()
        reset_peak_memory()
        database = process_seconds(self._backend)
        start, cpu = time.perf_counter(), time.process_time()
        yield measure
        measure.seconds = time.perf_counter() - start
        measure.cpu_seconds = time.process_time() - cpu
        measure.database_seconds = process_seconds(self._backend) - database
        measure.peak_mib = peak_memory()

    def record(
        self,
        name,
        unit,
        ours,
        *,
        peer=None,
        target=None,
        peak_mib=None,
        higher_is_better=False,
    ):
        """Add a figure and print it at once. See :class:`Result`."""
        ratio = met = None
        if peer is not None:
            ratio = ours / peer if higher_is_better else peer / ours
        if target is not None:
            if ratio is not None:
                met = ratio >= target
            else:
                met = ours >= target if higher_is_better else ours <= target
        result = Result(name, unit, ours, peer, ratio, target, met, peak_mib)
        self.results.append(result)
        print(_row(result), flush=True)
        return result

    @contextlib.contextmanager
    def environment(self):
        """An Odoo environment of the superuser; the benchmark commits by itself."""
        import odoo.api
        from odoo.modules.registry import Registry
        from odoo.tools import config

        if not config["db_name"]:
            config.parse_config(
                ["-d", self.database, "--log-level=warn"], setup_logging=True
            )
        with Registry(self.database).cursor() as cr:
            cr.execute("SELECT pg_backend_pid()")
            (self._backend,) = cr.fetchone()
            yield odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})
        self._backend = None


HEAD = f"{'':44} {'ours':>12} {'peer':>12} {'ratio':>7} {'target':>7} {'':4} {'MiB':>6}"


def _row(result):
    def number(value, digits=2):
        return "" if value is None else f"{value:,.{digits}f}"

    met = {None: "", True: "met", False: "MISS"}[result.met]
    return (
        f"{result.name[:34]:34} {result.unit:>9} {number(result.ours):>12} "
        f"{number(result.peer):>12} {number(result.ratio, 1):>7} "
        f"{number(result.target, 1):>7} {met:4} {number(result.peak_mib, 0):>6}"
    )


def peers_python(asked):
    """Python of an environment of its own for what a benchmark needs besides, made the
    first time and kept beside the checkouts' own ones.

    :param asked: Path of the requirements
    """
    digest = hashlib.sha256(asked.read_bytes()).hexdigest()[:12]
    folder = Path(sys.prefix).parent / f"bench-peers-{digest}"
    python = folder / "bin" / "python"
    if not (folder / ".complete").exists():
        print(f"making the environment of {asked.stem} (some minutes)", flush=True)
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", asked], check=True)
        (folder / ".complete").touch()
    return python


def names():
    """Names of all benchmarks: the modules that have a ``SIZE``."""
    return sorted(
        path.stem
        for path in FOLDER.glob("*.py")
        if any(
            isinstance(target, ast.Name) and target.id == "SIZE"
            for statement in ast.parse(path.read_text()).body
            if isinstance(statement, ast.Assign)
            for target in statement.targets
        )
    )


def summary(name):
    """First line of a benchmark's docstring, read without importing it."""
    tree = ast.parse((FOLDER / f"{name}.py").read_text())
    return (ast.get_docstring(tree) or "no docstring").splitlines()[0]


@contextlib.contextmanager
def _database(name, template, keep):
    """A fresh copy of ``template``, which must hold all add-ons; dropped after."""
    database = f"bench_{name}"
    os.environ["PGOPTIONS"] = (
        os.environ.get("PGOPTIONS", "") + " -c client_min_messages=warning"
    )
    _drop(database)
    subprocess.run(["createdb", "-T", template, database], check=True)
    yield database
    if not keep:
        _drop(database)


def _drop(database):
    """Drop a database; the server's own vacuum, which may be in it, is waited for."""
    command = ["dropdb", "--if-exists", "--force", database]
    for _second in range(60):
        if subprocess.run(command, capture_output=True).returncode == 0:
            return
        time.sleep(1)
    subprocess.run(command, check=True)


def _durable():
    """Whether each commit waits until its data is on the disk."""
    command = ["psql", "-XAtd", "postgres"]
    for setting in ("fsync", "synchronous_commit"):
        command += ["-c", f"SHOW {setting}"]
    settings = subprocess.run(command, check=True, capture_output=True, text=True)
    return settings.stdout.split() == ["on", "on"]


def _options(module, arguments):
    """What was asked for of the benchmark's own options."""
    parser = argparse.ArgumentParser(prog=f"script/bench {module.__name__}")
    for name, text in getattr(module, "OPTIONS", {}).items():
        parser.add_argument(f"--{name}", type=int, help=text)
    found = vars(parser.parse_args(arguments))
    return {name: value for name, value in found.items() if value is not None}


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="script/bench")
    parser.add_argument("name", nargs="?", help="benchmark; none: list them")
    parser.add_argument("--size", type=int, help="see the benchmark's docstring")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument(
        "--template", help="database with all add-ons to copy (made when not given)"
    )
    parser.add_argument(
        "--keep", action="store_true", help="do not drop the database afterwards"
    )
    options, others = parser.parse_known_args(arguments)
    options.name = options.name and options.name.replace("-", "_")
    if not options.name:
        for name in names():
            print(f"{name:20} {summary(name)}")
        return
    if options.name not in names():
        parser.error(f"no benchmark {options.name}; there are: {', '.join(names())}")
    sys.path.insert(0, str(FOLDER))
    module = importlib.import_module(options.name)
    asked = _options(module, others)
    size = options.size or module.SIZE
    with contextlib.ExitStack() as stack:
        database = None
        if getattr(module, "DATABASE", False):
            template = options.template or os.environ["BILLING_BENCH_BASE"]
            database = stack.enter_context(
                _database(options.name, template, options.keep)
            )
            if not _durable():
                print("NOTE: commits do not wait for the disk; no figures to publish")
        bench = Bench(database)
        print(f"{options.name}, size {size}\n{HEAD}", flush=True)
        module.run(bench, size, **asked)
    if options.json:
        rows = [dataclasses.asdict(result) for result in bench.results]
        options.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    # benchmarks import this module by its name, and must find the same one
    from harness import main as same_main

    same_main()
