"""From 19.0.1.1.0 on the check has a tolerance of five percent, where nobody entered
another."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    check = env.ref("billing_example.check_amount_limit", raise_if_not_found=False)
    if check and not check.limit:
        check.limit = 5
