"""A grid company in round figures, for the journeys; runs in an Odoo shell.

Expects `env`. `gridclerk` handles cases; `fjord`, `digger` and `kari` are the portal
users of the installer, the contractor and a customer (password = login). A new
connection is paid to half before its orders are released; the cable to the harbour is
shared among 8 points. Card payments go to Odoo's demo provider.
"""

from odoo.api import SUPERUSER_ID, Environment
from odoo.fields import Command
from odoo.modules.registry import Registry


def make(env):
    """Make the grid company. :return: its company"""
    currency = env["res.currency"].with_context(active_test=False)
    currency = currency.search([("name", "=", "NOK")])
    currency.active = True
    company = (
        env["res.company"]
        .with_context(chart_template_load=True)
        .create(
            {
                "name": "Grid Company",
                "currency_id": currency.id,
                "email": "grid@example.com",
            }
        )
    )
    env["account.chart.template"].try_loading(
        "generic_coa", company=company, install_demo=False
    )
    company.currency_id = currency
    env["ir.config_parameter"].set_param("auth_password_policy.minlength", 0)
    _user(env, company, "gridclerk", "energy_connection.group_connection_clerk")
    people = {
        login: _portal_user(env, company, login, name)
        for login, name in (
            ("fjord", "Fjord Installation"),
            ("digger", "Digger Ltd"),
            ("kari", "Kari Nordmann"),
        )
    }
    env = env(context={"allowed_company_ids": company.ids, "tracking_disable": True})
    _settings(env, company, people["digger"])
    _provider(env, company)
    env.cr.commit()
    return company


def _user(env, company, login, group):
    return env["res.users"].create(
        {
            "name": "Grid Clerk",
            "login": login,
            "password": login,
            "email": f"{login}@example.com",
            "lang": "en_US",
            "company_id": company.id,
            "company_ids": [Command.set(company.ids)],
            "group_ids": [Command.set(env.ref(group).ids)],
        }
    )


def _portal_user(env, company, login, name):
    """:return: the partner of the new user"""
    users = env["res.users"].with_context(no_reset_password=True)
    return users.create(
        {
            "name": name,
            "login": login,
            "password": login,
            "email": f"{login}@example.com",
            "lang": "en_US",
            "company_id": company.id,
            "company_ids": [Command.set(company.ids)],
            "group_ids": [Command.set(env.ref("base.group_portal").ids)],
        }
    ).partner_id


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


def main(env):
    env["ir.module.module"].search(
        [("name", "=", "payment_demo"), ("state", "!=", "installed")]
    ).button_immediate_install()
    # the installation made another registry
    with Registry(env.cr.dbname).cursor() as cr:
        make(Environment(cr, SUPERUSER_ID, {}))


main(globals()["env"])
