"""Dunning: overdue invoices to a preview, then to reminders with fees.

``--size`` is the number of overdue invoices (10,000 by default), each of a customer of
its own. Reminders go in pieces of 500 customers, each committed, as its jobs do.
"""

from datetime import timedelta

import fixtures
import interest

SIZE = 10_000
SMALL = 20
DATABASE = True


def run(bench, size):
    from odoo.tools import split_every

    with bench.environment() as env:
        company = interest.prepare(env, 2 * size)
        env = company.env
        dunning = prepare(env, company)
        with bench.measure() as preview:
            dunning.action_preview()
            env.cr.commit()
        # every other debt of the fixture is paid
        if dunning.ready_count != size:
            raise AssertionError(f"{dunning.ready_count} of {size} to remind")
        bench.record(
            "dunning: preview",
            "s CPU",
            preview.all_cpu_seconds,
            peak_mib=preview.peak_mib,
        )
        partners = dunning._get_waiting_partners()
        with bench.measure() as reminded:
            for piece in split_every(500, partners, list):
                dunning._remind(piece)
                env.cr.commit()
                env.invalidate_all()
        if dunning.ready_count or len(dunning.communication_ids) != size:
            raise AssertionError(f"{dunning.ready_count} of {size} left")
        bench.record(
            "dunning: reminders, clock",
            "ms each",
            1000 * reminded.seconds / size,
            peak_mib=reminded.peak_mib,
        )
        bench.record(
            "dunning: reminders, CPU", "ms each", 1000 * reminded.all_cpu_seconds / size
        )


def prepare(env, company):
    """A run with a first level by letter and a fee on the next bill or at once."""
    from odoo.fields import Command

    policy = env["credit.control.policy"].create(
        {"name": "Bench", "company_id": company.id}
    )
    env["credit.control.policy.level"].create(
        {
            "name": "Reminder",
            "policy_id": policy.id,
            "level": 1,
            "computation_mode": "net_days",
            "delay_days": 10,
            "channel": "letter",
            "interest": "shown",
            "email_template_id": env.ref(
                "account_credit_control.email_template_credit_control_base"
            ).id,
            "custom_text": "Please pay.",
            "custom_mail_text": "Please pay.",
        }
    )
    company.credit_policy_id = policy
    dunning = env["credit.control.run"].create(
        {
            "date": interest.DUE + timedelta(days=10),
            "company_id": company.id,
            "policy_ids": [Command.set(policy.ids)],
        }
    )
    fixtures.finish(env)
    return dunning
