"""From a distributor's confirmation to customers, points and agreements."""

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import EnergyCase

HEAD = "Point;Status;Customer;Number;Street;City;kW;From;To;Reason"
CONFIRMATIONS = {
    "name": "Confirmation of North",
    "kind": "confirmations",
    "columns": {
        "point": "Point",
        "status": "Status",
        "customer": "Customer",
        "company_number": "Number",
        "street": "Street",
        "city": "City",
        "capacity": "kW",
        "date_from": "From",
        "date_to": "To",
        "reason": "Reason",
    },
    "statuses": {
        name: name for name in ("new", "changed", "leaving", "rejected", "listed")
    },
}


@tagged("post_install", "-at_install")
class TestOnboarding(EnergyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.confirming = cls._create_profile(CONFIRMATIONS)
        cls.category = cls.env["billing.customer.category"].create(
            {"name": "Business", "code": "ONB"}
        )
        cls.template = cls.env["energy.onboarding.template"].create(
            {
                "name": "Businesses in North",
                "network_id": cls.network.id,
                "customer_kind": "company",
                "type_id": cls.metered_type.id,
                "tariff_id": cls.energy_tariff.id,
                "profile_id": cls.profile.id,
                "category_id": cls.category.id,
                "capacity_type_id": cls.capacity.id,
            }
        )

    def _onboard(self, *rows, **values):
        content = "\n".join([HEAD, *rows, ""]).encode()
        message = self.env["energy.message"]._import_file(
            self.confirming, "confirmation.csv", content
        )
        self.assertEqual(message.state, "processed", message.first_finding)
        onboarding = self.env["energy.onboarding"].create(
            {"message_id": message.id, **values}
        )
        onboarding.action_preview()
        return onboarding

    def _lines(self, onboarding):
        return onboarding.line_ids.sorted("row_number")

    def _counts(self):
        return [
            self.env[model].search_count([])
            for model in (
                "res.partner",
                "billing.account",
                "energy.metering.point",
                "contract.contract",
                "billing.agreement",
                "billing.termination",
            )
        ]

    def test_the_preview_writes_nothing(self):
        before = self._counts()
        onboarding = self._onboard(
            "N-11;new;Bakery;100;Main St 1;Sofia;20;2026-02-01;;",
            "N-12;rejected;Miller;101;;;;;;Debt",
        )
        self.assertEqual(self._counts(), before)
        lines = self._lines(onboarding)
        self.assertEqual(lines.mapped("action"), ["new", "rejected"])
        self.assertEqual(lines.template_id, self.template)
        self.assertEqual(lines[1].note, "Debt")
        self.assertEqual((onboarding.new_count, onboarding.planned_count), (1, 1))

    def test_a_new_customer_with_two_points(self):
        onboarding = self._onboard(
            "N-11;new;Bakery;BG 100;Main St 1;Sofia;20;2026-02-01;;",
            "N-12;new;Bakery;100;Main St 2;Sofia;;2026-02-01;;",
        )
        onboarding.with_user(self._user("clerk")).action_write()
        agreements = self._lines(onboarding).agreement_id
        self.assertEqual(agreements.mapped("code"), ["N-11", "N-12"])
        partner = agreements.partner_id
        self.assertEqual((len(partner), partner.name), (1, "Bakery"))
        self.assertEqual(partner.billing_category_id, self.category)
        self.assertEqual(len(agreements.account_id), 1)
        self.assertEqual(len(agreements.contract_id), 1)
        self.assertEqual(agreements.contract_id.modification_ids.mapped("sent"), [True])
        self.assertEqual(agreements.point_id.mapped("network_id"), self.network)
        self.assertEqual(agreements[0].point_id.capacity_kw, 20)
        self.assertEqual(agreements[0].term_ids.value_ids.value, 20)
        self.assertFalse(agreements[1].term_ids.value_ids)
        self.assertEqual(agreements.term_ids.tariff_id, self.energy_tariff)

    def test_drafts_are_billed_only_when_released(self):
        onboarding = self._onboard(
            "N-11;new;Bakery;100;Main St 1;Sofia;20;2026-02-01;;"
        )
        onboarding.action_write()
        agreement = onboarding.line_ids.agreement_id
        self.assertTrue(agreement.is_draft)
        billable = self.env["billing.agreement"]._get_billable_domain(self.february)
        self.assertFalse(agreement.filtered_domain(billable))
        self.assertFalse(self._generate(agreement, self.february))
        onboarding.action_release()
        self.assertFalse(agreement.is_draft)
        self.assertTrue(agreement.filtered_domain(billable))
        self.assertTrue(self._generate(agreement, self.february))

    def test_a_second_and_an_equal_file_change_nothing(self):
        row = "N-11;new;Bakery;100;Main St 1;Sofia;20;2026-02-01;;"
        person = "N-13;new;Jane;;Hill 1;Sofia;;2026-02-01;;"
        everybody = self.template.copy(
            {"name": "Households", "customer_kind": "person", "sequence": 20}
        )
        first = self._onboard(row, person)
        first.action_write()
        self.assertEqual(self._lines(first)[1].template_id, everybody)
        written = self._counts()
        with self.assertRaisesRegex(UserError, "Nothing is planned"):
            first.action_write()
        first.action_preview()
        self.assertEqual(first.planned_count, 0)
        equal = self._onboard(person, row)
        self.assertEqual(equal.line_ids.mapped("action"), ["same", "same"])
        self.assertEqual(self._counts(), written)

    def test_known_customers_are_found_by_their_number(self):
        partner = self.env["res.partner"].create(
            {"name": "Baker & Sons", "vat": "BG0000100159", "is_company": True}
        )
        account = self.env["billing.account"].create(
            {"code": "K-7", "partner_id": partner.id, "profile_id": self.profile.id}
        )
        onboarding = self._onboard(
            "N-11;new;Bakery;0000100159;Main St 1;Sofia;20;2026-02-01;;"
        )
        self.assertEqual(onboarding.line_ids.partner_id, partner)
        onboarding.action_write()
        self.assertEqual(onboarding.line_ids.agreement_id.account_id, account)

    def test_a_number_of_two_customers_is_a_problem(self):
        self.env["res.partner"].create(
            [
                {"name": name, "company_registry": "100", "is_company": True}
                for name in ("Bakery", "Bakery again")
            ]
        )
        onboarding = self._onboard(
            "N-11;new;Bakery;100;Main St 1;Sofia;20;2026-02-01;;"
        )
        self.assertEqual(onboarding.line_ids.action, "problem")
        self.assertIn("Merge", onboarding.line_ids.note)
        self.assertEqual(onboarding.planned_count, 0)

    def test_problems_name_the_remedy_and_keep_nobody_back(self):
        self._create_point_agreement(self.point)
        onboarding = self._onboard(
            "X-11;new;Bakery;100;;;;2026-02-01;;",
            "N-12;new;Miller;;;;;2026-02-01;;",
            "N-13;listed;Smith;102;;;;;;",
            "N-1;new;Other;103;;;;2026-02-01;;",
            "N-14;leaving;Gone;104;;;;;2026-01-31;",
            "N-15;new;Fine;105;;;;2026-02-01;;",
        )
        lines = self._lines(onboarding)
        self.assertEqual(lines.mapped("action"), ["problem"] * 5 + ["new"])
        for line, text in zip(
            lines,
            (
                "form of a code",
                "template",
                "Supplied From",
                "A-N-1",
                "not entered",
            ),
            strict=False,
        ):
            self.assertIn(text, line.note)
        onboarding.action_write()
        self.assertEqual(lines[-1].state, "done")
        # corrected outside, the rest follows
        self.template.customer_kind = "any"
        onboarding.date_start = "2026-02-01"
        onboarding.action_preview()
        self.assertEqual((onboarding.planned_count, onboarding.problem_count), (2, 3))
        onboarding.action_write()
        self.assertEqual(onboarding.done_count, 3)

    def test_changes_of_a_point(self):
        agreement = self._create_point_agreement(self.point)
        agreement.partner_id.company_registry = "100"
        onboarding = self._onboard(
            "N-1;changed;Renamed;100;Main St 1;Sofia;25;2026-02-01;;"
        )
        line = onboarding.line_ids
        self.assertEqual(line.action, "changed")
        self.assertIn("– → 25", line.note)
        onboarding.action_write()
        self.assertEqual((self.point.street, self.point.capacity_kw), ("Main St 1", 25))
        self.assertEqual(line.state, "done")

    def test_leavers_get_a_proposal_of_a_final_bill(self):
        agreement = self._create_point_agreement(self.point)
        self._import_readings("N-1;M1;1.8.0;2026-01-01;2026-01-20;100;300;200")
        onboarding = self._onboard("N-1;leaving;;;;;;;2026-01-20;Supplier Y")
        onboarding.action_write()
        termination = self.env["billing.termination"].search(
            [("agreement_id", "=", agreement.id)]
        )
        self.assertEqual(
            (termination.state, termination.date_end), ("proposed", date(2026, 1, 20))
        )
        self.assertFalse(agreement.date_end)
        termination.with_user(self._user("clerk")).action_final_bill()
        self.assertEqual(termination.state, "billed")
        self.assertEqual(agreement.date_end, date(2026, 1, 20))
        invoice = termination.final_segment_ids.invoice_id
        # 200 kWh over 20 days: 150 until January 15 at 0.10, 50 at 0.20
        self.assertEqual(invoice.amount_untaxed, 25.00)
        self.assertEqual(invoice.state, "posted")
        again = self._onboard("N-1;leaving;;;;;;;2026-01-20;Again")
        self.assertEqual(again.line_ids.action, "same")

    def test_a_line_that_cannot_be_written_keeps_the_others(self):
        onboarding = self._onboard(
            "N-11;new;Bakery;100;;;;2026-02-01;;",
            "N-12;new;Miller;101;;;;2026-02-01;;",
        )
        # meanwhile somebody entered an agreement of the second point
        point = self.env["energy.metering.point"].create({"code": "N-12"})
        self._create_point_agreement(point, "N-12")
        onboarding.action_write()
        lines = self._lines(onboarding)
        self.assertEqual(lines.mapped("state"), ["done", "failed"])
        self.assertIn("already has an agreement", lines[1].note)

    def test_many_points_are_background_jobs_by_customer(self):
        onboarding = self._onboard(
            *(
                f"N-{100 + n};new;Customer {n % 3};{900 + n % 3};;;;2026-02-01;;"
                for n in range(7)
            )
        )
        pieces = onboarding._get_pieces(size=3)
        self.assertEqual([len(piece) for piece in pieces], [3, 2, 2])
        self.assertEqual([len(set(p.mapped("customer_key"))) for p in pieces], [1] * 3)
        for piece in pieces:
            onboarding._job_write(piece.ids)
        self.assertEqual(onboarding.done_count, 7)
        self.assertEqual(len(onboarding.line_ids.partner_id), 3)
