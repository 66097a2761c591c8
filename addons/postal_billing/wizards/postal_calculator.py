from functools import partial

from odoo import api, fields, models
from odoo.tools.misc import format_date, formatLang

from odoo.addons.billing_base.rating import to_decimal
from odoo.addons.billing_base.rating.explain import Speaker
from odoo.addons.billing_base.tools import format_number

from ..models.postal_rater import Entry, PostalRater


class PostalCalculator(models.TransientModel):
    """What a service costs this partner on a day, and why."""

    _name = "postal.calculator"
    _description = "Price Calculator"

    agreement_id = fields.Many2one(
        "billing.agreement",
        required=True,
        domain="[('type_id.postal_kind', '!=', False)]",
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    tariff_id = fields.Many2one(related="agreement_id.tariff_id")
    item_id = fields.Many2one(
        "billing.tariff.item",
        string="Service",
        required=True,
        domain="[('kind', '=', 'charge'), ('tariff_id', '=?', tariff_id)]",
    )
    entry = fields.Selection(related="item_id.entry")
    quantity = fields.Float(string="Pieces", digits=(16, 0), default=1)
    weight = fields.Float(string="Grams", digits=(16, 1))
    money = fields.Monetary(string="Amount of the Cheques")
    currency_id = fields.Many2one(related="tariff_id.currency_id")
    amount = fields.Monetary(string="Untaxed Amount", compute="_compute_amount")
    unit_price = fields.Float(
        string="Price",
        digits="Billing Price",
        min_display_digits=2,
        compute="_compute_amount",
    )
    explanation = fields.Text(compute="_compute_amount")

    @api.depends("agreement_id", "date", "item_id", "quantity", "weight", "money")
    @api.depends_context("lang")
    def _compute_amount(self):
        for calculator in self:
            calculator.amount = calculator.unit_price = 0
            calculator.explanation = False
            if not (calculator.agreement_id and calculator.item_id and calculator.date):
                continue
            priced = calculator._get_priced()
            calculator.amount = float(priced.amount)
            calculator.unit_price = float(priced.unit_price)
            calculator.explanation = priced.problem or calculator._explain(priced)

    def _get_priced(self):
        rater = PostalRater(self.env, self.agreement_id, [self.date])
        return rater.price(
            Entry(
                agreement=self.agreement_id,
                item=self.item_id,
                day=self.date,
                quantity=to_decimal(self.quantity),
                grams=to_decimal(self.weight),
                money=to_decimal(self.money),
            )
        )

    def _explain(self, priced):
        speaker = Speaker(
            translate=self.env._,
            format_number=partial(format_number, self.env),
            format_money=lambda value: formatLang(
                self.env, float(value), currency_obj=self.currency_id
            ),
            format_date=partial(format_date, self.env),
        )
        return "\n".join(
            sentence
            for line in priced.lines
            for sentence in speaker.sentences(line.explanation)
        )
