"""Profiles of tables and layouts of messages travel from company to company."""

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.billing_base.tests.test_configuration_file import ConfigurationCase


@tagged("post_install", "-at_install")
class TestTableProfileFile(ConfigurationCase):
    def test_a_table_profile_travels_with_columns_and_texts(self):
        profile = self.env["energy.table.profile"].create(
            {
                "name": "Readings of the north",
                "timezone": "Europe/Sofia",
                "decimal": ",",
                "delimiter": "tab",
                "capacity_factor": 1.25,
                "column_ids": [
                    Command.create({"field": field, "reference": reference})
                    for field, reference in (
                        ("point", "EIC"),
                        ("date_from", "From"),
                        ("date_to", "To"),
                        ("register", "OBIS"),
                        ("quantity", "kWh"),
                    )
                ],
                "text_ids": [
                    Command.create({"kind": "quality", "text": "E", "value": value})
                    for value in ("estimated",)
                ],
            }
        )
        self._import(self._export(profile), env=self.other_env)
        there = self.env["energy.table.profile"].search(
            [("name", "=", profile.name), ("company_id", "=", self.other.id)]
        )
        self.assertEqual(there._to_dict(), profile._to_dict())
        self.assertEqual(there.capacity_factor, 1.25)

        profile.write({"decimal": ".", "delimiter": "bar"})
        profile.column_ids[0].reference = "Code"
        wizard = self._import(self._export(profile), env=self.other_env)
        self.assertIn("Columns: 1 removed, 1 added", wizard.line_ids.text)
        self.assertEqual(there._to_dict(), profile._to_dict())

    def test_a_check_travels_with_the_figures_of_measurement(self):
        check = self.env.ref("energy_billing.check_over_mean", False) or self.env[
            "billing.check"
        ].with_context(active_test=False).search([("code", "=", "energy_over_mean")])
        content = self._export(check)
        before = (check.history_count, check.margin)
        check.write({"history_count": 99, "margin": 12.5})
        self._import(content)
        self.assertEqual((check.history_count, check.margin), before)
