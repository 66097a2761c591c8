"""Two brokers of the trader, each with customers he brought and a commission on them.

The manager agrees with them before January is billed, and the clerk puts the agreements
on their contracts; when it is billed he counts and confirms. `broker` is the login of
the first one in the portal.
"""

from datetime import date

from odoo.fields import Command

LOGIN = "broker"
BROKERS = (
    ("Meridian Energy Brokers", 2.5, ("D-2025-002", "D-2025-008", "D-2025-018")),
    ("Polar Star Consulting", 1.5, ("D-2025-014",)),
)
"""Name, percent of what is billed, contracts."""


def agree(env, company):
    """Brokers, their agreements and the login, once."""
    if env["res.users"].search_count([("login", "=", LOGIN)]):
        return
    partners = env["res.partner"].create(
        [
            {
                "name": name,
                "is_company": True,
                "email": f"{name.split()[0].lower()}@example.com",
                # docs/walkthroughs lead brokers in English
                "lang": "en_US",
                "company_id": company.id,
            }
            for name, *_agreed in BROKERS
        ]
    )
    product = env["product.product"].create(
        {"name": "Commission", "type": "service", "company_id": company.id}
    )
    agreements = _as(env, company, "manager")["billing.broker.agreement"].create(
        [
            {
                "name": f"{name}, {percent} %",
                "rate": percent,
                "product_id": product.id,
                "part_ids": [Command.create({"partner_id": partner.id})],
            }
            for (name, percent, _contracts), partner in zip(
                BROKERS, partners, strict=True
            )
        ]
    )
    own = _as(env, company, "clerk")
    contracts = own["contract.contract"].search([("company_id", "=", company.id)])
    by_code = {contract.code: contract for contract in contracts}
    own["billing.broker.assignment"].create(
        [
            {
                "contract_id": by_code[code].id,
                "agreement_id": agreement.id,
                "date_start": date(2025, 1, 1),
            }
            for (_name, _percent, codes), agreement in zip(
                BROKERS, agreements, strict=True
            )
            for code in codes
        ]
    )
    env["res.users"].with_context(no_reset_password=True).create(
        {
            "name": partners[0].name,
            "login": LOGIN,
            "password": LOGIN,
            "partner_id": partners[0].id,
            "company_id": company.id,
            "company_ids": [Command.set(company.ids)],
            "group_ids": [Command.set(env.ref("base.group_portal").ids)],
        }
    )


def settle(env, period):
    """Count the commissions of a billed period and confirm them, once."""
    own = _as(env, period.company_id, "clerk")
    Statement = own["billing.broker.statement"]
    if Statement.search_count([], limit=1):
        return
    own["billing.broker.count"].create({"date_end": period.date_end}).action_count()
    Statement.search([]).action_confirm()


def _as(env, company, login):
    user = env["res.users"].search([("login", "=", login)])
    context = {**env.context, "allowed_company_ids": company.ids}
    return env(user=user.id, context=context)
