from odoo.fields import Command
from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestChart(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = cls.env["res.company"].create(
            {
                "name": "Pošta",
                "country_id": cls.env.ref("base.me").id,
                "currency_id": cls.env.ref("base.EUR").id,
            }
        )
        cls.env.ref("base.EUR").active = True
        cls.env.user.company_ids |= company
        cls.env["account.chart.template"].try_loading("me", company, install_demo=False)
        context = {**cls.env.context, "allowed_company_ids": company.ids}
        cls.env = cls.env(context=context)
        cls.company = company.with_env(cls.env)

    def _tax(self, code):
        template = self.env["account.chart.template"].with_company(self.company)
        return template.ref(f"me_{code}")

    def test_the_taxes_of_the_country(self):
        for use in ("sale", "purchase"):
            taxes = [self._tax(f"{use}_{code}") for code in ("21", "7", "0", "exempt")]
            self.assertEqual([tax.amount for tax in taxes], [21, 7, 0, 0])
            self.assertEqual({tax.country_id.code for tax in taxes}, {"ME"})
        self.assertEqual(self.company.account_sale_tax_id, self._tax("sale_21"))
        self.assertEqual(self.company.currency_id.name, "EUR")

    def test_numbers_are_written_as_in_the_country(self):
        language = self.env["res.lang"]._activate_lang("sr@latin")
        self.assertEqual(language.format("%.2f", 1234.56, grouping=True), "1.234,56")

    def test_an_invoice_with_each_of_them(self):
        codes = ("21", "7", "0", "exempt")
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.env["res.partner"].create({"name": "Kupac"}).id,
                "invoice_date": "2026-01-31",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": code,
                            "price_unit": 100,
                            "tax_ids": [Command.set(self._tax(f"sale_{code}").ids)],
                        }
                    )
                    for code in codes
                ],
            }
        )
        move.action_post()
        self.assertEqual((move.amount_untaxed, move.amount_tax), (400, 28))
        by_code = {
            line.account_id.code: line.balance for line in move.line_ids if line.balance
        }
        self.assertEqual(by_code, {"2040": 428, "6140": -100, "4700": -21, "4701": -7})
