"""Profiles over the company of billing_base's own tests."""

import base64
import csv
import io

from odoo.fields import Command

from odoo.addons.billing_base.tests.common import BillingCase


class ExchangeCase(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile_model = cls.env["billing.exchange.profile"]

    @classmethod
    def _create_profile(cls, columns, model="billing.agreement", **values):
        """A profile of records with columns ``(title, path)`` or ``(…, True)`` for
        those with a total."""
        return cls.profile_model.create(
            {
                "name": "CRM",
                "code": "CRM",
                "model_id": cls.env["ir.model"]._get_id(model),
                "column_ids": [
                    Command.create(
                        {"name": title, "path": path, "is_total": bool(total)}
                    )
                    for title, path, *total in columns
                ],
                **values,
            }
        )

    def _rows(self, batch):
        text = base64.b64decode(batch.file).decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text), delimiter=";"))
