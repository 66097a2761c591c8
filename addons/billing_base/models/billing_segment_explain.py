"""How a segment was calculated: one page, and the same as a letter."""

from decimal import Decimal
from functools import partial

from odoo import api, fields, models
from odoo.tools import format_date

from ..documents import Currency, Fact, Letter, LetterColumn, LetterTable, Party, render
from ..rating import to_decimal
from ..tools import format_number
from .account_move_document import DocumentBuilder, _address, _formats, _identifiers
from .account_move_document import _texts as document_texts

RENDERER = "billing_explanation"


class BillingSegment(models.Model):
    _inherit = "billing.segment"

    explanation_html = fields.Html(
        string="How It Was Calculated",
        compute="_compute_explanation_html",
        sanitize=False,
    )

    @api.depends("snapshot", "line_ids.explanation", "result_ids.waived_by_id")
    @api.depends_context("lang")
    def _compute_explanation_html(self):
        for segment in self:
            segment.explanation_html = self.env["ir.qweb"]._render(
                "billing_base.segment_explanation", segment._prepare_explanation()
            )

    def _prepare_explanation(self):
        """What stands behind the amount, in the user's words, from what was stored.

        :return: ``{"segment", "charge", "terms", "readings", "quantities", "lines",
            "checks", "number"}``; readings are :class:`..documents.Reading`
        """
        self.ensure_one()
        source = self._prepare_source_values() if self.snapshot else {}
        return {
            "segment": self,
            "charge": source.get("charge"),
            "terms": source.get("terms", []),
            "quantities": source.get("quantities", []),
            "readings": self._prepare_statement_readings().get(self.id, ()),
            "lines": [line._prepare_explanation() for line in self.line_ids],
            "checks": [result._prepare_explanation() for result in self.result_ids],
            "number": partial(format_number, self.env),
        }

    # === Screens ===

    def action_explain(self):
        """The page "How was this calculated?"."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("How Was This Calculated?"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [
                (
                    self.env.ref("billing_base.billing_segment_view_form_explain").id,
                    "form",
                )
            ],
        }

    def action_print_explanation(self):
        return self.env.ref("billing_base.segment_explanation_pdf").report_action(self)

    # === Document ===

    def _filtered_documents(self, renderer):
        return self if renderer == RENDERER else self.browse()

    def _draw_documents(self, renderer, data=None):
        """Draw the explanations one by one; :return: iterator of ``(id, PDF)``"""
        self.check_access("read")
        for (company, lang), segments in self.grouped(
            lambda segment: (segment.company_id, segment.partner_id.lang)
        ).items():
            builder = ExplanationBuilder(self.env, company, lang)
            for segment in segments:
                yield segment.id, render(builder.letter(segment))


class BillingSegmentLine(models.Model):
    _inherit = "billing.segment.line"

    def _prepare_explanation(self):
        """A charge with the days of its price version and its sentences."""
        self.ensure_one()
        terms = (self.explanation or {}).get("terms", {})
        return {
            "line": self,
            "price_from": fields.Date.to_date(terms.get("price_from")),
            "price_to": fields.Date.to_date(terms.get("price_to")),
            "rounding": terms.get("rounding"),
            "text": self.explanation_text or "",
        }

    def action_explain(self):
        self.ensure_one()
        return self.segment_id.action_explain()


class BillingCheckResult(models.Model):
    _inherit = "billing.check.result"

    def _prepare_explanation(self):
        """A finding, and who waived it, when and why."""
        self.ensure_one()
        levels = dict(self._fields["level"]._description_selection(self.env))
        waived = ""
        if self.waived_by_id:
            waived = self.env._(
                "Waived by %(user)s on %(date)s: %(reason)s",
                user=self.sudo().waived_by_id.name,
                date=format_date(self.env, self.waived_on),
                reason=self.waive_note or "–",
            )
        return {
            "name": self.check_id.name,
            "level": levels[self.level],
            "message": self.message or "",
            "waived": waived,
        }


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def action_explain(self):
        """How the line was calculated: its segment, or the charges it sums up."""
        self.ensure_one()
        lines = self._get_billed_lines()
        if len(lines.segment_id) == 1:
            return lines.segment_id.action_explain()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_segment_line_action"
        )
        action.pop("path", None)
        return {
            **action,
            "domain": [("id", "in", lines.ids)],
            "context": {},
            "views": [(False, "list"), (False, "form")],
        }


class ExplanationBuilder(DocumentBuilder):
    """Explanations of one company in one language."""

    def __init__(self, env, company, lang):  # pylint: disable=super-init-not-called
        lang = lang or env.lang
        self.env = env(context=dict(env.context, lang=lang))
        self.lang = lang
        self.company = company.sudo().with_env(self.env(su=True))
        self.formats = _formats(self.env, lang)
        self.texts = document_texts(lang)
        self.seller = self._seller()
        self.layout = self._layout()

    def letter(self, segment):
        """The :class:`Letter` of a billing.segment."""
        _ = self.env._
        # who may read the segment may read what it was made from
        segment = segment.sudo().with_env(self.env(su=True))
        currency = segment.currency_id
        values = segment._prepare_explanation()
        days = " – ".join(
            format_date(self.env, day)
            for day in dict.fromkeys((segment.date_start, segment.date_end))
        )
        tables = (
            self._readings(values["readings"]),
            self._quantities(values["quantities"]),
            self._charges(segment, values["lines"]),
            self._sentences(values["lines"]),
            self._checks(values["checks"]),
        )
        return Letter(
            title=_("How Was This Calculated?"),
            number=segment.agreement_id.code,
            currency=Currency(currency.name, currency.symbol, currency.decimal_places),
            seller=self.seller,
            buyer=self._recipient(segment),
            tables=tuple(table for table in tables if table.rows),
            created=self.env.cr.now(),
            opening=(segment._get_statement_title(), *self._charge(values["charge"])),
            lang=self.lang or "en_US",
            facts=tuple(
                Fact(label, value)
                for label, value in (
                    (_("Billing Account"), segment.account_id.code),
                    (_("Billed Days"), days),
                    (_("Invoice"), segment.invoice_id.name),
                    (
                        _("Tariff"),
                        ", ".join(
                            dict.fromkeys(term["tariff"] for term in values["terms"])
                        ),
                    ),
                )
                if value
            ),
            layout=self.layout,
            texts=self.texts,
            formats=self.formats,
        )

    def _recipient(self, segment):
        partner = segment.partner_id
        return Party(
            name=partner.name or "",
            address=_address(partner, self.company.country_id),
            identifiers=_identifiers(partner),
        )

    def _charge(self, charge):
        return filter(None, (charge["text"], charge["origin"])) if charge else ()

    def _readings(self, readings):
        _ = self.env._
        return LetterTable(
            title=_("Readings"),
            columns=(
                LetterColumn(_("Register"), "text"),
                LetterColumn(_("From"), "date"),
                LetterColumn(_("To"), "date"),
                LetterColumn(_("Old Reading"), "quantity"),
                LetterColumn(_("New Reading"), "quantity"),
                LetterColumn(_("Factor"), "quantity"),
                LetterColumn(_("Quantity"), "quantity"),
                LetterColumn(_("Unit")),
            ),
            rows=tuple(
                (
                    " · ".join(filter(None, (row.meter, row.register, row.quality))),
                    row.date_from,
                    row.date_to,
                    row.reading_from,
                    row.reading_to,
                    row.multiplier,
                    row.quantity,
                    row.unit,
                )
                for row in readings
            ),
        )

    def _quantities(self, quantities):
        _ = self.env._
        return LetterTable(
            title=_("Quantities and Their Source"),
            columns=(
                LetterColumn(_("Quantity")),
                LetterColumn(_("From"), "date"),
                LetterColumn(_("To"), "date"),
                LetterColumn(_("Value"), "quantity"),
                LetterColumn(_("Unit")),
                LetterColumn(_("Source"), "text"),
            ),
            rows=tuple(
                (
                    row["name"],
                    row["from"],
                    row["to"],
                    row["value"],
                    row["unit"],
                    row["source"],
                )
                for row in quantities
            ),
        )

    def _charges(self, segment, lines):
        _ = self.env._
        digits = segment.currency_id.decimal_places

        def amount(value):
            return round(to_decimal(value), digits)

        return LetterTable(
            title=_("Charges"),
            columns=(
                LetterColumn(_("Charge"), "text"),
                LetterColumn(_("From"), "date"),
                LetterColumn(_("To"), "date"),
                LetterColumn(_("Quantity"), "quantity"),
                LetterColumn(_("Price"), "quantity"),
                LetterColumn(_("Price From"), "date"),
                LetterColumn(_("Factor"), "quantity"),
                LetterColumn(_("Amount"), "amount"),
            ),
            rows=tuple(
                (
                    row["line"].name or "",
                    row["line"].date_start,
                    row["line"].date_end,
                    to_decimal(row["line"].quantity),
                    to_decimal(row["line"].unit_price),
                    row["price_from"],
                    to_decimal(row["line"].factor),
                    amount(row["line"].amount),
                )
                for row in lines
            ),
            total=(
                _("Total"),
                *(None,) * 6,
                sum((amount(row["line"].amount) for row in lines), Decimal()),
            ),
        )

    def _sentences(self, lines):
        _ = self.env._
        return LetterTable(
            title=_("Each Charge in Words"),
            columns=(
                LetterColumn(_("Charge")),
                LetterColumn(_("How It Was Calculated"), "text"),
            ),
            rows=tuple(
                (row["line"].name or "", row["text"]) for row in lines if row["text"]
            ),
        )

    def _checks(self, checks):
        _ = self.env._
        return LetterTable(
            title=_("Checks"),
            columns=(
                LetterColumn(_("Check")),
                LetterColumn(_("Level")),
                LetterColumn(_("Finding"), "text"),
            ),
            rows=tuple(
                (
                    row["name"],
                    row["level"],
                    " ".join(filter(None, (row["message"], row["waived"]))),
                )
                for row in checks
            ),
        )
