"""The tree of a tariff, its dated prices, and what becomes stale with them."""

from psycopg2.errors import ExclusionViolation

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestTariff(BillingCase):
    def _category(self, code, parent=None, **values):
        return self.env["billing.tariff.item"].create(
            {
                "tariff_id": self.tariff.id,
                "kind": "category",
                "name": code,
                "code": code,
                "parent_id": parent and parent.id,
                **values,
            }
        )

    def _bands(self):
        """A charge with one price of two bands: to 100 and over."""
        item = self._create_item(
            "Tiers", [], basis="bands", quantity_type_id=self.capacity.id
        )
        self.env["billing.tariff.price"].create(
            {
                "item_id": item.id,
                "date_start": "2026-01-01",
                "price": 0,
                "band_ids": [
                    Command.create({"upper": 100, "price": 0.25}),
                    Command.create({"is_open": True, "price": 0.2, "fixed": 3}),
                ],
            }
        )
        return item

    # === Tree ===

    def _codes(self):
        self.tariff.invalidate_recordset()
        return " ".join(self.tariff.item_ids.mapped("code"))

    def test_charges_stand_below_their_category_at_any_depth(self):
        self.assertEqual(self._codes(), "CAPACITY FEE")
        grid = self._category("GRID", sequence=5)
        fees = self._category("FEES", grid)
        self.capacity_item.parent_id = grid
        self.fee_item.parent_id = fees
        energy = self._category("ENERGY")
        self.assertEqual(self._codes(), "GRID FEES FEE CAPACITY ENERGY")
        self.assertEqual(self.tariff.item_ids.mapped("sequence"), [10, 20, 30, 40, 50])
        fees.parent_id = energy
        self.assertEqual(self._codes(), "GRID CAPACITY ENERGY FEES FEE")
        self.assertEqual(self.fee_item.tree_name, "\u2003\u2003Fee")
        with self.assertRaisesRegex(ValidationError, "ENERGY cannot stand below"):
            energy.parent_id = fees

    def test_a_dragged_row_takes_along_what_stands_below_it(self):
        grid = self._category("GRID")
        self.capacity_item.parent_id = grid
        self.fee_item.parent_id = grid
        energy = self._category("ENERGY")
        self.assertEqual(self._codes(), "GRID CAPACITY FEE ENERGY")
        # the list of charges numbers the rows between the old and the new place
        rows = energy + grid + self.capacity_item + self.fee_item
        rows.web_resequence({}, offset=10)
        self.assertEqual(self._codes(), "ENERGY GRID CAPACITY FEE")
        # the form of the tariff sends all numbers in one write
        self.tariff.item_ids = [
            Command.update(self.fee_item.id, {"sequence": 30}),
            Command.update(self.capacity_item.id, {"sequence": 40}),
        ]
        self.assertEqual(self._codes(), "ENERGY GRID FEE CAPACITY")

    def test_the_search_panel_shows_the_categories(self):
        grid = self._category("GRID")
        fees = self._category("FEES", grid)
        self.fee_item.parent_id = fees
        Item = self.env["billing.tariff.item"]
        panel = Item.search_panel_select_range("parent_id", hierarchize=True)
        shown = {value["id"]: value["parent_id"] for value in panel["values"]}
        self.assertEqual(shown[fees.id], grid.id)
        self.assertNotIn(self.fee_item.id, shown)

    def test_a_copy_keeps_the_tree_and_raises_the_prices(self):
        grid = self._category("GRID")
        fees = self._category("FEES", grid)
        self.fee_item.write({"parent_id": fees.id, "minimum": 2})
        levy = self._create_item(
            "Levy",
            [("2026-01-01", False, 5.0)],
            basis="percent",
            percent_of_ids=[Command.set(self.fee_item.ids)],
        )
        change = self.env["billing.price.change"].create(
            {
                "tariff_id": self.tariff.id,
                "date_start": "2027-01-01",
                "percent": 10,
                "mode": "copy",
                "name": "Basic 2027",
                "code": "B27",
            }
        )
        copy = self.env["billing.tariff"].browse(change.action_apply()["res_id"])
        copy.invalidate_recordset()
        self.assertEqual(
            copy.item_ids.mapped("code"), self.tariff.item_ids.mapped("code")
        )
        items = {item.code: item for item in copy.item_ids}
        self.assertEqual(items["FEE"].parent_id.parent_id, items["GRID"])
        self.assertEqual(items["FEE"].minimum, 2)
        self.assertEqual(items["LEVY"].percent_of_ids, items["FEE"])
        self.assertEqual(
            {code: items[code].price_ids.mapped("price") for code in ("FEE", "LEVY")},
            {"FEE": [5.5], "LEVY": [5.0]},
        )
        self.assertEqual(levy.percent_of_ids, self.fee_item)

    # === Gaps ===

    def test_days_without_a_price_are_told(self):
        self.assertFalse(self.capacity_item.price_gap)
        self.assertFalse(self.tariff.gap_count)
        self.capacity_item.price_ids[0].date_end = "2026-01-10"
        self.assertEqual(self.capacity_item.price_gap, "01/11/2026 – 01/15/2026")
        self.fee_item.price_ids.date_end = "2026-12-31"
        self.assertEqual(self.fee_item.price_gap, "from 01/01/2027 on")
        empty = self._create_item("Empty", [], basis="flat")
        self.assertEqual(empty.price_gap, "No price yet")
        self.tariff.invalidate_recordset()
        self.assertEqual(self.tariff.gap_count, 3)
        action = self.tariff.action_view_gaps()
        found = self.env["billing.tariff.item"].search(
            [*action["domain"], ("has_price_gap", "=", True)]
        )
        self.assertEqual(found, self.capacity_item | self.fee_item | empty)
        self.assertFalse(found & found.search([("has_price_gap", "=", False)]))

    # === What was billed stays ===

    def test_what_was_billed_is_not_deleted(self):
        category = self._category("FEES")
        self.fee_item.parent_id = category
        (segment,) = self._generate()
        for record, text in (
            (self.fee_item.price_ids, "Fee from 01/01/2026 was billed"),
            (self.fee_item, "Fee was billed"),
            (category, "Fee was billed"),
            (self.tariff, "has the tariff"),
        ):
            with (
                self.subTest(record=record),
                self.assertRaisesRegex(UserError, text) as caught,
                self.cr.savepoint(),
            ):
                record.unlink()
            if record != self.tariff:
                self.assertIn(segment.display_name, str(caught.exception))
        with self.assertRaisesRegex(UserError, "currency stays"):
            self.tariff.currency_id = self.env.ref("base.CHF")
        self._invoice(segment)
        self.assertEqual(self.fee_item.price_ids.used_count, 1)

    def test_a_charge_with_a_discount_is_not_deleted(self):
        category = self._category("NEW")
        self.env["billing.discount"].create(
            {
                "scope": "everyone",
                "item_id": category.id,
                "percent": 5,
                "date_start": "2026-01-01",
            }
        )
        with self.assertRaisesRegex(UserError, "Delete or end the discount"):
            category.unlink()

    def test_an_unused_category_goes_with_all_below(self):
        category = self._category("NEW")
        child = self._category("CHILD", category)
        item = self._create_item(
            "Item", [("2026-01-01", False, 1.0)], basis="flat", parent_id=child.id
        )
        price = item.price_ids
        category.unlink()
        self.assertFalse((child | item).exists() or price.exists())

    @mute_logger("odoo.sql_db")
    def test_overlapping_prices_name_their_charge(self):
        values = {
            "item_id": self.fee_item.id,
            "date_start": "2026-05-01",
            "price": 6,
        }
        Price = self.env["billing.tariff.price"]
        with self.assertRaises(ExclusionViolation) as caught, self.cr.savepoint():
            Price.create(values)
        message = Price._explain_overlap(caught.exception.diag)
        self.assertIn("FEE Fee has a price on these days", message)

    def test_formulas_are_checked_when_they_are_entered(self):
        item = self._create_item(
            "Spot", [], basis="index", quantity_type_id=self.capacity.id
        )
        values = {"item_id": item.id, "date_start": "2026-01-01", "price": 0.01}
        Price = self.env["billing.tariff.price"]
        for formula, text in ((False, "enter the formula"), ("index +", "cannot be")):
            with (
                self.subTest(formula=formula),
                self.assertRaisesRegex(ValidationError, text),
                self.cr.savepoint(),
            ):
                Price.create({**values, "formula": formula})
        price = Price.create({**values, "formula": "index * 1.05 + price"})
        self.assertEqual(price._to_rating().formula, "index * 1.05 + price")

    # === Minimum and alternatives reach rating ===

    def test_a_minimum_charge_is_billed(self):
        with Form(self.fee_item.with_user(self._user("manager"))) as form:
            form.minimum = 8
        (segment,) = self._generate()
        lines = segment.line_ids.filtered(lambda line: line.item_id == self.fee_item)
        self.assertEqual(lines.mapped("amount"), [5.0, 3.0])
        self.assertIn("the minimum is", lines[1].explanation_text)

    def test_of_alternatives_the_lowest_is_billed(self):
        dear = self._create_item(
            "Dear", [("2026-01-01", False, 7.0)], basis="flat", time_unit="month"
        )
        (dear | self.fee_item).pick_group = "cap"
        (segment,) = self._generate()
        self.assertIn(self.fee_item, segment.line_ids.item_id)
        self.assertNotIn(dear, segment.line_ids.item_id)

    def test_a_factor_multiplies_the_quantity_of_its_days(self):
        item = self._bands()
        item.coverage = "events"
        self.env["billing.tariff.factor"].create(
            [
                {
                    "item_id": item.id,
                    "date_start": start,
                    "date_end": end,
                    "value": value,
                }
                for start, end, value in (
                    ("2026-01-01", "2026-01-15", 1.05),
                    ("2026-01-16", False, 1.1),
                )
            ]
        )
        (charge,) = (
            found for found in self.tariff._get_charges() if found.key == item.id
        )
        self.assertEqual([str(f.value) for f in charge.factors], ["1.05", "1.1"])
        self.assertIn("1.05", " ".join(item.message_ids.mapped("body")))
        with mute_logger("odoo.sql_db"), self.assertRaises(ExclusionViolation):
            with self.cr.savepoint():
                item.factor_ids[0].date_end = "2026-01-16"
                self.env.flush_all()

    # === Stale ===

    def _stale(self, action):
        """Periods whose segment an action made stale."""
        segments = self.agreement.segment_ids
        segments.sudo().is_stale = False
        self.env.flush_all()
        action()
        return segments.filtered("is_stale").period_id

    def test_a_changed_price_flags_the_segments_of_its_days(self):
        self._invoice(self._generate())
        self._generate(period=self.february)
        both = self.january | self.february
        first, second = self.capacity_item.price_ids
        fee = self.fee_item.price_ids

        self.assertEqual(self._stale(lambda: first.write({"price": 2.5})), self.january)
        self.assertEqual(self._stale(lambda: second.write({"price": 3.5})), both)
        self.assertFalse(self._stale(lambda: second.write({"price": 3.5})))
        self.assertFalse(self._stale(lambda: fee.write({"date_end": "2026-12-31"})))
        self.assertEqual(
            self._stale(lambda: fee.write({"date_end": "2026-02-15"})), self.february
        )
        self.assertEqual(
            self._stale(
                lambda: fee.copy({"date_start": "2026-02-16", "date_end": False})
            ),
            self.february,
        )
        self.assertFalse(self._stale(lambda: self.fee_item.write({"sequence": 3})))
        self.assertEqual(self._stale(lambda: self.fee_item.write({"minimum": 9})), both)
        new = []
        self.assertEqual(
            self._stale(lambda: new.append(self._create_item("N", [], basis="flat"))),
            self.february,
        )
        self.assertEqual(self._stale(new[0].unlink), both)

    def test_a_changed_band_flags_segments_and_is_told(self):
        item = self._bands()
        self._generate()
        first, last = item.price_ids.band_ids
        self.assertEqual(self._stale(lambda: first.write({"price": 0.3})), self.january)
        self.assertEqual(
            self._stale(lambda: last.write({"upper": 0})), self.january[:0]
        )
        self.assertEqual(self._stale(last.unlink), self.january)
        self.assertEqual(
            self._stale(
                lambda: self.env["billing.tariff.band"].create(
                    {"price_id": item.price_ids.id, "is_open": True, "price": 0.1}
                )
            ),
            self.january,
        )
        bodies = " ".join(item.message_ids.mapped("body"))
        self.assertIn("to 100: 0.25 · over: 0.2 + 3 fixed", bodies)
        self.assertIn("to 100: 0.3 · over: 0.1", bodies)

    def test_price_changes_are_in_the_chatter_once_with_what_was(self):
        item = self._bands()
        self.assertEqual(len(item.message_ids), 1)
        price = self.fee_item.price_ids
        before = len(self.fee_item.message_ids)
        price.price = 5.5
        (message,) = self.fee_item.message_ids[: -before or None]
        self.assertIn("Was 01/01/2026 – …: 5, now 01/01/2026 – …: 5.5", message.body)
        price.price = 5.5
        self.assertEqual(len(self.fee_item.message_ids), before + 1)

    def test_a_changed_factor_flags_the_segments_of_its_days(self):
        item = self._bands()
        self._generate()
        self._generate(period=self.february)
        Factor = self.env["billing.tariff.factor"]
        values = {"item_id": item.id, "date_start": "2026-02-01", "value": 1.1}
        self.assertEqual(self._stale(lambda: Factor.create(values)), self.february)
        factor = item.factor_ids
        self.assertFalse(self._stale(lambda: factor.write({"value": 1.1})))
        self.assertEqual(
            self._stale(lambda: factor.write({"date_start": "2026-01-31"})),
            self.january,
        )
        self.assertEqual(
            self._stale(lambda: factor.write({"value": 1.2})),
            self.january | self.february,
        )
        self.assertEqual(self._stale(factor.unlink), self.january | self.february)

    def test_other_tariffs_are_left_alone(self):
        self._generate()
        other = self.tariff.copy({"name": "Other", "code": "O"})
        charge = self.fee_item.copy({"tariff_id": other.id})
        self.assertFalse(
            self._stale(
                lambda: self.env["billing.tariff.price"].create(
                    {"item_id": charge.id, "date_start": "2026-01-01", "price": 1}
                )
            )
        )

    def test_many_prices_are_one_statement(self):
        items = self.env["billing.tariff.item"].create(
            [
                {
                    "tariff_id": self.tariff.id,
                    "name": str(number),
                    "code": str(number),
                    "product_id": self.product.id,
                    "basis": "flat",
                }
                for number in range(30)
            ]
        )
        values = [
            {"item_id": item.id, "date_start": "2026-01-01", "price": 1}
            for item in items
        ]
        self.env.flush_all()
        with self.assertQueryCount(25):
            self.env["billing.tariff.price"].create(values)
            self.env.flush_all()
