"""A grid company in round figures: Norway, in kroner.

`gridclerk` handles cases; `fjord`, `digger` and `kari` are the portal
users of the installer, the contractor and a customer (password = login). A new
connection is paid to half before its orders are released; the cable to the harbour is
shared among 8 points. Card payments go to Odoo's demo provider.
"""

from datetime import date

from companies import find_company, make_company, make_user

from odoo.fields import Command

PEOPLE = {
    "fjord": "Fjord Installation",
    "digger": "Digger Ltd",
    "kari": "Kari Nordmann",
}


def make(env):
    """Make the grid company, once. :return: its company"""
    if company := find_company(env, "gridclerk"):
        return company
    company = make_company(
        env, "Grid Company", "no", "NOK", "no", email="grid@example.com"
    )
    make_user(
        company, "gridclerk", "energy_connection.group_connection_clerk", "Grid Clerk"
    )
    contacts = {
        login: make_user(
            company.with_context(no_reset_password=True),
            login,
            "base.group_portal",
            name,
            # docs/walkthroughs lead installers and contractors in English
            **({} if login == "kari" else {"lang": "en_US"}),
        ).partner_id
        for login, name in PEOPLE.items()
    }
    env = company.env
    _settings(env, company, contacts["digger"])
    _provider(env, company)
    cycle = env["billing.cycle"].create({"name": "Grid", "code": "GRID"})
    cycle._generate_periods(date(2026, 1, 1), date(2026, 12, 31))
    cycle.period_ids[0].action_activate()
    return company


def _settings(env, company, contractor):
    """Charge types, a kind of case, the cable, the contractor's catalogue."""
    products = env["product.product"].create(
        [
            {
                "name": name,
                "type": "service",
                "invoice_policy": "order",
                "taxes_id": [Command.clear()],
                "company_id": company.id,
            }
            for name in ("Construction contribution", "Ordered work")
        ]
    )
    tax = env["account.tax"].create(
        {
            "name": "25 %",
            "amount": 25,
            "type_tax_use": "sale",
            "tax_group_id": env["account.tax.group"].create({"name": "VAT 25 %"}).id,
        }
    )
    contribution, work = env["connection.charge.type"].create(
        [
            {
                "name": "Construction contribution",
                "code": "contribution",
                "is_regulated": True,
                "is_outside_vat": True,
                "product_id": products[0].id,
            },
            {
                "name": "Ordered work",
                "code": "work",
                "tax_ids": [Command.set(tax.ids)],
                "product_id": products[1].id,
            },
        ]
    )
    env["connection.case.type"].create(
        {
            "name": "New connection",
            "code": "new",
            "contribution_type_id": contribution.id,
            "release_on": "payment",
            "prepayment_percent": 50,
        }
    )
    env["connection.component"].create(
        {"name": "Cable to the harbour", "code": "K-1", "method": "points", "total": 8}
    )
    env["connection.catalogue.item"].create(
        [
            {
                "code": "TRENCH",
                "name": "Trench, per metre",
                "price": 400,
                "partner_id": contractor.id,
                "charge_type_id": contribution.id,
            },
            {
                "code": "meter",
                "name": "Meter work",
                "price": 4000,
                "charge_type_id": work.id,
            },
        ]
    )


def _provider(env, company):
    """The demo provider, in test mode, of the company."""
    provider = env["payment.provider"].search([("code", "=", "demo")], limit=1)
    own = provider.filtered(lambda p: p.company_id == company) or provider.copy(
        {"company_id": company.id}
    )
    journal = env["account.journal"].search(
        [("type", "=", "bank"), ("company_id", "=", company.id)], limit=1
    )
    own.journal_id = journal
    own.write({"state": "test", "is_published": True, "allow_tokenization": False})
