"""Lists as workbooks: out, in, in again; what is wrong names its cell."""

import base64
import io
import random
from datetime import date, timedelta

from openpyxl import load_workbook

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..sheets import read_file, write_file
from .common import BillingCase


class ListCase(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lists = cls.env["billing.list"]._get_lists()

    def _wizard(self, code, content, name="list.xlsx", env=None):
        env = env or self.env
        return env["billing.list.import"].create(
            {
                "list_code": code,
                "file": base64.b64encode(content),
                "file_name": name,
            }
        )

    def _import(self, code, content, env=None, name="list.xlsx"):
        """Preview and import; the wizard."""
        wizard = self._wizard(code, content, name, env)
        wizard.action_preview()
        self.assertEqual(wizard.error_count, 0, wizard.line_ids.mapped("text"))
        wizard.action_import()
        self.assertEqual(wizard.state, "done")
        return wizard

    def _counts(self, wizard):
        return wizard.new_count, wizard.changed_count, wizard.unchanged_count

    def _errors(self, wizard):
        """``[(place, text), …]`` of what has to be corrected."""
        wizard.action_preview()
        errors = wizard.line_ids.filtered(lambda line: line.kind == "error")
        return [(line.place, line.text) for line in errors]

    def _edit(self, content, changes):
        """A workbook with other cells: ``{("Charges", "C3"): value}``."""
        book = load_workbook(io.BytesIO(content))
        for (sheet, cell), value in changes.items():
            book[sheet][cell] = value
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()


@tagged("post_install", "-at_install")
class TestTariffWorkbook(ListCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.write({"default_code": "EL", "company_id": False})
        cls.other = cls.env["res.company"].create(
            {"name": "Other", "currency_id": cls.company.currency_id.id}
        )
        cls.env.user.company_ids |= cls.other
        cls.other_env = cls.env(
            context={**cls.env.context, "allowed_company_ids": cls.other.ids}
        )
        cls.type = cls.env["billing.charge.type"].create(
            {"name": "Network", "code": "NET"}
        )

    def _export(self, tariff):
        return write_file(self.lists["tariff"].get_tables(tariff.env, tariff))

    def _values(self, content):
        """All rows of all sheets, as they are read."""
        sheets = self.lists["tariff"].get_sheets(self.env)
        reading = read_file(content, "x.xlsx", sheets)
        self.assertEqual(reading.findings, [])
        return {
            key: [record.values for record in records]
            for key, records in reading.records.items()
        }

    def _random_tariff(self, number):
        """A tree of any depth with charges of every basis, prices and bands."""
        draw = random.Random(number)
        tariff = self.env["billing.tariff"].create(
            {
                "name": f"Tariff {number} – č",
                "code": f"R{number}",
                "note": "<p>Decision of 1 May</p>",
            }
        )
        Item = self.env["billing.tariff.item"]
        categories = Item
        for index in range(draw.randint(0, 5)):
            parent = draw.choice([Item, *categories])
            categories |= Item.create(
                {
                    "tariff_id": tariff.id,
                    "kind": "category",
                    "name": f"Category {index}",
                    "code": f"C{index:02d}",
                    "parent_id": parent.id,
                    "sequence": draw.randint(0, 20),
                }
            )
        flat = Item
        for index in range(draw.randint(1, 8)):
            basis = draw.choice(["flat", "unit", "capacity", "bands", "index"])
            item = Item.create(
                {
                    "tariff_id": tariff.id,
                    "name": f"Charge {index}, “{basis}” & more",
                    "code": f"00{index}",
                    "parent_id": draw.choice([Item, *categories]).id,
                    "sequence": draw.randint(0, 20),
                    "product_id": self.product.id,
                    "charge_type_id": draw.choice([False, self.type.id]),
                    "basis": basis,
                    "quantity_type_id": basis != "flat" and self.capacity.id,
                    "time_unit": draw.choice(["period", "day", "month", "year"]),
                    "minimum": draw.choice([0, 1.25]),
                    "maximum": draw.choice([0, 100.5]),
                    "prorate_limits": draw.random() < 0.5,
                    "coverage": draw.choice(["full", "events"]),
                    "pick_group": draw.choice([False, "cap"]),
                    "pick": draw.choice(["lowest", "highest"]),
                    "active": draw.random() < 0.8,
                }
            )
            flat |= item
            self._random_prices(draw, item)
            for year in range(draw.randint(0, 2)):
                self.env["billing.tariff.factor"].create(
                    {
                        "item_id": item.id,
                        "date_start": f"{2025 + year}-01-01",
                        "date_end": f"{2025 + year}-12-31",
                        "value": draw.randint(1, 10**9) / 10**8,
                    }
                )
        levy = Item.create(
            {
                "tariff_id": tariff.id,
                "name": "Levy",
                "code": "LEVY",
                "product_id": self.product.id,
                "basis": "percent",
                "percent_of_ids": [Command.set(flat.ids)],
            }
        )
        self._random_prices(draw, levy)
        tariff.invalidate_recordset()
        return tariff

    def _random_prices(self, draw, item):
        start = date(2024, 1, 1) + timedelta(draw.randint(0, 300))
        count = draw.randint(0, 3)
        for index in range(count):
            end = start + timedelta(draw.randint(0, 200))
            is_last = index == count - 1
            bands = []
            if item.basis == "bands":
                uppers = sorted(draw.sample(range(1, 10**6), draw.randint(0, 3)))
                bands = [
                    {"upper": upper / 1000, "price": draw.randint(0, 10**9) / 10**8}
                    for upper in uppers
                ]
                bands.append({"is_open": True, "fixed": 2.5, "percent": 1.5})
            self.env["billing.tariff.price"].create(
                {
                    "item_id": item.id,
                    "date_start": start,
                    "date_end": False if is_last and draw.random() < 0.5 else end,
                    "price": draw.randint(0, 10**11) / 10**8,
                    "discount": draw.choice([0, 12.25]),
                    "band_mode": draw.choice(["sliced", "whole", "item"]),
                    "formula": item.basis == "index" and "index * 1.05 + price",
                    "band_ids": [Command.create(band) for band in bands],
                }
            )
            start = end + timedelta(draw.randint(1, 30))

    def test_a_tariff_comes_back_as_it_was(self):
        for number in range(6):
            with self.subTest(number=number):
                tariff = self._random_tariff(number)
                content = self._export(tariff)
                wizard = self._import("tariff", content, self.other_env)
                self.assertEqual(wizard.changed_count, 0)
                copy = self.other_env["billing.tariff"].search(
                    [("company_id", "=", self.other.id), ("code", "=", tariff.code)]
                )
                copy.invalidate_recordset()
                self.assertEqual(
                    self._values(self._export(copy)), self._values(content)
                )
                # again, over there and over here: nothing changes
                for env in (self.other_env, self.env):
                    again = self._import("tariff", content, env)
                    self.assertEqual(self._counts(again)[:2], (0, 0))
                    self.assertEqual(again.unchanged_count, wizard.new_count)

    def test_an_unchanged_tariff_is_not_written(self):
        (segment,) = self._generate()
        before = self.fee_item.message_ids
        self._import("tariff", self._export(self.tariff))
        self.assertFalse(segment.is_stale)
        self.assertEqual(self.fee_item.message_ids, before)

    def test_next_years_price_is_a_new_row_and_an_end(self):
        values = self._values(self._export(self.tariff))
        prices = [row for row in values["prices"] if row["item"] == "FEE"]
        prices[0]["date_end"] = date(2026, 12, 31)
        new = {**prices[0], "date_start": date(2027, 1, 1), "date_end": None}
        values["prices"].append({**new, "price": 6})
        content = self._write(values)
        wizard = self._import("tariff", content)
        self.assertEqual(self._counts(wizard)[:2], (1, 1))
        self.assertEqual(
            [(str(p.date_start), p.price) for p in self.fee_item.price_ids],
            [("2026-01-01", 5.0), ("2027-01-01", 6.0)],
        )
        self.assertEqual(self._counts(self._import("tariff", content))[:2], (0, 0))

    def _write(self, values):
        sheets = self.lists["tariff"].get_sheets(self.env)
        return write_file([(sheet, values[sheet.key]) for sheet in sheets])

    def test_a_new_category_comes_where_the_file_says(self):
        values = self._values(self._export(self.tariff))
        row = {"code": "TOP", "name": "Top", "kind": "category", "sequence": 1}
        values["items"].append(row)
        values["items"][1]["parent"] = "TOP"
        content = self._write(values)
        self._import("tariff", content)
        self.tariff.invalidate_recordset()
        self.assertEqual(
            self.tariff.item_ids.mapped("code"), ["TOP", "FEE", "CAPACITY"]
        )
        self.assertEqual(self._counts(self._import("tariff", content))[:2], (0, 0))

    def test_a_preview_changes_nothing(self):
        content = self._edit(self._export(self.tariff), {("Prices", "D2"): 99})
        wizard = self._wizard("tariff", content)
        wizard.action_preview()
        self.assertEqual((wizard.changed_count, wizard.error_count), (1, 0))
        self.assertEqual(wizard.line_ids.text, "CAPACITY 01/01/2026 · Price 2 → 99")
        self.assertEqual(self.capacity_item.price_ids[0].price, 2.0)
        wizard.action_import()
        self.assertEqual(self.capacity_item.price_ids[0].price, 99.0)

    def test_what_is_wrong_names_its_cell_and_nothing_is_imported(self):
        content = self._export(self.tariff)
        before = self._values(content)
        for changes, place, text in (
            ({("Prices", "D2"): "much"}, "Prices!D2 (Price)", "not a number"),
            ({("Prices", "D2"): None}, "Prices!D2 (Price)", "nothing is 0"),
            ({("Prices", "A2"): "NONE"}, "Prices!A2 (Charge)", "code “NONE”"),
            ({("Prices", "C2"): None}, "Prices!B3 (From)", "has no end"),
            ({("Prices", "C2"): date(2025, 1, 1)}, "Prices!C2 (To)", "before it"),
            ({("Charges", "F2"): "Gas"}, "Charges!F2 (Product)", "does not exist"),
            ({("Charges", "F2"): None}, "Charges!F2 (Product)", "needs a value"),
            ({("Charges", "I2"): "bulbs"}, "Charges!I2 (Quantity)", "“bulbs”"),
            ({("Charges", "D2"): "TOP"}, "Charges!D2 (Category)", "code “TOP”"),
            ({("Charges", "H2"): "hourly"}, "Charges!H2 (Basis)", "not allowed"),
            ({("Tariff", "C2"): "XXX"}, "Tariff!C2 (Currency)", "not in use"),
        ):
            with self.subTest(changes=changes):
                wizard = self._wizard("tariff", self._edit(content, changes))
                errors = self._errors(wizard)
                self.assertIn(place, [found for found, _text in errors])
                self.assertIn(text, " ".join(found for _place, found in errors))
                wizard.action_import()
                self.assertEqual(wizard.state, "preview")
                self.assertEqual(self._values(self._export(self.tariff)), before)

    def test_bands_without_their_price_and_circles_are_told(self):
        values = self._values(self._export(self.tariff))
        band = {"item": "FEE", "date_start": date(2030, 1, 1), "price": 1}
        values["bands"].append(band)
        errors = self._errors(self._wizard("tariff", self._write(values)))
        self.assertEqual([place for place, _text in errors], ["Bands!B2 (From)"])
        values["bands"].clear()
        for code, parent in (("A", "B"), ("B", "A")):
            row = {"code": code, "name": code, "kind": "category", "parent": parent}
            values["items"].append(row)
        errors = self._errors(self._wizard("tariff", self._write(values)))
        self.assertEqual(
            [place for place, _text in errors],
            ["Charges!D4 (Category)", "Charges!D5 (Category)"],
        )

    def test_what_the_database_refuses_is_told_before(self):
        self._generate()
        content = self._edit(self._export(self.tariff), {("Tariff", "C2"): "CHF"})
        self.env.ref("base.CHF").active = True
        ((_place, text),) = self._errors(self._wizard("tariff", content))
        self.assertIn("its currency stays", text)

    def test_bands_are_replaced_by_those_of_the_file(self):
        item = self._create_item(
            "Tiers",
            [("2026-01-01", False, 0)],
            basis="bands",
            quantity_type_id=self.capacity.id,
        )
        item.price_ids.band_ids = [
            Command.create({"upper": 10, "price": 3}),
            Command.create({"is_open": True, "price": 2}),
        ]
        values = self._values(self._export(self.tariff))
        values["bands"][0]["upper"] = 20
        content = self._write(values)
        self.assertEqual(self._counts(self._import("tariff", content))[:2], (0, 1))
        self.assertEqual(
            [(b.upper, b.is_open) for b in item.price_ids.band_ids],
            [(20, False), (0, True)],
        )
        self.assertEqual(self._counts(self._import("tariff", content))[:2], (0, 0))

    def test_a_note_entered_as_text_is_known_again(self):
        content = self._edit(self._export(self.tariff), {("Tariff", "D2"): "By law"})
        self.assertEqual(self._counts(self._import("tariff", content))[:2], (0, 1))
        self.assertEqual(self._counts(self._import("tariff", content))[:2], (0, 0))

    def test_names_are_those_of_the_language_of_the_user(self):
        self.env["res.lang"]._activate_lang("cs_CZ")
        czech = self.env(context={**self.env.context, "lang": "cs_CZ"})
        content = self._export(self.tariff.with_env(czech))
        charges = load_workbook(io.BytesIO(content)).sheetnames[1]
        content = self._edit(content, {(charges, "B3"): "Poplatek"})
        wizard = self._import("tariff", content, czech)
        self.assertEqual(self._counts(wizard)[:2], (0, 1))
        self.assertEqual(self.fee_item.with_env(czech).name, "Poplatek")
        self.assertEqual(self.fee_item.name, "Fee")

    def test_the_tariff_opens_its_workbook(self):
        action = self.env["billing.list.import"].with_context(
            active_model="billing.tariff", active_id=self.tariff.id
        )
        wizard = action.new(action.default_get(["list_code", "tariff_id"]))
        self.assertEqual(wizard.template_name, "B.xlsx")
        book = load_workbook(io.BytesIO(base64.b64decode(wizard.template)))
        self.assertEqual(
            book.sheetnames, ["Tariff", "Charges", "Prices", "Bands", "Factors"]
        )
        self.assertEqual(book["Charges"]["A2"].value, "CAPACITY")


@tagged("post_install", "-at_install")
class TestCodeLists(ListCase):
    def test_every_list_comes_back_as_it_was(self):
        self.env["billing.tax.exemption"].create(
            {
                "name": "Diplomats",
                "code": "007",
                "country_id": self.env.ref("base.bg").id,
            }
        )
        self.env["billing.holiday"].create(
            {
                "name": "New Year",
                "date": "2026-01-01",
                "country_id": self.env.ref("base.no").id,
            }
        )
        self.env["res.bank"].create({"name": "First Bank", "bic": "FINVBGSF"})
        self.env["billing.customer.category"].create({"name": "Home", "code": "H"})
        self.env["billing.charge.type"].create({"name": "Energy", "code": "E"})
        for code in (
            "bank",
            "charge_type",
            "customer_category",
            "holiday",
            "reason",
            "tax_exemption",
        ):
            found = self.lists[code]
            with self.subTest(list=code):
                model = self.env[found.model].with_context(active_test=False)
                if code == "bank":
                    model.search([("bic", "=", False)]).bic = "NONENONE"
                count = model.search_count([])
                content = write_file(found.get_tables(self.env))
                wizard = self._import(code, content)
                self.assertEqual(self._counts(wizard), (0, 0, count))
                self.assertEqual(model.search_count([]), count)

    def _rows(self, code, rows):
        (sheet,) = self.lists[code].get_sheets(self.env)
        return write_file([(sheet, rows)])

    def test_known_codes_are_changed_and_new_ones_added(self):
        content = self._rows(
            "reason",
            [
                {"kind": "cancel", "code": "reading", "name": "Reading was wrong"},
                {"kind": "waive", "code": "reading", "name": "Reading confirmed"},
            ],
        )
        wizard = self._import("reason", content)
        self.assertEqual(self._counts(wizard), (1, 1, 0))
        self.assertEqual(self.reason.name, "Reading was wrong")
        self.assertEqual(self._counts(self._import("reason", content)), (0, 0, 2))
        self.assertEqual(self.reason.search_count([("code", "=", "reading")]), 2)

    def test_a_text_file_does_as_well(self):
        content = b"Code;Name\nhh;Household\n01;Business\n"
        wizard = self._import("customer_category", content, name="list.csv")
        self.assertEqual(self._counts(wizard), (2, 0, 0))
        found = self.env["billing.customer.category"].search([("code", "=", "01")])
        self.assertEqual(found.name, "Business")
        self.assertTrue(found.active)

    def test_holidays_of_regions(self):
        country = self.env.ref("base.no")
        region = self.env["res.country.state"].create(
            {"name": "Testland", "code": "TL", "country_id": country.id}
        )
        day = {"country_id": "NO", "name": "Day", "date": date(2026, 5, 17)}
        content = self._rows("holiday", [day, {**day, "state_id": "TL"}])
        self.assertEqual(self._counts(self._import("holiday", content)), (2, 0, 0))
        self.assertEqual(self._counts(self._import("holiday", content)), (0, 0, 2))
        Holiday = self.env["billing.holiday"]
        found = Holiday.search([("state_id", "=", region.id)])
        self.assertEqual((found.country_id, str(found.date)), (country, "2026-05-17"))
        found.date = "2026-05-18"
        days = (date(2026, 1, 1), date(2026, 12, 31))
        self.assertEqual(len(Holiday._get_days(country, *days)), 1)
        self.assertEqual(len(Holiday._get_days(country, *days, state=region)), 2)

        content = self._rows("holiday", [{**day, "state_id": "??"}])
        ((place, text),) = self._errors(self._wizard("holiday", content))
        self.assertIn("B2", place)
        self.assertIn("no region with the code", text)
        content = self._rows("holiday", [{**day, "country_id": "Norway"}])
        errors = self._errors(self._wizard("holiday", content))
        self.assertIn("A2", errors[0][0])

    def test_one_error_imports_nothing(self):
        content = self._rows(
            "charge_type",
            [{"code": "A", "name": "A"}, {"code": "B"}, {"code": "A", "name": "C"}],
        )
        wizard = self._wizard("charge_type", content)
        self.assertEqual(
            [place for place, _text in self._errors(wizard)],
            ["Charge Type!B3 (Name)", "Charge Type!A4 (Code)"],
        )
        wizard.action_import()
        self.assertFalse(self.env["billing.charge.type"].search([("code", "=", "A")]))
        wizard.action_back()
        self.assertEqual((wizard.state, wizard.file), ("draft", False))
        with self.assertRaises(UserError):
            wizard.action_preview()

    def test_an_imported_list_is_not_imported_twice_from_one_window(self):
        content = self._rows("charge_type", [{"code": "A", "name": "A"}])
        wizard = self._import("charge_type", content)
        with self.assertRaises(UserError):
            wizard.action_import()

    def test_managers_import_and_clerks_do_not(self):
        manager = self.env(user=self._user("manager"))
        content = self._rows("bank", [{"bic": "SPARNO22", "name": "Spare"}])
        self._import("bank", content, manager)
        with self.assertRaises(AccessError):
            self._wizard("bank", content, env=self.env(user=self._user("clerk")))
