"""Postal: entries into consolidated invoices, and the reports over many entries.

``--size`` is the number of entries (50,000 by default), 50 for each partner: 5
specifications of 10 entries at 5 cost centres, consolidated into one invoice. Checking,
pricing, making segments, invoicing and posting are measured together. OCA contract
invoices and posts a sample with as many lines.

The universal report is read over entries copied to forty times as many.
"""

import fixtures
import steps

SIZE = 50_000
SMALL = 100
DATABASE = True

PER_PARTNER = 50
CENTRES = 5
PIECE = 500
SAMPLE = 200
TARGET_SECONDS = 180
TARGET_RATIO = 4
REPORT_FACTOR = 40
TARGET_REPORT = 5


def run(bench, size):
    with bench.environment() as env:
        partners = max(1, size // PER_PARTNER)
        fixture = fixtures.make(env, partners, code="P")
        sample = min(partners, SAMPLE)
        contracts = fixtures.make_contracts(fixture, sample)
        theirs, moves = steps.invoice_contracts(bench, contracts)
        their_lines = len(moves.invoice_line_ids)
        specifications = make_specifications(fixture, partners)
        entries = len(specifications.line_ids)
        with bench.measure() as ours:
            invoices = bill(fixture, specifications)
        if len(invoices) != partners or set(invoices.mapped("state")) != {"posted"}:
            raise AssertionError(f"{partners} partners, but {len(invoices)} invoices")
        bench.record(
            f"postal: {entries:,} entries invoiced",
            "s",
            ours.seconds,
            peer=theirs.seconds / their_lines * entries,
            target=TARGET_RATIO,
            peak_mib=ours.peak_mib,
        )
        bench.record("postal: the same", "s", ours.seconds, target=TARGET_SECONDS)
        report(bench, fixture, specifications)


def make_specifications(fixture, partners):
    """Drafts of every partner at every cost centre, ten entries each."""
    from odoo.fields import Command

    env = fixture.env
    plan = env.ref("postal_billing.analytic_plan_cost_centre")
    centres = env["account.analytic.account"].create(
        [
            {
                "name": f"Centre {number}",
                "code": f"C{number}",
                "plan_id": plan.id,
                "company_id": fixture.company.id,
            }
            for number in range(CENTRES)
        ]
    )
    product = fixture.tariff.item_ids.product_id[:1]
    tariff = env["billing.tariff"].create({"name": "Post", "code": "POST"})
    items = env["billing.tariff.item"].create(
        [
            {
                "tariff_id": tariff.id,
                "name": f"Service {number}",
                "code": f"S{number}",
                "product_id": product.id,
                "basis": "unit",
                "quantity_type_id": env.ref("billing_base.quantity_type_pieces").id,
                "service_kind": "letter",
                "price_ids": [
                    Command.create(
                        {"date_start": fixtures.PERIOD[0], "price": 0.5 + number / 10}
                    )
                ],
            }
            for number in range(10)
        ]
    )
    kind = env["billing.agreement.type"].create(
        {
            "name": "Post",
            "code": "POST",
            "cycle_id": fixture.period.cycle_id.id,
            "segment_type_id": env.ref("postal_billing.segment_type_specification").id,
            "postal_kind": "on_account",
        }
    )
    old = env["billing.agreement"].browse(fixture.agreements)
    env["billing.agreement"].create(
        [
            {
                "code": f"P-{agreement.code}",
                "contract_id": agreement.contract_id.id,
                "account_id": agreement.account_id.id,
                "type_id": kind.id,
                "date_start": fixtures.PERIOD[0],
                "term_ids": [
                    Command.create(
                        {"date_start": fixtures.PERIOD[0], "tariff_id": tariff.id}
                    )
                ],
            }
            for agreement in old
        ]
    )
    specifications = env["postal.specification"].create(
        [
            {
                "kind": "on_account",
                "period_id": fixture.period.id,
                "cost_centre_id": centre.id,
                "partner_id": partner.id,
                "line_ids": [
                    Command.create(
                        {"item_id": item.id, "quantity": 1 + (partner.id + n) % 90}
                    )
                    for n, item in enumerate(items)
                ],
            }
            for partner in old.partner_id
            for centre in centres
        ]
    )
    fixtures.finish(env)
    return specifications


def bill(fixture, specifications):
    """Check, make segments, invoice and post, in pieces as jobs do."""
    env = fixture.env
    invoices = env["account.move"]
    ids = specifications.ids
    for first in range(0, len(ids), PIECE):
        piece = specifications.browse(ids[first : first + PIECE])
        piece.action_invoice()
        invoices |= piece.invoice_ids
        env.cr.commit()
        env.invalidate_all()
    return invoices


def report(bench, fixture, specifications):
    """The universal report over many entries, by partner and by service."""
    env = fixture.env
    lines = len(specifications.line_ids)
    last = fixture.period.cycle_id.period_ids[-1]
    env.cr.execute(
        "INSERT INTO postal_specification (name, kind, period_id, company_id,"
        " cost_centre_id, partner_id, agreement_id, state)"
        " SELECT name, kind, %s, company_id, cost_centre_id, partner_id, agreement_id,"
        " 'draft' FROM postal_specification WHERE id = ANY(%s)",
        (last.id, specifications.ids),
    )
    env.cr.execute(
        "INSERT INTO postal_specification_line (specification_id, company_id, kind,"
        " period_id, partner_id, sequence, cost_centre_id, item_id, service_kind,"
        " quantity, weight, money, unit_price, amount)"
        " SELECT s.id, l.company_id, l.kind, s.period_id, l.partner_id,"
        " l.sequence, l.cost_centre_id, l.item_id, l.service_kind, l.quantity,"
        " l.weight, l.money, l.unit_price, l.amount"
        "  FROM postal_specification_line l"
        "  JOIN postal_specification s ON s.partner_id = l.partner_id"
        "   AND s.cost_centre_id = l.cost_centre_id AND s.period_id = %s,"
        "       generate_series(1, %s)"
        " WHERE l.specification_id = ANY(%s)",
        (last.id, REPORT_FACTOR, specifications.ids),
    )
    fixtures.finish(env)
    env.cr.execute("SELECT count(*) FROM postal_specification_line")
    (total,) = env.cr.fetchone()
    if total < lines * REPORT_FACTOR:
        raise AssertionError(f"{total} entries")
    with bench.measure() as measure:
        env["postal.report"]._read_group(
            [("company_id", "=", fixture.company.id)],
            ["partner_id", "document"],
            ["quantity:sum", "amount:sum"],
        )
    bench.record(
        f"postal: report over {total:,} entries",
        "s",
        measure.seconds,
        target=TARGET_REPORT,
    )
