"""A post office for the benchmark: specifications, OCA's contracts, old entries."""

import fixtures

CENTRES = 5
SERVICES = 10
LINES = CENTRES * SERVICES
"""Lines on the invoice of a partner."""


def make_specifications(fixture):
    """Drafts of every partner at every cost centre, ten entries each.

    :return: ids of the postal.specification made, partner by partner
    """
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
    tariff, items = _price_list(fixture)
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
    return specifications.ids


def _price_list(fixture):
    from odoo.fields import Command

    env = fixture.env
    tariff = env["billing.tariff"].create({"name": "Post", "code": "POST"})
    items = env["billing.tariff.item"].create(
        [
            {
                "tariff_id": tariff.id,
                "name": f"Service {number}",
                "code": f"S{number}",
                "product_id": fixture.tariff.item_ids.product_id[:1].id,
                "basis": "unit",
                "quantity_type_id": env.ref("billing_base.quantity_type_pieces").id,
                "service_kind": "letter",
                "price_ids": [
                    Command.create(
                        {"date_start": fixtures.PERIOD[0], "price": 0.5 + number / 10}
                    )
                ],
            }
            for number in range(SERVICES)
        ]
    )
    return tariff, items


def make_contracts(fixture, count):
    """OCA's contracts of as many lines as the invoices of the post office have."""
    from odoo.fields import Command

    env = fixture.env(user=1)
    partner = fixture.env["billing.agreement"].browse(fixture.agreements[0]).partner_id
    product = fixture.tariff.item_ids.product_id[:1]
    recurrence = {
        "recurring_rule_type": "monthly",
        "recurring_invoicing_type": "post-paid",
        "date_start": fixtures.PERIOD[0],
        "recurring_next_date": fixtures.DUE,
    }
    contracts = env["contract.contract"].create(
        [
            {
                "name": f"PEER-{number}",
                "partner_id": env["res.partner"]
                .browse(partner.id)
                .copy({"name": f"Customer {number} of a contract"})
                .id,
                "company_id": fixture.company.id,
                "line_recurrence": True,
                **recurrence,
                "contract_line_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "name": f"Service {line} #START# – #END#",
                            "quantity": 1 + line,
                            "uom_id": product.uom_id.id,
                            "price_unit": 0.5 + line / 10,
                            "sequence": line,
                            **recurrence,
                        }
                    )
                    for line in range(LINES)
                ],
            }
            for number in range(count)
        ]
    )
    fixtures.finish(env)
    return contracts


def invoice_contracts(bench, contracts):
    """Create and post their invoices the way OCA contract does.

    :return: Measure
    :raises AssertionError: unless each has its invoice of all lines
    """
    env = contracts.env
    with bench.measure() as measure:
        env["contract.contract"].cron_recurring_create_invoice(fixtures.DUE)
        made = env["account.move"].search(
            [("line_ids.contract_line_id.contract_id", "in", contracts.ids)]
        )
        made.action_post()
        env.cr.commit()
    lines = len(made.invoice_line_ids)
    if len(made) != len(contracts) or lines != LINES * len(contracts):
        raise AssertionError(f"{len(contracts)} contracts, {len(made)}, {lines} lines")
    return measure


def copy_billed(fixture, ids, factor):
    """Copy the billed specifications with entries, segments and their lines.

    The copies are on the invoices of the originals, so that a report has to find out
    where each of them stands. :return: the number of entries there are then
    """
    cr = fixture.env.cr
    number = "generate_series(1, %(factor)s)"
    for query in (
        "CREATE TEMP TABLE old_spec AS SELECT s.id, n, nextval("
        " 'postal_specification_id_seq')::int AS new_id"
        f"  FROM postal_specification s, {number} n WHERE s.id = ANY(%(ids)s)",
        "INSERT INTO postal_specification (id, name, kind, period_id, company_id,"
        " cost_centre_id, partner_id, agreement_id, state, is_checked)"
        " SELECT o.new_id, s.name, s.kind, s.period_id, s.company_id,"
        " s.cost_centre_id, s.partner_id, s.agreement_id, s.state, TRUE"
        "  FROM old_spec o JOIN postal_specification s USING (id)",
        "INSERT INTO postal_specification_line (specification_id, company_id, kind,"
        " period_id, partner_id, sequence, cost_centre_id, item_id, service_kind,"
        " quantity, weight, money, unit_price, amount)"
        " SELECT o.new_id, l.company_id, l.kind, l.period_id, l.partner_id,"
        " l.sequence, l.cost_centre_id, l.item_id, l.service_kind, l.quantity,"
        " l.weight, l.money, l.unit_price, l.amount"
        "  FROM old_spec o JOIN postal_specification_line l"
        "    ON l.specification_id = o.id",
        "INSERT INTO billing_segment (agreement_id, account_id, contract_id,"
        " partner_id, company_id, currency_id, period_id, type_id, is_exclusive,"
        " source_key, date_start, date_end, state, worst_check, amount, quantity,"
        " invoice_id, specification_id, cost_centre_id)"
        " SELECT s.agreement_id, s.account_id, s.contract_id, s.partner_id,"
        " s.company_id, s.currency_id, s.period_id, s.type_id, FALSE,"
        " s.source_key || '/' || o.n, s.date_start, s.date_end, s.state,"
        " s.worst_check, s.amount, s.quantity, s.invoice_id, o.new_id,"
        " s.cost_centre_id"
        "  FROM old_spec o JOIN billing_segment s ON s.specification_id = o.id",
        "DROP TABLE old_spec",
    ):
        cr.execute(query, {"factor": factor - 1, "ids": ids})
    cr.execute("SELECT count(*) FROM postal_specification_line")
    return cr.fetchone()[0]


def make_large(fixture, count):
    """A draft with many entries, in the second period."""
    from odoo.fields import Command

    env = fixture.env
    items = env["billing.tariff.item"].search(
        [("tariff_id.code", "=", "POST"), ("company_id", "=", fixture.company.id)]
    )
    centre = env["account.analytic.account"].search(
        [("company_id", "=", fixture.company.id)], limit=1
    )
    agreement = env["billing.agreement"].browse(fixture.agreements[0])
    return env["postal.specification"].create(
        {
            "kind": "on_account",
            "period_id": fixture.period.cycle_id.period_ids[1].id,
            "cost_centre_id": centre.id,
            "partner_id": agreement.partner_id.id,
            "line_ids": [
                Command.create(
                    {"item_id": items[n % len(items)].id, "quantity": 1 + n % 90}
                )
                for n in range(count)
            ],
        }
    )


def web_specification(env, model, arch, names):
    """What the browser asks for when it opens a form: its fields, those of its lists
    with them, and names of records."""
    from lxml import etree

    root = etree.fromstring(arch)
    asked = {}
    for node in root.iter("field"):
        if any(parent.tag == "field" for parent in node.iterancestors()):
            continue
        name = node.get("name")
        field = env[model]._fields[name]
        asked[name] = {}
        if field.type == "many2one":
            asked[name] = {"fields": {"display_name": {}}}
        elif field.type in ("one2many", "many2many"):
            below = {}
            for child in node.findall(".//field"):
                other = env[field.comodel_name]._fields[child.get("name")]
                below[child.get("name")] = (
                    {"fields": {"display_name": {}}} if other.type == "many2one" else {}
                )
            asked[name] = {"fields": below, "limit": 500}
    return {name: value for name, value in asked.items() if name in names}
