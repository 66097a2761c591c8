"""A post office in round figures: Montenegro, in euro.

January 2026 is the active period. Two cost centres, Podgorica with the
clerk `counter` and Budva; the bank and the pension fund as partners; `postclerk` bills.
The fund's payout for January disagrees with its list by one cheque at Budva.
"""

from datetime import date

from companies import find_company, make_company, make_user

from odoo.fields import Command


def make(env):
    """Make the post office, once. :return: its company"""
    if company := find_company(env, "postclerk"):
        return company
    company = make_company(env, "Post Office", "me", "EUR", "me")
    make_user(company, "postclerk", "billing_base.group_billing_clerk")
    counter = make_user(company, "counter", "postal_billing.group_postal_centre")
    env = company.env
    tariff, items = _price_list(env)
    cycle = env["billing.cycle"].create({"name": "Post", "code": "POST"})
    cycle._generate_periods(date(2026, 1, 1), date(2026, 6, 30))
    types = {
        kind: env["billing.agreement.type"].create(
            {
                "name": name,
                "code": kind,
                "cycle_id": cycle.id,
                "segment_type_id": env.ref(
                    "postal_billing.segment_type_specification"
                ).id,
                "postal_kind": kind,
            }
        )
        for kind, name in (("on_account", "On account"), ("payout", "Payouts"))
    }
    centres = env["account.analytic.account"].create(
        [
            {
                "name": name,
                "code": code,
                "plan_id": env.ref("postal_billing.analytic_plan_cost_centre").id,
                "company_id": company.id,
                "clerk_ids": [Command.set(clerks)],
            }
            for name, code, clerks in (
                ("Podgorica", "PG", counter.ids),
                ("Budva", "BD", []),
            )
        ]
    )
    profile = env["billing.profile"].create(
        {"name": "Consolidated", "tax_rounding": "line"}
    )
    bank = _partner(env, "Crown Bank", "BANK", profile, tariff, types)
    fund = _partner(env, "Pension Fund", "FUND", profile, tariff, types)
    january = cycle.period_ids[0]
    january.action_activate()
    _drafts(env, january, centres, bank, fund, items)
    return company


def _price_list(env):
    """Twenty services S01 … S20 at 0.10, 0.20 … 2.00 a piece, and a commission."""
    sale = [("company_id", "=", env.company.id), ("type_tax_use", "=", "sale")]
    taxes = [
        env["account.tax"].search([*sale, ("name", "=", name)])
        for name in ("21 %", "Exempt")
    ]
    post, payouts = env["product.product"].create(
        [
            {
                "name": name,
                "type": "service",
                "company_id": env.company.id,
                "taxes_id": [Command.set(tax.ids)],
            }
            for name, tax in zip(("Post", "Payouts"), taxes, strict=True)
        ]
    )
    tariff = env["billing.tariff"].create({"name": "Postal Services", "code": "POST"})
    pieces = env.ref("billing_base.quantity_type_pieces")
    common = {"tariff_id": tariff.id, "basis": "unit", "quantity_type_id": pieces.id}
    items = env["billing.tariff.item"].create(
        [
            {
                **common,
                "name": f"Service {number}",
                "code": f"S{number:02}",
                "product_id": post.id,
                "service_kind": "registered",
                "price_ids": [
                    Command.create(
                        {"date_start": date(2026, 1, 1), "price": number / 10}
                    )
                ],
            }
            for number in range(1, 21)
        ]
        + [
            {
                **common,
                "name": "Commission per cheque",
                "code": "COM",
                "product_id": payouts.id,
                "service_kind": "payout",
                "quantity_type_id": env.ref("postal_billing.quantity_type_money").id,
                "basis": "bands",
                "price_ids": [
                    Command.create(
                        {
                            "date_start": date(2026, 1, 1),
                            "price": 0,
                            "band_mode": "item",
                            "band_ids": [Command.create({"is_open": True, "fixed": 2})],
                        }
                    )
                ],
            }
        ]
    )
    return tariff, items


def _partner(env, name, ref, profile, tariff, types):
    partner = env["res.partner"].create(
        {"name": name, "ref": ref, "is_company": True, "company_id": env.company.id}
    )
    account = env["billing.account"].create(
        {"code": f"A-{ref}", "partner_id": partner.id, "profile_id": profile.id}
    )
    contract = env["contract.contract"].create(
        {
            "name": f"Contract {ref}",
            "partner_id": partner.id,
            "company_id": env.company.id,
        }
    )
    env["billing.agreement"].create(
        [
            {
                "code": f"{ref}-{kind}",
                "contract_id": contract.id,
                "account_id": account.id,
                "type_id": found.id,
                "date_start": date(2026, 1, 1),
                "term_ids": [
                    Command.create(
                        {"date_start": date(2026, 1, 1), "tariff_id": tariff.id}
                    )
                ],
            }
            for kind, found in types.items()
        ]
    )
    return partner


def _drafts(env, january, centres, bank, fund, items):
    """Drafts of January: the bank at Budva, and the fund's payout with a mistake."""
    podgorica, budva = centres
    env["postal.specification"].create(
        [
            {
                "kind": "on_account",
                "period_id": january.id,
                "cost_centre_id": budva.id,
                "partner_id": bank.id,
                "line_ids": [
                    Command.create({"item_id": items[9].id, "quantity": 100}),
                    Command.create({"item_id": items[19].id, "quantity": 50}),
                ],
            },
            {
                "kind": "payout",
                "period_id": january.id,
                "cost_centre_id": False,
                "partner_id": fund.id,
                "total_cheques": 5,
                "total_money": 1500,
                "centre_ids": [
                    Command.create(
                        {"cost_centre_id": podgorica.id, "cheques": 3, "money": 900}
                    ),
                    Command.create(
                        {"cost_centre_id": budva.id, "cheques": 2, "money": 600}
                    ),
                ],
                "line_ids": [
                    Command.create(
                        {
                            "item_id": items[20].id,
                            "cost_centre_id": podgorica.id,
                            "quantity": 3,
                            "money": 900,
                        }
                    ),
                    Command.create(
                        {
                            "item_id": items[20].id,
                            "cost_centre_id": budva.id,
                            "quantity": 1,
                            "money": 600,
                        }
                    ),
                ],
            },
        ]
    )
