"""The ledger export: posted entries to a CSV file with control totals.

``--size`` is the number of entries (1,000,000 by default). Each is taken once, mapped,
written, hashed and guarded; then the same again finds nothing, and the reconciliation
of ledger and exports adds up.
"""

import fixtures
import interest

SIZE = 1_000_000
SMALL = 20
DATABASE = True

TARGET_SECONDS = 120
TARGET_MIB = 400
AMOUNT = 1000


def run(bench, size):
    size += size % 2
    with bench.environment() as env:
        env = _entries(env, size)
        batch = env["billing.ledger.export"].create({"date_end": interest.DUE})
        with bench.measure() as measure:
            batch.action_export()
            env.cr.commit()
        if batch.line_count != size or batch.debit != AMOUNT * size / 2:
            raise AssertionError(f"{batch.line_count} entries, {batch.debit}")
        bench.record(
            "ledger: export",
            "s CPU",
            measure.all_cpu_seconds,
            target=TARGET_SECONDS * size / SIZE if size >= SIZE else None,
            peak_mib=measure.peak_mib,
        )
        bench.record("ledger: clock", "s", measure.seconds)
        if size >= SIZE and measure.peak_mib > TARGET_MIB:
            raise AssertionError(f"{measure.peak_mib} MiB of {TARGET_MIB}")


def _entries(env, size):
    """Environment of a company with ``size`` posted entries, debit and credit."""
    env = fixtures._company(env, "L")
    env = env(user=1, context={"allowed_company_ids": env.company.ids})
    partner = env["res.partner"].create({"name": "Debtor"})
    debt = interest._debt(env, partner)
    income = debt.move_id.invoice_line_ids.account_id.id
    copier = fixtures.Copier(env.cr)
    moves = copier.copy(debt.move_id, size // 2, name=lambda n: f"L/{n}")
    # the invoice's own line of income is one of the credits
    credited = {
        "account_id": lambda n: income if n % 2 else debt.account_id.id,
        "debit": lambda n: 0 if n % 2 else AMOUNT,
        "credit": lambda n: AMOUNT if n % 2 else 0,
        "balance": lambda n: -AMOUNT if n % 2 else AMOUNT,
        "amount_currency": lambda n: -AMOUNT if n % 2 else AMOUNT,
    }
    copier.copy(
        debt,
        size - 1,
        move_id=lambda n: moves[n // 2],
        name=lambda n: f"Entry {n}",
        **credited,
    )
    fixtures.finish(env)
    return env
