"""What the workbook of a tariff would change, and the writing of it."""

from collections import defaultdict
from decimal import Decimal
from itertools import pairwise

from odoo.fields import Command
from odoo.tools import format_date

from ..rating import Formula, RatingError, to_decimal
from .billing_list_plan import ListPlan, describe_changes, grouped
from .billing_list_tariff_rows import (
    band_row,
    factor_row,
    item_row,
    price_row,
    tariff_row,
)
from .billing_tariff_item import LAST, MOVING, STEP

BLANK_KEEPS = {
    "active",
    "band_mode",
    "coverage",
    "kind",
    "pick",
    "prorate_limits",
    "sequence",
    "time_unit",
}
"""Columns whose empty cell leaves what there is, or the default."""

BLANK_IS_ZERO = {"discount", "maximum", "minimum", "price"}


class TariffPlan(ListPlan):
    """Charges are known by their code, prices by charge and first day; what the file
    does not name is left as it is. Bands of a price named in the file are those of
    the file.
    """

    def __init__(self, env, reading, sheets, item_fields=()):
        """
        :param sheets: of the reading, in the user's language
        :param item_fields: further fields of charges
        """
        super().__init__()
        self.columns = {sheet.key: sheet.columns for sheet in sheets}
        self.item_fields = item_fields
        self.env = env
        self.rows = reading.records
        self.tariff = env["billing.tariff"]
        if len(self.rows["tariff"]) == 1:
            self._plan_tariff(self.rows["tariff"][0])
        elif self.rows["tariff"]:
            self._wrong(
                self.rows["tariff"][1],
                "code",
                env._("A file holds one tariff. Put the others into other files."),
            )

    # === Tariff ===

    def _plan_tariff(self, record):
        env = self.env
        self.tariff = (
            env["billing.tariff"]
            .with_context(active_test=False)
            .search(
                [("code", "=", record["code"]), ("company_id", "=", env.company.id)]
            )
        )
        currency = (
            env["res.currency"]
            .with_context(active_test=False)
            .search([("name", "=", record["currency"])])
        )
        if not currency.active:
            text = env._("The currency is not in use. Activate it or correct the cell.")
            self._wrong(record, "currency", text)
        row = tariff_row(self.tariff) if self.tariff else {}
        self.tariff_vals = self._changed(record, row)
        if "currency" in self.tariff_vals:
            self.tariff_vals["currency_id"] = currency.id
            del self.tariff_vals["currency"]
        self._note(
            record,
            self.tariff,
            self.tariff_vals,
            self._label("tariff", record["name"], row, self._changed(record, row)),
        )
        self.steps.append(self._write_tariff)
        self._plan_items()
        self._plan_prices()
        self._plan_factors()

    def _write_tariff(self):
        if not self.tariff:
            vals = {"company_id": self.env.company.id, **self.tariff_vals}
            self.tariff = self.env["billing.tariff"].create(vals)
        elif self.tariff_vals:
            self.tariff.write(self.tariff_vals)

    # === Charges ===

    def _plan_items(self):
        self.items = {
            item.code: item
            for item in self.tariff.with_context(active_test=False).item_ids
        }
        self.known = set(self.items)
        self.item_rows = {
            code: item_row(item, self.item_fields) for code, item in self.items.items()
        }
        for record in self.rows["items"]:
            row = dict(self.item_rows.get(record["code"], {}))
            row.update(
                (key, value)
                for key, value in record.values.items()
                if key in record.places and not (key in BLANK_KEEPS and value is None)
            )
            self.item_rows[record["code"]] = row
        self.names = self._get_named()
        self.places = self._get_places()
        for record in self.rows["items"]:
            record.values["sequence"] = self.places.get(record["code"], LAST)
            record.places.setdefault("sequence", ("", ""))
        self.item_vals = {}
        for record in self.rows["items"]:
            self._check_item(record, self.item_rows[record["code"]])
            known = self.items.get(record["code"])
            row = item_row(known, self.item_fields) if known else {}
            vals = self._changed(record, row)
            self.item_vals[record["code"]] = vals
            label = f"{record['code']} {record['name']}"
            self._note(record, known, vals, self._label("items", label, row, vals))
        self.steps.append(self._write_items)

    def _get_places(self):
        """The numbers of all items from top to bottom: ``{code: number}``."""
        below = defaultdict(list)
        for code, row in self.item_rows.items():
            below[row.get("parent")].append((row.get("sequence") or LAST, code))
        for siblings in below.values():
            siblings.sort(key=lambda found: found[0])
        places, waiting = {}, below[None][::-1]
        while waiting:
            _sequence, code = waiting.pop()
            places[code] = STEP * (1 + len(places))
            waiting += below[code][::-1]
        return places

    def _get_named(self):
        """Records that cells name: ``{column: {text: recordset}}``."""
        texts = defaultdict(set)
        for record in self.rows["items"]:
            for column in ("product", "quantity", "charge_type"):
                texts[column] |= {record.values[column]} - {None}
        env, named = self.env, {}
        for column, model in (
            ("quantity", "billing.quantity.type"),
            ("charge_type", "billing.charge.type"),
        ):
            found = env[model].search([("code", "in", list(texts[column]))])
            named[column] = {record.code: record for record in found}
        products = env["product.product"].search(
            [
                ("company_id", "in", (False, env.company.id)),
                "|",
                ("default_code", "in", list(texts["product"])),
                ("name", "in", list(texts["product"])),
            ]
        )
        named["product"] = by_text = {}
        for attribute in ("default_code", "name"):
            found = products.grouped(attribute)
            by_text.update((text, found[text]) for text in found if text not in by_text)
        return named

    def _check_item(self, record, row):
        env = self.env
        for column, named in self.names.items():
            text = record.values[column]
            if text and text not in named:
                self._wrong(
                    record,
                    column,
                    env._(
                        "“%(text)s” does not exist. Enter it first or correct the "
                        "cell.",
                        text=text,
                    ),
                )
            elif text and len(named[text]) > 1:
                self._wrong(
                    record,
                    column,
                    env._(
                        "Several products are “%(text)s”. Give this one a reference "
                        "of its own and write that.",
                        text=text,
                    ),
                )
        for column, kind in (("parent", "category"), ("percent_of", "charge")):
            for code in _codes(record.values[column]):
                if self.item_rows.get(code, {}).get("kind") != kind:
                    text = env._("No category has the code “%(code)s”.", code=code)
                    if kind == "charge":
                        text = env._("No charge has the code “%(code)s”.", code=code)
                    self._wrong(record, column, text)
        if self._stands_below_itself(record["code"]):
            text = env._("The category stands below itself. Correct one of the cells.")
            self._wrong(record, "parent", text)
        if row.get("kind") == "charge":
            needed = ["product", "basis"]
            if row.get("basis") not in ("flat", "percent", None):
                needed.append("quantity")
            if row.get("basis") == "percent":
                needed.append("percent_of")
            for column in needed:
                if not row.get(column):
                    text = env._("A charge with this basis needs a value here.")
                    self._wrong(record, column, text)

    def _stands_below_itself(self, code):
        seen = {code}
        parent = self.item_rows[code].get("parent")
        while parent and parent in self.item_rows:
            if parent in seen:
                return True
            seen.add(parent)
            parent = self.item_rows[parent].get("parent")
        return False

    def _write_items(self):
        """Parents first; a percent of others when all are there."""
        Item = self.env["billing.tariff.item"].with_context(**{MOVING: True})
        waiting = [record["code"] for record in self.rows["items"]]
        waiting = [code for code in waiting if code not in self.items]
        while waiting:
            level = [
                code
                for code in waiting
                if self.item_rows[code].get("parent") not in waiting
            ]
            created = Item.create(
                [
                    {
                        "tariff_id": self.tariff.id,
                        **self._item_vals(self.item_vals[code], is_new=True),
                    }
                    for code in level
                ]
            )
            self.items.update(zip(level, created, strict=True))
            waiting = [code for code in waiting if code not in self.items]
        updates = []
        for code, vals in self.item_vals.items():
            written = self._item_vals(vals)
            if code not in self.known:
                written = {
                    key: value
                    for key, value in written.items()
                    if key == "percent_of_ids"
                }
            if written:
                updates.append((self.items[code], written))
        for records, vals in grouped(updates):
            records.with_context(**{MOVING: True}).write(vals)
        self.tariff._write_places(
            {self.items[code]: place for code, place in self.places.items()}
        )

    def _item_vals(self, vals, is_new=False):
        """Values of a row for the ORM."""
        written = {}
        for key, value in vals.items():
            if key == "parent":
                written["parent_id"] = self.items[value].id if value else False
            elif key == "sequence":
                continue  # written for all at once
            elif key == "percent_of":
                if not is_new:
                    ids = [self.items[code].id for code in value]
                    written["percent_of_ids"] = [Command.set(ids)]
            elif key in self.names:
                field = {"quantity": "quantity_type_id"}.get(key, f"{key}_id")
                written[field] = self.names[key][value].id if value else False
            else:
                written[key] = _plain(key, value)
        return written

    # === Prices ===

    def _plan_prices(self):
        self.prices = {
            (price.item_id.code, price.date_start): price
            for item in self.items.values()
            for price in item.price_ids
        }
        bands = self._get_bands()
        spans = {key: price.date_end or None for key, price in self.prices.items()}
        self.price_vals, self.band_vals = {}, {}
        for record in self.rows["prices"]:
            key = (record["item"], record["date_start"])
            known = self.prices.get(key)
            row = price_row(known) if known else {}
            vals = self._changed(record, row)
            self._check_price(record, key, bands)
            spans[key] = record.values["date_end"]
            if known and key in bands:
                old = sorted(map(band_row, known.band_ids), key=_band_order)
                new = sorted(map(_band_values, bands[key]), key=_band_order)
                if old != new:
                    self.band_vals[key] = new
            elif key in bands:
                self.band_vals[key] = [_band_values(found) for found in bands[key]]
            self.price_vals[key] = vals
            label = f"{key[0]} {format_date(self.env, key[1])}"
            self._note(
                record,
                known,
                vals or self.band_vals.get(key),
                self._label("prices", label, row, vals),
            )
        self._check_overlaps("prices", spans)
        self.steps.append(self._write_prices)

    def _get_bands(self):
        """Rows of bands by their price; those of no price are told."""
        bands = defaultdict(list)
        named = {(row["item"], row["date_start"]) for row in self.rows["prices"]}
        for record in self.rows["bands"]:
            key = (record["item"], record["date_start"])
            bands[key].append(record)
            if key not in named:
                text = self.env._(
                    "The sheet of prices has no price of this charge from this day. "
                    "Add it there."
                )
                self._wrong(record, "date_start", text)
        return bands

    def _check_price(self, record, key, bands):
        env, item = self.env, self.item_rows.get(key[0])
        if not item or item.get("kind") != "charge":
            text = env._("No charge has the code “%(code)s”.", code=key[0])
            self._wrong(record, "item", text)
            return
        if record.values["date_end"] and record.values["date_end"] < key[1]:
            self._wrong(record, "date_end", env._("The price ends before it begins."))
        is_banded = bool(bands.get(key))
        if item.get("basis") == "bands" and not is_banded:
            text = env._("The price has no bands. Add them to their sheet.")
            self._wrong(record, "item", text)
        if item.get("basis") == "index":
            self._check_formula(record)
        elif record.values["price"] is None and not is_banded:
            text = env._("The price is empty. A price of nothing is 0.")
            self._wrong(record, "price", text)

    def _check_formula(self, record):
        try:
            Formula(record.values["formula"] or "")
        except RatingError as error:
            text = self.env._(
                "The formula cannot be read (%(reason)s). Write for example: index * "
                "1.05 + price",
                reason=error,
            )
            self._wrong(record, "formula", text)

    def _check_overlaps(self, sheet, spans):
        """No two prices, or factors, of a charge on one day, those in the database
        included.

        :param dict spans: ``{(code, first day): last day or None}``
        """
        rows = {(row["item"], row["date_start"]): row for row in self.rows[sheet]}
        for (code, start), (next_code, next_start) in pairwise(
            sorted(spans, key=lambda key: (key[0], key[1]))
        ):
            end = spans[code, start]
            if code != next_code or (end and end < next_start):
                continue
            record = rows.get((next_code, next_start)) or rows.get((code, start))
            self._wrong(
                record,
                "date_start",
                self.env._(
                    "The one from %(first)s has no end before %(second)s. Enter the "
                    "last day of its row; add the row when it is missing.",
                    first=format_date(self.env, start),
                    second=format_date(self.env, next_start),
                ),
            )

    def _write_prices(self):
        updates = [
            (self.prices[key], _price_vals(vals))
            for key, vals in self.price_vals.items()
            if key in self.prices and vals
        ]
        for records, vals in grouped(updates):
            records.write(vals)
        self.env.flush_all()  # the database must see the old prices end
        for key, bands in self.band_vals.items():
            if key in self.prices:
                self.prices[key].band_ids = [Command.clear(), *_band_commands(bands)]
        self.env["billing.tariff.price"].create(
            [
                {
                    "item_id": self.items[key[0]].id,
                    "date_start": key[1],
                    "price": 0,
                    **_price_vals(vals),
                    "band_ids": _band_commands(self.band_vals.get(key, ())),
                }
                for key, vals in self.price_vals.items()
                if key not in self.prices
            ]
        )

    # === Factors ===

    def _plan_factors(self):
        self.factors = {
            (factor.item_id.code, factor.date_start): factor
            for item in self.items.values()
            for factor in item.factor_ids
        }
        spans = {key: factor.date_end or None for key, factor in self.factors.items()}
        self.factor_vals = {}
        for record in self.rows["factors"]:
            key = (record["item"], record["date_start"])
            known = self.factors.get(key)
            if self.item_rows.get(key[0], {}).get("kind") != "charge":
                text = self.env._("No charge has the code “%(code)s”.", code=key[0])
                self._wrong(record, "item", text)
            row = factor_row(known) if known else {}
            vals = self.factor_vals[key] = self._changed(record, row)
            spans[key] = record.values["date_end"]
            label = f"{key[0]} {format_date(self.env, key[1])}"
            self._note(record, known, vals, self._label("factors", label, row, vals))
        self._check_overlaps("factors", spans)
        self.steps.append(self._write_factors)

    def _write_factors(self):
        updates = [
            (self.factors[key], _price_vals(vals))
            for key, vals in self.factor_vals.items()
            if key in self.factors and vals
        ]
        for records, vals in grouped(updates):
            records.write(vals)
        self.env.flush_all()  # the database must see the old factors end
        self.env["billing.tariff.factor"].create(
            [
                {"item_id": self.items[key[0]].id, **_price_vals(vals)}
                for key, vals in self.factor_vals.items()
                if key not in self.factors
            ]
        )

    # === Common ===

    def _wrong(self, record, column, text):
        self.findings.append(record.finding(text, column))

    def _changed(self, record, row):
        """The values of a row that differ from what there is."""
        return {
            key: value
            for key, value in record.values.items()
            if key in record.places
            and not (value is None and self._keeps(key))
            and (not row or row[key] != self._comparable(key, value))
        }

    def _keeps(self, key):
        """Whether an empty cell leaves what there is."""
        if key in self.item_fields:
            field = self.env["billing.tariff.item"]._fields[key]
            return field.type in ("boolean", "float", "integer", "monetary")
        return key in BLANK_KEEPS

    def _comparable(self, key, value):
        """A value as a row of the database has it."""
        if key == "percent_of":
            return tuple(sorted(value))
        if key in ("discount", "minimum", "maximum") and value == 0:
            return None
        if key == "price" and value is None:
            return to_decimal(0)
        if key == "note" and value:
            # text becomes a paragraph when it is stored
            field = self.tariff._fields["note"]
            return str(field.convert_to_cache(value, self.tariff, True)).strip()
        return value

    def _label(self, sheet, label, row, vals):
        """A row of the preview: what it is, and what of it changes."""
        if not row or not vals:
            return label
        old = {key: row[key] for key in vals}
        changes = describe_changes(self.env, self.columns[sheet], old, vals)
        return f"{label} · {changes}"

    def _note(self, record, known, vals, text):
        if not known:
            self.tell(record, True, text)
        elif vals:
            self.tell(record, False, text)
        else:
            self.unchanged += 1


def _codes(value):
    return value if isinstance(value, tuple) else (value,) if value else ()


def _plain(key, value):
    """A value of a sheet as the ORM takes it."""
    if value is None:
        return 0 if key in BLANK_IS_ZERO else False
    return float(value) if isinstance(value, Decimal) else value


def _price_vals(vals):
    return {key: _plain(key, value) for key, value in vals.items() if key != "item"}


def _band_values(record):
    """The values of a row of bands; nothing and 0 are the same there."""
    return {
        key: value or None if key in ("price", "percent", "fixed") else value
        for key, value in record.values.items()
    }


def _band_order(row):
    return (row["upper"] is None, row["upper"] or 0)


def _band_commands(bands):
    return [
        Command.create(
            {
                "upper": float(band["upper"] or 0),
                "is_open": band["upper"] is None,
                **{
                    name: float(band[name] or 0)
                    for name in ("price", "percent", "fixed")
                },
            }
        )
        for band in bands
    ]
