import json
from functools import partial

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import format_date, formatLang

from ..rating.explain import Speaker
from ..tools import format_number


class BillingSegmentLine(models.Model):
    """One rated charge of a segment over one span of one price."""

    _name = "billing.segment.line"
    _description = "Segment Line"
    _order = "segment_id, sequence, date_start, id"
    _log_access = False
    _check_company_auto = True

    segment_id = fields.Many2one(
        "billing.segment", required=True, index=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    agreement_id = fields.Many2one(related="segment_id.agreement_id")
    partner_id = fields.Many2one(related="segment_id.partner_id")
    period_id = fields.Many2one(related="segment_id.period_id")
    sequence = fields.Integer(readonly=True)
    item_id = fields.Many2one(
        "billing.tariff.item",
        string="Charge",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    price_id = fields.Many2one(
        "billing.tariff.price",
        string="Price Version",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    product_id = fields.Many2one("product.product", required=True, readonly=True)
    name = fields.Char(readonly=True)
    date_start = fields.Date(string="From", required=True, readonly=True)
    date_end = fields.Date(string="To", required=True, readonly=True)
    quantity = fields.Float(
        digits="Product Unit", min_display_digits=2, required=True, readonly=True
    )
    uom_id = fields.Many2one("uom.uom", string="Unit", readonly=True)
    unit_price = fields.Float(
        digits="Billing Price",
        min_display_digits=2,
        required=True,
        readonly=True,
        aggregator=None,
    )
    factor = fields.Float(
        digits=(12, 7), min_display_digits=2, readonly=True, aggregator=None
    )
    amount = fields.Monetary(required=True, readonly=True)
    explanation = fields.Json(readonly=True)
    explanation_text = fields.Text(
        string="How It Was Calculated", compute="_compute_explanation_text"
    )
    charge_move_line_id = fields.Many2one(
        "account.move.line",
        string="Invoice Line",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    reversal_move_line_id = fields.Many2one(
        "account.move.line",
        string="Credit Note Line",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    @api.depends("explanation")
    @api.depends_context("lang")
    def _compute_explanation_text(self):
        speakers = {
            currency: self._prepare_speaker(currency) for currency in self.currency_id
        }
        for line in self:
            line.explanation_text = (
                " ".join(speakers[line.currency_id].sentences(line.explanation))
                if line.explanation
                else False
            )

    @api.model
    def _insert(self, rows):
        """Store lines of segments in one statement.

        Nothing is computed from them and nobody follows them, so that what ``create``
        does for each is not needed; a month has half a million of them.

        :param list rows: dictionaries of stored fields; many2one as ids, dates as
            dates; False, None and what is missing are nothing
        """
        if not rows:
            return
        columns, values = [], []
        for name in dict.fromkeys(name for row in rows for name in row):
            field, column = self._fields[name], SQL.identifier(name)
            columns.append(column)
            digits = field.type == "float" and field.get_digits(self.env)
            values.append(SQL("round(%s, %s)", column, digits[1]) if digits else column)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "INSERT INTO billing_segment_line (%s) SELECT %s"
                " FROM json_populate_recordset(NULL::billing_segment_line, %s)",
                SQL(", ").join(columns),
                SQL(", ").join(values),
                json.dumps(
                    [
                        {
                            name: value
                            for name, value in row.items()
                            if value is not False
                        }
                        for row in rows
                    ],
                    default=str,
                    ensure_ascii=False,
                ),
            )
        )
        self.env["billing.segment"].browse(
            {row["segment_id"] for row in rows}
        ).invalidate_recordset(["line_ids"])

    def _get_analytic_accounts(self):
        """The analytic accounts the line's revenue belongs to, one of a plan.

        Lines of different accounts never share an invoice line.
        """
        return self.env["account.analytic.account"]

    def _prepare_speaker(self, currency):
        """Says explanations in the user's language, amounts in ``currency``."""
        return Speaker(
            translate=self.env._,
            format_number=partial(format_number, self.env),
            format_money=lambda value: formatLang(
                self.env, float(value), currency_obj=currency
            ),
            format_date=partial(format_date, self.env),
        )

    def init(self):
        """A frozen segment's lines never change; links to invoices are set once."""
        self.env.cr.execute(LINE_GUARD)


LINE_GUARD = """
CREATE OR REPLACE FUNCTION billing_segment_line_guard() RETURNS trigger AS $$
DECLARE
    parent_state varchar;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT state INTO parent_state FROM billing_segment
         WHERE id = NEW.segment_id;
        IF parent_state IN ('frozen', 'cancelling', 'cancelled') THEN
            RAISE EXCEPTION 'billing.segment.line: segment is frozen'
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    SELECT state INTO parent_state FROM billing_segment WHERE id = OLD.segment_id;
    IF TG_OP = 'DELETE' THEN
        IF parent_state IN ('frozen', 'cancelling', 'cancelled') THEN
            RAISE EXCEPTION 'billing.segment.line: segment is frozen'
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF (OLD.charge_move_line_id IS NOT NULL AND NEW.charge_move_line_id IS NOT NULL
            AND OLD.charge_move_line_id <> NEW.charge_move_line_id)
        OR (OLD.reversal_move_line_id IS NOT NULL
            AND NEW.reversal_move_line_id IS NOT NULL
            AND OLD.reversal_move_line_id <> NEW.reversal_move_line_id) THEN
        RAISE EXCEPTION 'billing.segment.line: already on an invoice'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF parent_state IN ('frozen', 'cancelling', 'cancelled') AND (
        (OLD.charge_move_line_id IS NOT NULL AND NEW.charge_move_line_id IS NULL)
        OR ROW(OLD.segment_id, OLD.item_id, OLD.product_id, OLD.name,
               OLD.date_start, OLD.date_end, OLD.quantity, OLD.uom_id,
               OLD.unit_price, OLD.factor, OLD.amount, OLD.explanation,
               OLD.currency_id, OLD.company_id)
           IS DISTINCT FROM
           ROW(NEW.segment_id, NEW.item_id, NEW.product_id, NEW.name,
               NEW.date_start, NEW.date_end, NEW.quantity, NEW.uom_id,
               NEW.unit_price, NEW.factor, NEW.amount, NEW.explanation,
               NEW.currency_id, NEW.company_id)) THEN
        RAISE EXCEPTION 'billing.segment.line: segment is frozen'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
DROP TRIGGER IF EXISTS billing_segment_line_guard ON billing_segment_line;
CREATE TRIGGER billing_segment_line_guard
    BEFORE INSERT OR UPDATE OR DELETE ON billing_segment_line
    FOR EACH ROW EXECUTE FUNCTION billing_segment_line_guard();
"""
