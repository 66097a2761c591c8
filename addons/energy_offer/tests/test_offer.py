"""From a prospect to a contract: estimate, price, signature, agreements once."""

import base64
from datetime import date
from io import BytesIO

import numpy as np
from openpyxl import load_workbook

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.energy_billing.tests.common import EnergyCase


@tagged("post_install", "-at_install")
class OfferCase(EnergyCase):
    """Energy costs 0.20 per kWh from January 16, 2026; VAT is 20 %."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env,
            "seller",
            groups="billing_base.group_billing_viewer,energy_offer.group_energy_offer",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.env.user.group_ids |= cls.env.ref("sales_team.group_sale_manager")
        cls.template = cls.env.ref("energy_offer.template_fixed").copy(
            {
                "company_id": cls.company.id,
                "energy_type_id": cls.metered_type.id,
                "energy_profile_id": cls.profile.id,
                "energy_tariff_id": cls.energy_tariff.id,
            }
        )
        cls.prospect = cls.env["res.partner"].create(
            {"name": "Bakery", "email": "bakery@example.com"}
        )

    def _create_offer(self, *points, **values):
        return (
            self.env["sale.order"]
            .with_user(self.seller)
            .with_company(self.company)
            .create(
                {
                    "is_energy_offer": True,
                    "partner_id": self.prospect.id,
                    "sale_order_template_id": self.template.id,
                    "require_signature": True,
                    "require_payment": False,
                    "validity_date": False,
                    "energy_date_start": "2026-03-01",
                    "energy_point_ids": [
                        Command.create(
                            {
                                "code": code,
                                "amount_today": today,
                                "yearly_ids": [
                                    Command.create(
                                        {
                                            "quantity_type_id": self.energy.id,
                                            "value": value,
                                        }
                                    )
                                ],
                            }
                        )
                        for code, value, today in points
                    ],
                    **values,
                }
            )
        )


class TestOffer(OfferCase):
    def test_a_year_is_estimated_and_compared_with_today(self):
        offer = self._create_offer(("N-8", 12000, 3000), ("N-9", 600, 100))
        offer.action_energy_estimate()
        first, second = offer.energy_point_ids
        # 1,000 and 50 kWh in each month at 0.20
        self.assertEqual((first.amount, second.amount), (2400.0, 120.0))
        self.assertEqual(first.source, "even")
        self.assertEqual(
            (offer.energy_amount, offer.energy_amount_today, offer.energy_saving),
            (2520.0, 3100.0, 580.0),
        )
        self.assertEqual(second.saving, -20.0)
        self.assertEqual(offer.energy_saving_percent, 18.7)
        self.assertEqual((offer.amount_untaxed, offer.amount_total), (2520.0, 3024.0))
        self.assertIn("12,600", offer.order_line.name)
        # nobody invoices an estimate
        self.assertFalse(sum(offer.order_line.mapped("qty_to_invoice")))

    def test_a_year_has_the_totals_and_the_excise_of_a_bill(self):
        """By day 9,000 kWh and at night 3,000: 12,000 × 0.20 and × 0.001"""
        excise = self._create_item(
            "Excise",
            [("2026-01-01", False, 0.001)],
            basis="unit",
            quantity_type_id=self.env.ref(
                "energy_billing.quantity_type_energy_excise"
            ).id,
        )
        excise.tariff_id = self.energy_tariff
        offer = self._create_offer(("N-8", 12000, 0))
        offer.action_energy_estimate()
        self.assertEqual(offer.energy_amount, 2412.0)
        point = offer.energy_point_ids
        point.quantity_ids = [Command.clear()]
        point.yearly_ids = [
            Command.clear(),
            Command.create({"quantity_type_id": self.day.id, "value": 9000}),
            Command.create({"quantity_type_id": self.night.id, "value": 3000}),
        ]
        offer.action_energy_estimate()
        self.assertEqual(offer.energy_amount, 2412.0)

    def test_a_load_profile_divides_the_year(self):
        curve = self.env["energy.curve"].create(
            {"name": "Winter", "code": "winter", "kind": "profile"}
        )
        days = [
            (date(2026, 3, 1).toordinal() + number, 3.0 if number < 31 else 1.0)
            for number in range(365)
        ]
        curve._store(
            [
                (curve.id, date.fromordinal(day), 60, np.full(24, weight))
                for day, weight in days
            ],
            self._import_readings(),
        )
        offer = self._create_offer(("N-8", 4270, 0))
        point = offer.energy_point_ids
        point.curve_id = curve
        point.action_spread()
        # 31 days count three times: 93 + 334 = 427 shares of 10 kWh
        months = {row.month: row.value for row in point.quantity_ids}
        self.assertEqual((months["3"], months["4"]), (930.0, 300.0))
        self.assertEqual(point.source, "profile")
        offer.energy_estimate_start = "2027-03-01"
        with self._refused(UserError, "has no values for all days"):
            point.action_spread()

    def _create_curve(self, days, **values):
        """A series of days ``{date: the same value for each of 24 hours}``."""
        curve = self.env["energy.curve"].create(values)
        curve._store(
            [(curve.id, day, 60, np.full(24, value)) for day, value in days.items()],
            self._import_readings(),
        )
        return curve

    def test_a_formula_prices_each_hour(self):
        """10 kWh a day: 184 days × 10 × (0.10 × 1.1 + price)
        + 181 days × 10 × (0.20 × 1.1 + price)."""
        first = date(2026, 3, 1)
        days = [date.fromordinal(first.toordinal() + n) for n in range(365)]
        self._create_curve(
            {day: 0.1 if day < date(2026, 9, 1) else 0.2 for day in days[:-1]},
            name="Spot",
            code="spot",
        )
        self.energy_item.price_ids.formula = "spot * 1.1 + price"
        self.energy_item.basis = "index"
        offer = self._create_offer(("N-8", 3650, 0))
        offer.energy_point_ids.curve_id = self._create_curve(
            dict.fromkeys(days, 1.0), name="Flat", code="flat", kind="profile"
        )
        with self._refused(UserError, "N-8, 2027-02: .*2027-02-28"):
            offer.action_energy_estimate()
        spot = self.env["energy.curve"].search([("code", "=", "spot")])
        message = self.env["energy.message"].search([], limit=1)
        spot._store([(spot.id, days[-1], 60, np.full(24, 0.2))], message)
        offer.action_energy_estimate()
        # the price list's price, 0.20, is what the formula adds: 570.40 + 760.20
        self.assertEqual(offer.energy_amount, 1330.6)
        offer.action_energy_fetch_prices()
        offer.energy_price_ids.margin = 0.01
        offer.action_energy_estimate()
        # 220.80 + 416.30
        self.assertEqual(offer.energy_amount, 637.1)
        offer.sudo().action_confirm()
        tariff = offer.energy_point_ids.sudo().agreement_id.term_ids.tariff_id
        version = tariff.item_ids.price_ids[-1:]
        self.assertEqual(version.formula, "spot * 1.1 + price")
        self.assertEqual(version.price, 0.01)

    def test_an_offer_is_in_the_currency_of_its_price_list(self):
        other = self.env.ref("base.CZK")
        self.assertNotEqual(self.energy_tariff.currency_id, other)
        self.prospect.with_company(self.company).property_product_pricelist = self.env[
            "product.pricelist"
        ].create({"name": "In crowns", "currency_id": other.id})
        offer = self._create_offer(("N-8", 12000, 0))
        self.assertFalse(offer.pricelist_id)
        self.assertEqual(offer.currency_id, self.energy_tariff.currency_id)

    def test_own_history_counts(self):
        self.env["energy.usage"].create(
            {
                "point_id": self.point.id,
                "quantity_type_id": self.energy.id,
                "date_start": "2025-01-01",
                "date_end": "2025-01-31",
                "value": 310,
            }
        )
        offer = self._create_offer(("N-1", 1, 0))
        offer.energy_point_ids.action_fetch_history()
        self.assertEqual(offer.energy_quantity, 3650.0)
        new = self._create_offer(("N-99", 1, 0))
        with self._refused(UserError, "None of these points"):
            new.energy_point_ids.action_fetch_history()

    def test_a_file_of_the_prospect(self):
        offer = self._create_offer(("N-8", 1, 0))
        wizard = self.env["energy.offer.upload"].with_user(self.seller)
        wizard = wizard.create({"order_id": offer.id})
        wizard.action_template()
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", wizard._name), ("res_id", "=", wizard.id)]
        )
        book = load_workbook(BytesIO(attachment.raw))
        self.assertEqual(book.active.max_row, 13)
        head = "point;month;energy\n"
        wizard.write(
            {
                "file_name": "x.csv",
                "file": base64.b64encode(f"{head}N-8;1;100\nN-7;13;5\n".encode()),
            }
        )
        with self._refused(UserError, "Nothing was taken"):
            wizard.action_upload()
        self.assertFalse(offer.energy_point_ids.quantity_ids)
        wizard.file = base64.b64encode(f"{head}N-8;1;100\nN-7;2;5\n".encode())
        wizard.action_upload()
        self.assertEqual(
            {point.code: point.quantity for point in offer.energy_point_ids},
            {"N-8": 100.0, "N-7": 5.0},
        )

    def test_cost_and_margin_make_a_price_of_the_customers_own(self):
        offer = self._create_offer(("N-8", 12000, 0))
        offer.action_energy_fetch_prices()
        row = offer.energy_price_ids
        self.assertEqual((row.item_id, row.list_price), (self.energy_item, 0.2))
        row.write({"cost": 0.11, "margin": 0.015})
        self.assertEqual(row.price, 0.125)
        offer.action_energy_estimate()
        self.assertEqual(offer.energy_amount, 1500.0)
        offer.sudo().action_confirm()
        tariff = offer.energy_point_ids.sudo().agreement_id.term_ids.tariff_id
        self.assertNotEqual(tariff, self.energy_tariff)
        self.assertEqual(set(tariff.item_ids.price_ids.mapped("price")), {0.125})
        self.assertEqual(sorted(self.energy_item.price_ids.mapped("price")), [0.1, 0.2])

    def test_accepted_once_it_is_a_contract_once(self):
        offer = self._create_offer(("N-8", 12000, 0), ("N-1", 600, 0))
        with self._refused(UserError, "estimate the year"):
            offer.action_confirm()
        offer.action_energy_estimate()
        with self._refused(AccessError, ""):
            self.env["billing.agreement"].with_user(self.seller).create({})
        offer.action_confirm()
        agreements = offer.sudo().energy_point_ids.mapped("agreement_id")
        self.assertEqual(len(agreements), 2)
        self.assertEqual(agreements.contract_id.partner_id, self.prospect)
        self.assertEqual(agreements.account_id.profile_id, self.profile)
        self.assertEqual(set(agreements.mapped("is_draft")), {True})
        self.assertEqual(set(agreements.point_id.mapped("code")), {"N-8", "N-1"})
        self.assertEqual(agreements.term_ids.tariff_id, self.energy_tariff)
        self.assertEqual(
            set(agreements.term_ids.mapped("date_start")), {date(2026, 3, 1)}
        )
        offer.sudo()._create_offered()
        self.assertEqual(offer.energy_agreement_count, 2)
        with self._refused(UserError, "does not change"):
            offer.action_energy_estimate()
        # what was estimated is billed by nobody, what is measured is
        agreements.action_release()
        self.assertFalse(any(agreements.mapped("is_draft")))

    def test_advances_of_a_schedule(self):
        self.template.energy_has_advances = True
        offer = self._create_offer(("N-8", 12000, 0))
        with self._refused(UserError, "no product for advances"):
            offer.action_energy_estimate()
        self.metered_type.advance_product_id = self.product
        offer.action_energy_estimate()
        offer.action_confirm()
        plan = self.env["billing.advance.plan"].search(
            [("agreement_id.offer_point_id", "in", offer.energy_point_ids.ids)]
        )
        self.assertEqual(
            (plan.expected_amount, plan.date_start, plan.date_end, plan.state),
            (2400.0, date(2026, 3, 1), date(2027, 2, 28), "draft"),
        )
        self.assertEqual(plan.quantity_ids.value, 12000.0)

    def test_an_expired_or_unrated_offer_is_not_confirmed(self):
        offer = self._create_offer(("N-8", 12000, 0), validity_date="2020-01-01")
        offer.action_energy_estimate()
        with self._refused(UserError, "expired"):
            offer.action_confirm()
        early = self._create_offer(("N-8", 12000, 0), energy_date_start="2025-01-01")
        with self._refused(UserError, "N-8, 2025-01"):
            early.action_energy_estimate()

    def test_every_kind_has_a_template(self):
        kinds = self.env["sale.order.template"]._fields["energy_kind"].selection
        for kind, _label in kinds:
            template = self.env.ref(f"energy_offer.template_{kind}")
            self.assertEqual(template.energy_kind, kind)
            self.assertTrue(template.require_signature and template.energy_kind_ids)


@tagged("post_install", "-at_install")
class TestOfferPortal(OfferCase, HttpCase):
    def test_signed_in_the_portal_it_becomes_a_contract(self):
        offer = self._create_offer(("N-8", 12000, 3000))
        offer.action_energy_estimate()
        offer.action_quotation_sent()
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        pdf, _kind = report._render_qweb_pdf("sale.action_report_saleorder", offer.ids)
        self.assertTrue(pdf.startswith(b"%PDF"))
        page = self.url_open(offer.get_portal_url())
        self.assertEqual(page.status_code, 200)
        with mute_logger("odoo.addons.mail.models.mail_mail"):
            for _again in range(2):
                self._sign(offer)
        self.env.invalidate_all()
        self.assertEqual((offer.state, offer.signed_by), ("sale", "B. Aker"))
        self.assertEqual(offer.energy_agreement_count, 1)

    def _sign(self, offer):
        pixel = (
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
            "awAAAABJRU5ErkJggg=="
        )
        values = {
            "access_token": offer.access_token,
            "name": "B. Aker",
            "signature": pixel,
        }
        return self.make_jsonrpc_request(f"/my/orders/{offer.id}/accept", values)

    def test_a_contact_without_the_right_does_not_sign(self):
        offer = self._create_offer(("N-8", 12000, 3000))
        offer.action_energy_estimate()
        offer.action_quotation_sent()
        contact = self.env["res.partner"].create(
            {"name": "Clerk", "parent_id": offer.partner_id.id}
        )
        new_test_user(
            self.env,
            "offer_contact",
            groups="base.group_portal",
            partner_id=contact.id,
            company_id=offer.company_id.id,
            company_ids=[Command.set(offer.company_id.ids)],
        )
        self.env["billing.portal.access"].create(
            {"partner_id": contact.id, "may_pay": False}
        )
        offer.get_portal_url()
        self.authenticate("offer_contact", "offer_contact")
        log = "odoo.addons.energy_offer.controllers.portal"
        with self.assertLogs(log, "WARNING") as logs:
            self.assertIn("You may not", self._sign(offer)["error"])
        self.assertIn("Refused", logs.output[0])
        self.assertEqual(offer.state, "sent")
