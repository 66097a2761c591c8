from odoo.tests import Form, tagged

from .common import ExchangeCase


@tagged("post_install", "-at_install")
class TestViews(ExchangeCase):
    def test_a_manager_enters_a_profile(self):
        form = Form(self.profile_model.with_user(self._user("manager")))
        form.name, form.code = "Agreements for the call centre", "CALL"
        form.model_id = self.env["ir.model"]._get("billing.agreement")
        with form.column_ids.new() as column:
            column.name, column.path = "number", "code"
        profile = form.save()
        self.assertEqual(profile.column_ids.mapped("path"), ["code"])
        action = profile.action_run()
        self.assertEqual(action["res_model"], "billing.exchange.batch")
        batch = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(
            batch.action_open_records()["domain"], [("id", "in", self.agreement.ids)]
        )
        self.assertEqual(profile.action_open_batches()["domain"][0][2], profile.id)
