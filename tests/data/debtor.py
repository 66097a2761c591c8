"""A customer with an overdue invoice, for the journeys; runs in an Odoo shell.

Expects `env`. `collector` is an administrator of a company of its own with a dunning
policy: reminded ten days after the due date, by letter, with a fee of 8.00.
"""

from datetime import timedelta

from odoo.fields import Command, Date


def make(env):
    """Make the company and its debtor."""
    company = (
        env["res.company"]
        .with_context(chart_template_load=True)
        .create({"name": "Utility", "currency_id": env.ref("base.EUR").id})
    )
    env["account.chart.template"].try_loading(
        "generic_coa", company=company, install_demo=False
    )
    env.ref("base.EUR").active = True
    company.currency_id = env.ref("base.EUR")
    groups = ("billing_base.group_billing_admin", "base.group_system")
    user = env["res.users"].create(
        {
            "name": "Collector",
            "login": "collector",
            "password": "collector",
            "lang": "en_US",
            "company_id": company.id,
            "company_ids": [Command.set(company.ids)],
            "group_ids": [Command.set([env.ref(group).id for group in groups])],
        }
    )
    env = env(user=user.id, context={"allowed_company_ids": company.ids})
    fee = env["product.product"].create(
        {"name": "Reminder fee", "type": "service", "taxes_id": [Command.clear()]}
    )
    policy = env["credit.control.policy"].create(
        {"name": "One letter", "company_id": company.id, "fee_product_id": fee.id}
    )
    env["credit.control.policy.level"].create(
        {
            "policy_id": policy.id,
            "name": "First reminder",
            "level": 1,
            "computation_mode": "net_days",
            "delay_days": 10,
            "channel": "letter",
            "fee": 8,
            "email_template_id": env.ref(
                "account_credit_control.email_template_credit_control_base"
            ).id,
            "custom_text": "You may have overlooked this invoice.",
            "custom_mail_text": "You may have overlooked this invoice.",
        }
    )
    company.credit_policy_id = policy
    due = Date.context_today(company) - timedelta(days=40)
    for name, amount in (("Late Bakery", 120), ("Late Smithy", 300)):
        move = env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": env["res.partner"].create({"name": name}).id,
                "invoice_date": due - timedelta(days=14),
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Electricity",
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        move.action_post()


if "env" in globals():
    make(env)  # noqa: F821
    env.cr.commit()  # noqa: F821
