from decimal import Decimal

from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain

from ..rating import PriceVersion, round_amount, to_decimal
from ..tools import format_number


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
    band_mode = fields.Selection(
        [("sliced", "Each slice in its band"), ("whole", "All of it in one band")],
        default="sliced",
        required=True,
    )
    band_ids = fields.One2many(
        "billing.tariff.band", "price_id", string="Bands", copy=True
    )

    band_text = fields.Char(compute="_compute_band_text")
    valid_on = fields.Date(compute="_compute_valid_on", search="_search_valid_on")

    _dates_ordered = models.Constraint(
        "CHECK (date_end IS NULL OR date_start <= date_end)",
        "A price ends on or after its first day.",
    )
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (item_id WITH =,"
        " daterange(date_start, date_end, '[]') WITH &&)",
        "The prices of one charge must not overlap.",
    )
    _discount_range = models.Constraint(
        "CHECK (discount >= 0 AND discount <= 100)",
        "A discount lies between 0 and 100 %.",
    )

    @api.depends("item_id", "date_start")
    def _compute_display_name(self):
        for price in self:
            price.display_name = f"{price.item_id.display_name} {price.date_start}"

    @api.depends("band_ids.upper", "band_ids.is_open")
    def _compute_band_text(self):
        for price in self:
            price.band_text = " · ".join(
                self.env._("over")
                if band.is_open
                else self.env._(
                    "to %(limit)s", limit=format_number(self.env, band.upper)
                )
                for band in price.band_ids
            )

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

    @api.model_create_multi
    def create(self, vals_list):
        prices = super().create(vals_list)
        prices._log_change()
        return prices

    def write(self, vals):
        result = super().write(vals)
        self._log_change()
        return result

    def _log_change(self):
        """Every price change is in the chatter of its charge."""
        bodies = {}
        for price in self:
            line = self.env._(
                "Price from %(start)s to %(end)s: %(price)s",
                start=price.date_start,
                end=price.date_end or "…",
                price=price.price,
            )
            bodies.setdefault(price.item_id.id, []).append(line)
        self.item_id._message_log_batch(
            bodies={
                item_id: Markup("<br/>").join(lines)
                for item_id, lines in bodies.items()
            }
        )

    def _prepare_version(self, date_start, percent, digits):
        """Values of the version that follows this one from ``date_start`` on.

        Amounts rise by ``percent``; a price in percent of other charges and the
        parameter of a formula stay, they follow what they refer to.

        :param percent: 3.5 raises by 3.5 %, -2 lowers by 2 %
        :param int digits: decimals the new prices are rounded to
        """
        self.ensure_one()
        factor = 1 + to_decimal(percent) / 100
        unit = Decimal(1).scaleb(-digits)

        def scale(value):
            return float(round_amount(to_decimal(value) * factor, unit))

        values = self.copy_data({"date_start": date_start, "date_end": self.date_end})[
            0
        ]
        if self.basis not in ("percent", "index"):
            values["price"] = scale(self.price)
            for _command, _id, band in values.get("band_ids", ()):
                band.update(price=scale(band["price"]), fixed=scale(band["fixed"]))
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
        )
