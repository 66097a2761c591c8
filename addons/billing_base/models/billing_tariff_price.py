import re
from decimal import Decimal

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from ..rating import Formula, PriceVersion, RatingError, round_amount, to_decimal
from ..tools import format_number
from .billing_staleness import changed_spans, mark_stale

FIGURES = {"item_id", "price", "discount", "band_mode", "formula", "band_ids"}
DATES = {"date_start", "date_end"}
DETAIL = re.compile(r"=\((\d+), ")
LOGGED = "billing_price_logged"
"""Context key: the price tells of its bands itself."""


class BillingTariffPrice(models.Model):
    """A dated version of a charge's price. A price of 0 is a price."""

    _name = "billing.tariff.price"
    _description = "Tariff Price"
    _order = "item_id, date_start"
    _check_company_auto = True

    item_id = fields.Many2one(
        "billing.tariff.item", required=True, index=True, ondelete="cascade"
    )
    tariff_id = fields.Many2one(related="item_id.tariff_id", store=True, index=True)
    company_id = fields.Many2one(related="item_id.company_id", store=True)
    basis = fields.Selection(related="item_id.basis")
    date_start = fields.Date(string="From", required=True)
    date_end = fields.Date(string="To", help="Last day; empty: until further notice.")
    price = fields.Float(
        digits="Billing Price", min_display_digits=2, required=True, aggregator=None
    )
    discount = fields.Float(string="Discount %", digits=(5, 2), aggregator=None)
    formula = fields.Char(
        help="The price of each interval, for example: index * 1.05 + price. Names are "
        "series of prices, and “price” for the price of this version.",
    )
    band_mode = fields.Selection(
        [
            ("sliced", "Each slice in its band"),
            ("whole", "All of it in one band"),
            ("item", "Each item in its band"),
        ],
        default="sliced",
        required=True,
    )
    band_ids = fields.One2many(
        "billing.tariff.band", "price_id", string="Bands", copy=True
    )

    band_text = fields.Char(string="Band Prices", compute="_compute_band_text")
    used_count = fields.Integer(
        compute="_compute_used_count", help="Invoiced lines that were made from it."
    )
    valid_on = fields.Date(compute="_compute_valid_on", search="_search_valid_on")

    _dates_ordered = models.Constraint(
        "CHECK (date_end IS NULL OR date_start <= date_end)",
        "A price ends on or after its first day.",
    )
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (item_id WITH =,"
        " daterange(date_start, date_end, '[]') WITH &&)",
        lambda env, diagnostics: env["billing.tariff.price"]._explain_overlap(
            diagnostics
        ),
    )
    _discount_range = models.Constraint(
        "CHECK (discount >= 0 AND discount <= 100)",
        "A discount lies between 0 and 100 %.",
    )

    @api.depends("item_id", "date_start")
    def _compute_display_name(self):
        for price in self:
            price.display_name = f"{price.item_id.display_name} {price.date_start}"

    @api.depends(
        "band_ids.upper",
        "band_ids.is_open",
        "band_ids.price",
        "band_ids.percent",
        "band_ids.fixed",
    )
    @api.depends_context("lang")
    def _compute_band_text(self):
        for price in self:
            price.band_text = " · ".join(band._describe() for band in price.band_ids)

    def _compute_valid_on(self):
        self.valid_on = False

    def _search_valid_on(self, operator, value):
        """The versions valid on a day, for the search bar."""
        if operator != "in":
            return NotImplemented
        return Domain.OR(
            Domain("date_start", "<=", day)
            & (Domain("date_end", "=", False) | Domain("date_end", ">=", day))
            for day in value
        )

    def _compute_used_count(self):
        counts = dict(
            self.env["billing.segment.line"]._read_group(
                [
                    ("price_id", "in", self.ids),
                    ("segment_id.state", "in", ("frozen", "cancelling")),
                ],
                ["price_id"],
                ["__count"],
            )
        )
        for price in self:
            price.used_count = counts.get(price, 0)

    @api.constrains("formula", "item_id")
    def _check_formula(self):
        for price in self:
            if price.basis == "index" and not price.formula:
                raise ValidationError(
                    self.env._(
                        "%(charge)s: enter the formula of the price from %(date)s.",
                        charge=price.item_id.display_name,
                        date=format_date(self.env, price.date_start),
                    )
                )
            try:
                if price.formula:
                    Formula(price.formula)
            except RatingError as error:
                raise ValidationError(
                    self.env._(
                        "%(charge)s: the formula “%(formula)s” cannot be read "
                        "(%(reason)s). Write for example: index * 1.05 + price",
                        charge=price.item_id.display_name,
                        formula=price.formula,
                        reason=error,
                    )
                ) from error

    @api.model
    def _explain_overlap(self, diagnostics):
        """Which charge has two prices on one day.

        :param diagnostics: of the database's error; its detail names the charge
        """
        detail = (diagnostics and diagnostics.message_detail) or ""
        found = DETAIL.search(detail)
        item = self.env["billing.tariff.item"].browse(int(found[1]) if found else ())
        return self.env._(
            "%(charge)s has a price on these days already. End the one before the day "
            "the next begins.",
            charge=item.exists().display_name or self.env._("The charge"),
        )

    # === Changes: told in the chatter, segments made from them are stale ===

    @api.model_create_multi
    def create(self, vals_list):
        prices = super(BillingTariffPrice, self.with_context(**{LOGGED: True})).create(
            vals_list
        )
        prices = prices.with_env(self.env)
        prices._log({price: self.env._("New price") for price in prices})
        mark_stale(self.env, prices._get_concerned())
        return prices

    def write(self, vals):
        if not vals.keys() & (FIGURES | DATES):
            return super().write(vals)
        before = {price: price._get_state() for price in self}
        result = super(BillingTariffPrice, self.with_context(**{LOGGED: True})).write(
            vals
        )
        self._log_changes(before)
        return result

    def unlink(self):
        self._log({price: self.env._("Price removed") for price in self})
        concerned = self._get_concerned()
        result = super().unlink()
        mark_stale(self.env, concerned)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        lines = self.env["billing.segment.line"].search(
            [("price_id", "in", self.ids)], limit=1
        )
        if lines:
            price = lines.price_id
            raise UserError(
                self.env._(
                    "The price of %(charge)s from %(date)s was billed, for example in "
                    "segment %(segment)s, and stays. Correct it, or end it and enter "
                    "another from the next day on.",
                    charge=price.item_id.display_name,
                    date=format_date(self.env, price.date_start),
                    segment=lines.segment_id.display_name,
                )
            )

    def _log_changes(self, before):
        """Tell what changed and flag the segments made from it.

        :param dict before: ``{price: price._get_state()}``
        """
        texts, concerned = {}, []
        for price in self:
            old_figures, old_text, *old_dates = before[price]
            figures, _text, *dates = price._get_state()
            if figures == old_figures:
                spans = changed_spans(old_dates, dates)
            else:
                spans = [tuple(old_dates), tuple(dates)]
            if spans:
                texts[price] = self.env._("Was %(price)s, now", price=old_text)
                concerned += price._get_concerned(spans)
        self._log(texts)
        mark_stale(self.env, concerned)

    def _get_state(self):
        """What a change is compared with: figures, their text, first and last day."""
        self.ensure_one()
        figures = (
            self.item_id,
            self.price,
            self.discount,
            self.band_mode,
            self.formula,
            tuple(
                (band.upper, band.is_open, band.price, band.percent, band.fixed)
                for band in self.band_ids
            ),
        )
        return figures, self._describe(), self.date_start, self.date_end

    def _describe(self):
        """Days, price, bands and discount as one text."""
        self.ensure_one()
        last = self.date_end and format_date(self.env, self.date_end)
        figure = self.formula or format_number(self.env, self.price)
        if self.basis == "bands" or self.band_ids:
            figure = " · ".join(band._describe() for band in self.band_ids)
        text = f"{format_date(self.env, self.date_start)} – {last or '…'}: {figure}"
        if self.discount:
            text += f" − {format_number(self.env, self.discount)} %"
        return text

    def _log(self, texts):
        """Every price change is in the chatter of its charge.

        :param dict texts: ``{price: what happened to it}``
        """
        bodies = {}
        for price, text in texts.items():
            bodies.setdefault(price.item_id.id, []).append(
                f"{text} {price._describe()}"
            )
        if bodies:
            self.item_id.browse(bodies)._message_log_batch(
                bodies={
                    item_id: Markup("<br/>").join(lines)
                    for item_id, lines in bodies.items()
                }
            )

    def _get_concerned(self, spans=None):
        """Changes as ``mark_stale`` takes them, of all days or of ``spans``."""
        return [
            {
                "tariff_id": price.tariff_id.id,
                "date_start": date_start,
                "date_end": date_end,
            }
            for price in self
            for date_start, date_end in (spans or [(price.date_start, price.date_end)])
        ]

    def _prepare_version(self, date_start, percent, digits, amount=0):
        """Values of the version that follows this one from ``date_start`` on.

        Amounts rise by ``percent``, then by ``amount``; a price in percent of other
        charges and the parameter of a formula stay, they follow what they refer to.

        :param percent: 3.5 raises by 3.5 %, -2 lowers by 2 %
        :param int digits: decimals the new prices are rounded to
        :param amount: added to prices, also to those of bands
        """
        self.ensure_one()
        factor = 1 + to_decimal(percent) / 100
        unit = Decimal(1).scaleb(-digits)

        def scale(value, more=0):
            new = to_decimal(value) * factor + to_decimal(more)
            return float(round_amount(new, unit))

        values = self.copy_data({"date_start": date_start, "date_end": self.date_end})[
            0
        ]
        if self.basis not in ("percent", "index"):
            values["price"] = scale(self.price, amount)
            for _command, _id, band in values.get("band_ids", ()):
                band.update(
                    price=scale(band["price"], amount), fixed=scale(band["fixed"])
                )
        return values

    def _to_rating(self):
        """This version as the rating package takes it."""
        self.ensure_one()
        return PriceVersion(
            key=self.id,
            start=self.date_start,
            end=self.date_end or None,
            price=to_decimal(self.price),
            bands=tuple(band._to_rating() for band in self.band_ids),
            band_mode=self.band_mode,
            discount=to_decimal(self.discount),
            formula=self.formula or None,
        )
