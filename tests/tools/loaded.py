"""Processes that begin with all add-ons loaded.

To load them takes a process longer than most of what is tried here. So this process
loads them once, from the installed database, and forks: a fork points what is loaded to
a database of its own, a copy of the installed one, and has connections of its own.
"""

import functools
import gc
import multiprocessing
import os
import sys
import threading

MINUTES = 60


class Forked:
    """A process that does something in a database.

    :param database: a copy of the installed database; it may be made by the work itself
    :param work: a function without arguments, or the text of a script that finds what
        Odoo's shell has: ``env`` of the superuser and ``odoo``; nothing is committed
        but by the script
    """

    def __init__(self, database, work):
        _load()
        if isinstance(work, str):
            work = functools.partial(_run_script, database, work)
        reader, writer = os.pipe()
        self._process = multiprocessing.get_context("fork").Process(
            target=_begin, args=(database, work, writer)
        )
        self._process.start()
        os.close(writer)
        #: what it says, and what it logs
        self.stdout = os.fdopen(reader, encoding="utf-8", errors="replace")

    def poll(self):
        """Its exit status; None while it runs."""
        return self._process.exitcode

    def wait(self, seconds=10 * MINUTES):
        """Its exit status, once it has ended; None when it did not in that time."""
        self._process.join(seconds)
        return self._process.exitcode

    def kill(self):
        """End it at once, as ``kill -9`` does; nothing where it has ended."""
        self._process.kill()
        self._process.join()
        self.stdout.close()


def shell(database, work):
    """What a script or function says in a process of its own; see :class:`Forked`.

    :raises AssertionError: when it fails, with what it said
    """
    process = Forked(database, work)
    try:
        said = process.stdout.read()
        if process.wait() != 0 or "Traceback" in said:
            raise AssertionError(said)
    finally:
        process.kill()
    return said


@functools.cache
def _load():
    import odoo.api  # noqa: F401  sets Odoo up, before anything else of it
    from odoo import sql_db
    from odoo.modules.registry import Registry
    from odoo.tools import config

    template = os.environ["BILLING_TEST_DATABASE"]
    config.parse_config(
        ["-d", template, "--no-http", "--log-level=warn"], setup_logging=False
    )
    Registry(template)
    # what somebody is connected to cannot be copied
    sql_db.close_all()
    # collecting garbage would write to what the forks share
    gc.freeze()


def _begin(database, work, writer):
    """Life of a fork; multiprocessing tells what it raises, and ends it."""
    os.dup2(writer, 1)
    os.dup2(writer, 2)
    os.close(writer)
    sys.stdout = sys.stderr = open(1, "w", buffering=1, encoding="utf-8", closefd=False)
    _adopt(database)
    work()


def _adopt(database):
    """Point what is loaded to another database of the same add-ons."""
    from odoo import netsvc, sql_db
    from odoo.modules.registry import Registry
    from odoo.tools import config

    netsvc.init_logger()
    threading.current_thread().dbname = database
    (template,) = config["db_name"]
    registry = Registry(template)
    Registry.delete(template)
    registry.db_name, registry._db = database, sql_db.db_connect(database)
    Registry.registries[database] = registry
    config["db_name"] = [database]
    # what was read from the other database
    registry.clear_all_caches()


def _run_script(database, text):
    import odoo.api
    from odoo.modules.registry import Registry

    cr = Registry(database).cursor()
    try:
        env = odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})
        env = env(context=env["res.users"].context_get())
        exec(text, {"env": env, "odoo": odoo, "__name__": "__main__"})
    finally:
        cr.close()
