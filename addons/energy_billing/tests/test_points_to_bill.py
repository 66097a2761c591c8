"""The lists of a floating month, and the way of a month from them."""

from datetime import date

from lxml import etree

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from odoo.addons.billing_base.rating import Span

from .market import MarketCase

JANUARY = {"date_start": "2026-01-01", "date_end": "2026-01-31"}


@tagged("post_install", "-at_install")
class TestPointsToBill(MarketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.floating = cls._create_floating_agreement(cls, cls.exchanged)
        cls.energy_tariff.item_ids.price_ids.filtered(
            lambda price: str(price.date_start) == "2026-01-01"
        ).date_start = "2025-01-01"
        cls.february.action_activate()

    def _list(self, *filters):
        """Points of the rows that filters of the screen show together."""
        self.env.invalidate_all()
        Work = self.env["energy.billing.work"]
        arch = Work.get_views([(False, "search")])["views"]["search"]["arch"]
        search = etree.fromstring(arch)
        domain = []
        for name in filters:
            (node,) = search.xpath(f"//filter[@name='{name}']")
            domain += safe_eval(node.get("domain"))
        return Work.search(domain).point_id

    def _row(self):
        self.env.invalidate_all()
        return self.env["energy.billing.work"].search(
            [("agreement_id", "=", self.floating.id)]
        )

    def _order(self, **values):
        return self.env["energy.billing.order"].create(
            {"point_id": self.exchanged.id, **JANUARY, **values}
        )

    def _use(self, point=None, value=310, **values):
        return self.env["energy.usage"].create(
            {
                "point_id": (point or self.exchanged).id,
                "quantity_type_id": self.energy.id,
                "value": value,
                **JANUARY,
                **values,
            }
        )

    def _receive_distribution(self, issued, point=None, **values):
        point = point or self.exchanged
        return self.env["energy.network.invoice"].create(
            {
                "number": f"N-{issued}",
                "company_id": self.company.id,
                "network_id": self.cz.id,
                "currency_id": self.company.currency_id.id,
                "date_issued": issued,
                "line_ids": [
                    Command.create(
                        {
                            "point_id": point.id,
                            "point_code": point.code,
                            "component_code": "DIST",
                            "name": "Distribution",
                            "amount": 40,
                            **JANUARY,
                            **values,
                        }
                    )
                ],
            }
        )

    # === Lists ===

    def test_to_bill_now(self):
        self.assertNotIn(self.exchanged, self._list("to_bill"))
        self._import_duf()
        self.assertIn(self.exchanged, self._list("to_bill", "electricity"))
        self.assertNotIn(self.exchanged, self._list("to_bill", "gas"))

    def test_gas_has_a_list_of_its_own(self):
        network = self._create_network("Gas", "G", "G-[0-9]+")
        network.commodity = "gas"
        point = self.env["energy.metering.point"].create(
            {"code": "G-1", "commodity": "gas", "network_id": network.id}
        )
        self._create_floating_agreement(point)
        self.env["energy.billing.order"].create({"point_id": point.id, **JANUARY})
        self.assertEqual(self._list("to_bill", "gas"), point)
        self.assertNotIn(point, self._list("to_bill", "electricity"))

    def test_message_differs(self):
        self.market_profile.measurement_rule = "manual"
        self._use(value=300)
        self._import_duf()
        self.assertEqual(self._list("different"), self.exchanged)
        self._row().action_write_measurement()
        self.assertFalse(self._list("different"))

    def test_several_variants(self):
        self._import_duf()
        self.assertFalse(self._list("variants"))
        self._import_duf(id="D-2", sent="2026-02-03T08:00:00+01:00", quantity="310")
        self.assertEqual(self._list("variants"), self.exchanged)

    def test_billed_without_message(self):
        self._use()
        segments, _touched = self.env["billing.generator"]._generate_spans(
            self.floating,
            self.february,
            {self.floating.id: [Span(date(2026, 1, 1), date(2026, 1, 31))]},
        )
        self.env["billing.check"]._run(segments)
        self._invoice(segments)
        self.assertEqual(segments.state, "frozen", segments.finding)
        self.assertEqual(self._list("unordered"), self.exchanged)

    def test_missing_message(self):
        self.assertEqual(self._list("missing"), self.exchanged)
        self._import_duf()
        self.assertFalse(self._list("missing"))

    def test_corrected_after_invoicing(self):
        self._import_duf()
        self._invoice(self._generate(self.floating, self.february))
        self.assertFalse(self._list("corrected"))
        self._import_duf(
            id="D-2", sent="2026-02-03T08:00:00+01:00", new="1620", quantity="620"
        )
        self.assertEqual(self._list("corrected"), self.exchanged)

    def test_due_by_calendar_beside_messages(self):
        """A point of the billing calendar is due until it is billed in the period."""
        agreement = self._create_point_agreement(self.point)
        self.assertIn(self.point, self._list("calendar"))
        self.assertIn(self.point, self._list("to_bill"))
        row = self.env["energy.billing.work"].search(
            [("agreement_id", "=", agreement.id)]
        )
        self.assertEqual(str(row.due_date), "2026-02-28")
        february = {"date_start": "2026-02-01", "date_end": "2026-02-28"}
        self._use(self.point, **february)
        row.action_generate()
        row.action_invoice()
        self.assertNotIn(self.point, self._list("calendar"))
        self._use(self.point, 400, **february)
        self.assertIn(self.point, self._list("corrected"))
        segment = agreement.segment_ids
        row.action_rebill()
        self.assertEqual(segment.state, "cancelling")
        self.assertEqual(segment.replaced_by_ids.quantity, 400)

    def test_lists_are_filtered_by_the_days_of_the_message(self):
        self._import_duf()
        Work = self.env["energy.billing.work"]
        self.assertTrue(Work.search([("order_end", "<=", "2026-01-31")]))
        self.assertFalse(Work.search([("order_start", ">=", "2026-02-01")]))

    def test_a_clerk_keeps_a_list_of_his_own(self):
        clerk = self._user("clerk")
        filters = self.env["ir.filters"].with_user(clerk)
        filters.create_filter(
            {
                "name": "Messages of January",
                "model_id": "energy.billing.work",
                "domain": "[('order_end', '=', '2026-01-31')]",
                "context": "{}",
                "sort": "[]",
                "user_ids": [Command.link(clerk.id)],
            }
        )
        (own,) = filters.get_filters("energy.billing.work")
        self._import_duf()
        rows = self.env["energy.billing.work"].search(safe_eval(own["domain"]))
        self.assertEqual(rows.point_id, self.exchanged)

    # === Tax date ===

    def _tax_date(self, **values):
        self._use()
        self._order(**values)
        move = self._invoice(self._generate(self.floating, self.february))
        return str(move.taxable_supply_date)

    def test_tax_date_by_the_profile(self):
        self.profile.tax_date = "reading"
        self.assertEqual(self._tax_date(), "2026-01-31")

    def test_tax_date_of_the_order_last_day(self):
        self.profile.tax_date = "calendar"
        self.assertEqual(self._tax_date(tax_date_rule="reading"), "2026-01-31")

    def test_tax_date_of_the_order_calendar_and_shift(self):
        self.profile.tax_date_shift = 5
        self.assertEqual(self._tax_date(tax_date_rule="calendar"), "2026-03-05")

    def test_tax_date_of_the_order_fixed(self):
        self.assertEqual(
            self._tax_date(tax_date_rule="fixed", tax_date="2026-02-11"), "2026-02-11"
        )

    def test_tax_date_of_the_order_issue(self):
        self.profile.tax_date = "calendar"
        # without a date of its own an invoice is of the last day of what is billed
        self.assertEqual(self._tax_date(tax_date_rule="issue"), "2026-01-31")

    def test_tax_date_of_the_received_distribution_invoice(self):
        self._receive_distribution("2026-02-09")
        self._receive_distribution("2026-02-12")
        self._receive_distribution("2026-02-20", self.two_tariff)
        self.assertEqual(self._tax_date(tax_date_rule="network"), "2026-02-12")

    def test_tax_date_of_a_distribution_invoice_that_is_missing(self):
        self.profile.tax_date = "network"
        with self.assertRaisesRegex(UserError, self.exchanged.code):
            self._tax_date()

    # === Figures of the active period ===

    def _figures(self, agreement):
        self.env.invalidate_all()
        return self.env["billing.agreement.period"].search(
            [("agreement_id", "=", agreement.id), ("period_id", "=", self.february.id)]
        )

    def test_an_agreement_that_ended_shows_when_its_last_message_comes(self):
        self.env["billing.agreement.period"].sudo().search([]).unlink()
        self.floating.date_end = "2026-01-31"
        self.february.action_activate()
        self.assertFalse(self._figures(self.floating))
        self._import_duf()
        self.assertTrue(self._figures(self.floating))
        self._generate(self.floating, self.february)
        self.assertEqual(self._figures(self.floating).amount, 47)

    def test_an_agreement_that_ended_shows_when_the_period_becomes_active(self):
        self.env["billing.agreement.period"].sudo().search([]).unlink()
        self.floating.date_end = "2026-01-31"
        self._import_duf()
        march = self.cycle.period_ids[2]
        march.action_activate()
        figures = self.env["billing.agreement.period"].search(
            [("agreement_id", "=", self.floating.id), ("period_id", "=", march.id)]
        )
        self.assertTrue(figures)

    def test_the_point_shows_the_worst_check(self):
        point = self.exchanged
        self.assertFalse(point.worst_check)
        self._order()
        segment = self._generate(self.floating, self.february)
        self.env.invalidate_all()
        self.assertEqual(point.worst_check, "error")
        Point = self.env["energy.metering.point"]
        self.assertEqual(Point.search([("worst_check", "=", "error")]), point)
        self.assertNotIn(point, Point.search([("worst_check", "=", "ok")]))
        self._use()
        self._generate(self.floating, self.february)
        self._invoice(segment)
        self.env.invalidate_all()
        self.assertIn(point.worst_check, ("ok", "info", "warning"))
        self.assertEqual(str(point.billed_to), "2026-01-31")
        figures = self.env["billing.agreement.period"].search(
            point.action_view_figures()["domain"]
        )
        self.assertEqual(figures.agreement_id, self.floating)

    # === The way of a month ===

    def test_a_month_without_leaving_the_list(self):
        """Generated on a message with an error, corrected, generated again, another
        error waived, invoiced; the marked points are shown alone."""
        check = self.env.ref("billing_base.check_total_over_limit")
        check.write({"active": True, "level": "error", "limit": 40})
        clerk = self._user("manager")
        self._order()
        row = self._row().with_user(clerk)
        action = row.action_generate()
        Work = self.env["energy.billing.work"].with_user(clerk)
        self.assertEqual(Work.search(action["domain"]), row)
        self.assertEqual((row.segment_state, row.worst_check), ("error", "error"))
        self._use()
        marked = row.with_context(**action["context"])
        self.assertEqual(marked.action_generate()["tag"], "soft_reload")
        self.assertEqual((row.amount, row.segment_state), (47, "error"))
        self.assertTrue(row.finding)
        waive = marked.action_waive()
        self.env["billing.waive"].with_user(clerk).with_context(
            **waive["context"]
        ).create({"note": "A new customer"}).action_waive()
        self.env.invalidate_all()
        self.assertEqual(row.worst_check, "waived")
        self.assertEqual(row.waived_by_id, clerk)
        marked.action_invoice()
        self.env.invalidate_all()
        self.assertEqual(row.status, "billed")
        self.assertEqual(row.move_state, "posted")
        self.assertEqual(str(row.billed_to), "2026-01-31")
