"""The check finds, the form shows, the export has the column."""

from odoo.tests import Form, tagged

from odoo.addons.billing_base.tests.common import BillingCase


@tagged("post_install", "-at_install")
class TestExample(BillingCase):
    def test_a_bill_above_the_agreed_maximum_is_found(self):
        check = self.env.ref("billing_example.check_amount_limit")
        with Form(self.agreement) as form:
            form.example_amount_limit = 1
        (segment,) = self._generate()
        found = segment.result_ids.filtered(lambda r: r.check_id == check)
        self.assertEqual(found.level, "warning")
        self.assertEqual(found.params["agreed"], 1)

        # a tolerance of 100,000 percent is above any bill of the test
        check.limit = 100_000
        self.assertFalse(check._find(segment))

    def test_the_field_is_a_column_of_an_export(self):
        self.agreement.example_amount_limit = 25.5
        shipped = self.env.ref("billing_example.profile_agreements").sudo()
        profile = shipped.copy({"company_id": self.company.id}).sudo(False)
        columns = profile.column_ids
        self.assertEqual(columns.mapped("name"), ["Agreement", "Agreed maximum"])
        row = [column._get_reader()(self.agreement) for column in columns]
        self.assertEqual(str(row[0]), self.agreement.code)
        self.assertEqual(float(row[1]), 25.5)
