"""Late interest: open and late-paid instalments of customers to draft claims.

``--size`` is the number of debts (100,000 by default), each of one customer. Half of
them are open, half were paid late in two parts, so that each bears interest of up to
three stretches of days; the rate changes once more inside them.
"""

from datetime import date

import fixtures

SIZE = 100_000
SMALL = 20
DATABASE = True

#: Seconds for 100,000 open items, from the issue; the rest is in proportion.
TARGET_SECONDS = 30
DUE = date(2025, 11, 30)
#: Days on which half of every other debt was paid.
PAID = date(2025, 12, 20), date(2026, 1, 20)
UNTIL = date(2026, 1, 31)


def run(bench, size):
    with bench.environment() as env:
        company = prepare(env, size)
        calculator = env["billing.interest.calculator"].with_company(company)
        with bench.measure() as counted:
            found = sum(1 for _claim in calculator._iter_claims(company, UNTIL))
        if found != size:
            raise AssertionError(f"{size} debts, interest of {found}")
        bench.record(
            "interest: count",
            "s CPU",
            counted.all_cpu_seconds,
            target=TARGET_SECONDS * size / SIZE,
            peak_mib=counted.peak_mib,
        )
        env = company.env
        with bench.measure() as made:
            claims = env["billing.interest.claim"]._make_drafts(company, UNTIL)
            env.cr.commit()
        if len(claims) != size:
            raise AssertionError(f"{size} debts, {claims}")
        bench.record(
            "interest: count and store drafts",
            "s CPU",
            made.all_cpu_seconds,
            peak_mib=made.peak_mib,
        )


def prepare(env, size):
    """A company with ``size`` customers of one debt each, every other paid late.

    :return: res.company
    """
    from odoo.fields import Command

    fixture = fixtures.make(env, 1, code="I")
    env = fixture.env(user=1, context={"allowed_company_ids": fixture.company.ids})
    journal = env["account.journal"].search(
        [("type", "=", "sale"), ("company_id", "=", env.company.id)], limit=1
    )
    env["billing.interest.policy"].create(
        {
            "name": "Legal",
            "is_default": True,
            "product_id": fixture.tariff.item_ids.product_id.id,
            "journal_id": journal.id,
            "rate_ids": [
                Command.create({"date_start": start, "points": percent})
                for start, percent in (("2025-01-01", 10.15), ("2026-01-01", 10))
            ],
        }
    )
    partner = env["res.partner"].create(
        {"name": "Debtor 0", "company_id": env.company.id}
    )
    debts = _copy_debts(env, _debt(env, partner), size)
    for day in PAID:
        _pay(env, debts, day)
    fixtures.finish(env)
    return env.company


def _debt(env, partner):
    """A posted invoice; :return: its receivable line, the last one there is"""
    from odoo.fields import Command

    move = env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": partner.id,
            "invoice_date": DUE,
            "invoice_date_due": DUE,
            "invoice_payment_term_id": False,
            "invoice_line_ids": [
                Command.create(
                    {"name": "E", "price_unit": 1000, "tax_ids": [Command.clear()]}
                )
            ],
        }
    )
    move.action_post()
    env.flush_all()
    return move.line_ids.filtered(lambda line: line.display_type == "payment_term")


def _copy_debts(env, debt, size):
    """The invoice ``size`` times, of its receivable line alone; :return: its lines"""
    copier = fixtures.Copier(env.cr)
    first = debt.partner_id.id
    partners = copier.copy(
        debt.partner_id,
        size,
        name=lambda n: f"Debtor {n}",
        complete_name=lambda n: f"Debtor {n}",
        commercial_partner_id=lambda n: first + n,
    )
    moves = copier.copy(
        debt.move_id,
        size,
        name=lambda n: f"D/{n}",
        partner_id=lambda n: partners[n],
        commercial_partner_id=lambda n: partners[n],
    )
    lines = copier.copy(
        debt,
        size,
        move_id=lambda n: moves[n],
        partner_id=lambda n: partners[n],
    )
    return env["account.move.line"].browse(lines)


def _pay(env, debts, day):
    """Half of every other debt is paid on a day."""
    from odoo.fields import Command

    paid = debts[1::2]
    other = debts[0].move_id.invoice_line_ids.account_id
    move = env["account.move"].create(
        {
            "date": day,
            "line_ids": [
                Command.create({"account_id": account.id, "balance": balance})
                for account, balance in ((other, 500), (debts[0].account_id, -500))
            ],
        }
    )
    move.action_post()
    env.flush_all()
    credits = fixtures.Copier(env.cr).copy(
        move.line_ids.filtered(lambda line: line.balance < 0), len(paid)
    )
    env.cr.execute(
        """
        INSERT INTO account_partial_reconcile
                    (debit_move_id, credit_move_id, company_id, max_date, amount,
                     debit_amount_currency, credit_amount_currency,
                     debit_currency_id, credit_currency_id)
             SELECT d, c, %s, %s, 500, 500, 500, %s, %s
               FROM unnest(%s, %s) u(d, c)
        """,
        (
            env.company.id,
            day,
            env.company.currency_id.id,
            env.company.currency_id.id,
            paid.ids,
            list(credits),
        ),
    )
    env.cr.execute(
        "UPDATE account_move_line SET reconciled = (%s = %s) WHERE id = ANY(%s)",
        (day, PAID[-1], paid.ids),
    )
