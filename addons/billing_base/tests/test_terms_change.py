"""Other terms for many agreements: previewed, then written in sets."""

from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.billing_terms_letter import TermsLetterBuilder
from .common import BillingCase


@tagged("post_install", "-at_install")
class TestTermsChange(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls._create_agreement("A-2", 8)
        cls.both = cls.agreement | cls.second
        cls.new_tariff = cls.tariff._copy_tree(
            "Plus",
            "P",
            {
                price: {
                    **price.copy_data()[0],
                    "date_start": "2026-01-01",
                    "price": price.price * 2,
                }
                for price in cls.tariff.item_ids.price_ids
                if not price.date_end
            },
        )

    def _change(self, agreements=None, **values):
        """A change from February 1, told on January 1: 31 days before."""
        return self.env["billing.terms.change"].create(
            {
                "name": "Prices of February",
                "agreement_domain": repr([("id", "in", (agreements or self.both).ids)]),
                "date_start": "2026-02-01",
                "told_on": "2026-01-01",
                "percent": 10,
                **values,
            }
        )

    def _to_tariff(self, agreements=None, **values):
        return self._change(
            agreements, kind="tariff", tariff_id=self.new_tariff.id, **values
        )

    def test_another_tariff(self):
        before = self._generate(self.both, self.january)
        self._generate(self.both, self.february)
        change = self._to_tariff()
        change.action_preview()
        self.assertEqual((change.ready_count, change.refused_count), (2, 0))
        # capacity 3.00 → 6.00 and fee 5.00 → 10.00, for two agreements
        self.assertEqual(
            change.price_ids.mapped(lambda row: (row.old_text, row.new_text)),
            [("3", "6"), ("5", "10")],
        )
        self.assertEqual(change.price_ids.mapped("agreement_count"), [2, 2])
        self.assertEqual(len(self.agreement.term_ids), 1)
        change.action_apply()
        self.assertEqual(change.state, "done")
        old, new = self.agreement.term_ids.sorted("date_start")
        self.assertEqual(old.date_end, date(2026, 1, 31))
        self.assertEqual(new.date_start, date(2026, 2, 1))
        self.assertFalse(new.date_end)
        self.assertEqual(new.tariff_id, self.new_tariff)
        self.assertEqual(new.company_id, self.company)
        self.assertEqual(new.value_ids.mapped("value"), [50])
        annex = new.modification_id
        self.assertEqual(annex.contract_id, self.agreement.contract_id)
        self.assertEqual(annex.agreement_id, self.agreement)
        self.assertEqual(annex.partner_id, self.agreement.partner_id)
        self.assertEqual(annex.description, "Prices of February: Plus")
        self.assertTrue(annex.sent, "the letters tell the customer")
        # February is made anew, January is not
        february = self.both.segment_ids - before
        self.assertEqual(february.mapped("is_stale"), [True, True])
        self.assertFalse(any(before.mapped("is_stale")))
        segments = self._generate(self.both, self.february)
        # 50 × 6.00 + 10.00 and 8 × 6.00 + 10.00
        self.assertEqual(segments.mapped("amount"), [310, 58])

    def test_same_as_by_hand(self):
        """What is written in sets is what the form of one agreement writes."""
        change = self._to_tariff(self.agreement)
        change.action_preview()
        change.action_apply()
        self.second._add_term(date(2026, 2, 1), self.new_tariff)
        for first, second in zip(
            self.agreement.term_ids.sorted("date_start"),
            self.second.term_ids.sorted("date_start"),
            strict=True,
        ):
            names = ("date_start", "date_end", "tariff_id", "company_id")
            for name in names:
                self.assertEqual(first[name], second[name], name)
            self.assertEqual(
                first.value_ids.quantity_type_id, second.value_ids.quantity_type_id
            )

    def test_refused_with_a_reason(self):
        ended, later, notice, wrong, same = (
            self._create_agreement(f"R-{number}", 1) for number in range(5)
        )
        ended.date_end = "2026-01-31"
        later._add_term(date(2026, 3, 1), values={self.capacity: 2})
        notice.contract_id.notice_days = 32
        wrong.type_id = self.agreement_type.copy(
            {"code": "W", "tariff_ids": [Command.set(self.tariff.ids)]}
        )
        same.term_ids.tariff_id = self.new_tariff
        leaving = self._create_agreement("R-9", 1)
        self.env["billing.termination"].create(
            {"agreement_id": leaving.id, "date_end": "2026-01-15"}
        )
        agreements = self.both | ended | later | notice | wrong | same | leaving
        change = self._to_tariff(agreements)
        change.action_preview()
        reasons = {
            line.agreement_id: line.reason
            for line in change.line_ids
            if line.state == "refused"
        }
        self.assertEqual(
            reasons,
            {
                ended: "ended",
                leaving: "ended",
                later: "later",
                notice: "notice",
                wrong: "type",
                same: "same",
            },
        )
        self.assertEqual(change.ready_count, 2)
        change.action_apply()
        self.assertEqual(len(notice.term_ids), 1)
        self.assertFalse(notice.modification_ids)

    def test_new_versions_where_everybody_changes(self):
        self._generate(self.both, self.february)
        change = self._change()
        change.action_preview()
        # 3.00 and 5.00 rise by 10 %
        self.assertEqual(change.price_ids.mapped("new_text"), ["3.3", "5.5"])
        change.action_apply()
        self.assertEqual(self.both.term_ids.tariff_id, self.tariff)
        self.assertEqual(len(self.both.term_ids), 2, "the tariff is the same")
        self.assertEqual(len(self.both.modification_ids), 2)
        self.assertEqual(change.price_ids.new_price_id.mapped("price"), [3.3, 5.5])
        self.assertTrue(all(self.both.segment_ids.mapped("is_stale")))
        segments = self._generate(self.both, self.february)
        # 50 × 3.30 + 5.50 and 8 × 3.30 + 5.50
        self.assertEqual(segments.mapped("amount"), [170.5, 31.9])

    def test_others_keep_their_prices(self):
        self.agreement_type.tariff_ids = self.tariff
        change = self._change(self.agreement)
        change.action_preview()
        change.action_apply()
        copy = self.agreement.term_ids.sorted("date_start")[-1].tariff_id
        self.assertNotEqual(copy, self.tariff)
        self.assertIn(copy, self.agreement_type.tariff_ids)
        segments = self._generate(self.both, self.february)
        # 50 × 3.30 + 5.50, but 8 × 3.00 + 5.00
        self.assertEqual(segments.mapped("amount"), [170.5, 29])

    def test_an_amount_for_some_charges(self):
        fee = self.env["product.product"].create({"name": "Fee", "type": "service"})
        self.fee_item.product_id = fee
        change = self._change(self.agreement, percent=0, amount=0.25)
        with self._refused(UserError, "Choose the products"):
            change.action_preview()
        change.product_ids = fee
        change.action_preview()
        self.assertEqual(change.price_ids.item_id, self.fee_item)
        change.action_apply()
        # 50 × 3.00 + 5.25: the other charge is in the copy as it was
        self.assertEqual(self._generate(period=self.february).amount, 155.25)

    def test_a_parameter(self):
        change = self._change(
            kind="parameter", quantity_type_id=self.capacity.id, value=8
        )
        change.action_preview()
        refused = change.line_ids.filtered(lambda line: line.state == "refused")
        self.assertEqual(refused.agreement_id, self.second)
        self.assertEqual(refused.reason, "same")
        self.assertEqual((change.line_ids - refused).old_value, 50)
        change.action_apply()
        new = self.agreement.term_ids.sorted("date_start")[-1]
        self.assertEqual(new.tariff_id, self.tariff)
        self.assertEqual(new.value_ids.mapped("value"), [8])
        # 8 × 3.00 + 5.00
        self.assertEqual(self._generate(period=self.february).amount, 29)

    def test_what_was_not_shown_is_not_done(self):
        change = self._to_tariff()
        with self._refused(UserError, "Preview again"):
            change.action_apply()
        change.action_preview()
        self.second._add_term(date(2026, 3, 1), values={self.capacity: 9})
        with self._refused(UserError, "Preview again"):
            change.action_apply()
        self.assertEqual(len(self.agreement.term_ids), 1)
        change.action_preview()
        change.told_on = "2026-01-02"
        self.assertEqual(change.state, "draft")
        change.action_preview()
        change.action_apply()
        with self._refused(UserError, "is applied"):
            change.action_apply()
        with self._refused(UserError, "is applied"):
            change.told_on = "2026-01-03"
        with self._refused(UserError, "stays"):
            change.unlink()

    def test_prices_changed_by_somebody_else_meanwhile(self):
        change = self._change()
        change.action_preview()
        self.fee_item.price_ids.date_end = "2026-02-28"
        self.env["billing.tariff.price"].create(
            {"item_id": self.fee_item.id, "date_start": "2026-03-01", "price": 7}
        )
        with self._refused(UserError, "Preview again"):
            change.action_apply()
        self.assertFalse(self.agreement.modification_ids)

    @mute_logger("odoo.sql_db")
    def test_only_by_who_may(self):
        change = self._change()
        for role in ("viewer", "clerk"):
            with self.assertRaises(AccessError):
                change.with_user(self._user(role)).action_preview()
        with self._refused(IntegrityError, "price_given"):
            change.percent = 0
            change.flush_recordset()

    # === Letters ===

    def test_each_customer_is_told_once(self):
        third = self._create_agreement("A-3", 4, partner=self.agreement.partner_id)
        german = self.second.partner_id
        self.env["res.lang"]._activate_lang("de_DE")
        german.lang = "de_DE"
        mail = self.env.ref("account_invoice_transmit_method.mail")
        post = self.env.ref("account_invoice_transmit_method.post")
        self.second.account_id.transmit_method_id = mail
        german.email = "second@example.com"
        change = self._change(self.both | third, text="You may terminate until then.")
        change.with_context(lang="de_DE").text = "Sie können bis dahin kündigen."
        with self._refused(UserError, "Apply the change first"):
            change.action_make_letters()
        change.action_preview()
        change.action_apply()
        change.action_make_letters()
        change.action_make_letters()
        letters = change.letter_ids
        self.assertEqual(letters.partner_id, self.both.partner_id)
        self.assertEqual(len(letters), 2)
        self.assertEqual(letters.delivery_ids.mapped("state"), ["waiting"] * 2)
        first = letters.filtered(
            lambda letter: letter.partner_id == self.agreement.partner_id
        )
        second = letters - first
        self.assertEqual(first.delivery_ids.method_id, post)
        self.assertEqual(second.delivery_ids.method_id, mail)
        # what stands in them: two agreements, 3.00 → 3.30 and 5.00 → 5.50
        letter = self._read(first)
        agreements, prices = letter.tables
        self.assertEqual(
            [row[0] for row in agreements.rows], [self.agreement.code, third.code]
        )
        self.assertEqual(prices.rows, (("Capacity", "3", "3.3"), ("Fee", "5", "5.5")))
        self.assertEqual(letter.issue_date, date(2026, 1, 1))
        self.assertEqual(letter.closing, ("You may terminate until then.",))
        letter = self._read(second)
        self.assertEqual(letter.closing, ("Sie können bis dahin kündigen.",))
        self.assertEqual(letter.tables[1].rows[0][1:], ("3", "3,3"))
        # posted by hand, mailed by its job
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        content, _kind = report._render_qweb_pdf(
            "billing_base.billing_terms_letter_report", first.ids
        )
        self.assertTrue(content.startswith(b"%PDF"))
        letters.action_mark_sent()
        self.assertEqual(first.delivery_ids.state, "sent")
        self.assertEqual(second.delivery_ids.state, "waiting")
        posted = second.delivery_ids._post_mail()
        self.assertEqual(posted.partner_ids, german)
        self.assertTrue(posted.attachment_ids.raw.startswith(b"%PDF"))
        self.assertEqual(len(posted.attachment_ids), 1)

    def _read(self, letter):
        """The document of a letter before it is drawn."""
        builder = TermsLetterBuilder(self.env, letter.company_id, letter._get_lang())
        lines = letter.change_id.line_ids.filtered(
            lambda line: line.partner_id == letter.partner_id
        )
        return builder.letter(letter, lines)

    def test_the_letter_about_a_parameter(self):
        change = self._change(
            self.agreement, kind="parameter", quantity_type_id=self.capacity.id, value=8
        )
        change.action_preview()
        change.action_apply()
        change.action_make_letters()
        (table,) = self._read(change.letter_ids).tables
        self.assertEqual(table.rows[0][2:], ("50 Units", "8 Units"))
