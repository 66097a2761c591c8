from odoo import fields, models

from ..documents import Charge, Fact, StatementSection
from ..rating import to_decimal
from ..rating.explain import Speaker

SPEAKING_BASES = ("unit", "capacity", "flat")
"""Bases whose columns say already how the amount came about."""


class BillingSegment(models.Model):
    """What a segment tells its invoice, and its part of the detailed statement."""

    _inherit = "billing.segment"

    def _get_invoice_key(self, grouping):
        """What the segments of one invoice have in common, by their profile."""
        self.ensure_one()
        return {
            "partner": self.partner_id.id,
            "account": self.account_id.id,
            "contract": self.contract_id.id,
            "agreement": self.agreement_id.id,
        }[grouping]

    def _leave_draft(self):
        """Take segments off their draft invoice; they can be invoiced again."""
        self._check_may_bill()
        self.sudo().line_ids.charge_move_line_id = False
        self.sudo().invoice_id = False

    def _get_tax_date(self, profile, invoice_date, tax_date):
        """When the supply of this segment becomes taxable.

        :param tax_date: the date given with the run, or None
        """
        self.ensure_one()
        rule = self._get_tax_date_rule(profile)
        if rule == "fixed":
            return tax_date or invoice_date
        if rule == "reading":
            return self.date_end
        if rule == "calendar":
            end = self.period_id.date_end or self.date_end
            return fields.Date.add(end, days=profile.tax_date_shift)
        return invoice_date

    def _get_tax_date_rule(self, profile):
        """Which of the profile's choices of a tax date holds for this segment."""
        return profile.tax_date

    def _get_section_title(self):
        """What heads the segment's part of an invoice of several."""
        self.ensure_one()
        return self.agreement_id.display_name

    # === Detailed statement ===

    def _prepare_statement_sections(self, formats):
        """A section of the detailed statement for each segment.

        :param formats: :class:`Formats` of the document
        :return: ``{segment id: StatementSection}``
        """
        readings = self._prepare_statement_readings()
        facts = self._prepare_statement_facts(formats)
        speaker = Speaker(
            translate=self._statement_translation(),
            format_number=lambda value: formats.number(value, 0, 8),
            format_money=lambda value: formats.number(value, 2),
            format_date=formats.day,
        )
        return {
            segment.id: StatementSection(
                title=segment._get_statement_title(),
                subtitle=segment._get_statement_subtitle(),
                facts=facts.get(segment.id, ()),
                readings=readings.get(segment.id, ()),
                charges=tuple(
                    line._prepare_statement_charge(speaker) for line in segment.line_ids
                ),
            )
            for segment in self
        }

    def _get_statement_title(self):
        return self.charge_id.name or self.agreement_id.display_name

    def _get_statement_subtitle(self):
        """A second line below the title, such as an address."""
        return ""

    def _prepare_statement_facts(self, formats):
        """Labelled values below the title.

        :return: ``{segment id: (Fact, …)}``
        """
        _ = self.env._
        return {
            segment.id: tuple(
                Fact(label, value)
                for label, value in (
                    (_("Contract"), segment.contract_id.code),
                    (_("Billed from – to"), segment._get_statement_span(formats)),
                )
                if value
            )
            for segment in self
        }

    def _get_statement_span(self, formats):
        return formats.span(self.date_start, self.date_end)

    def _prepare_statement_readings(self):
        """Readings behind the quantities; add-ons that measure give them.

        :return: ``{segment id: (Reading, …)}``
        """
        return {}

    def _statement_translation(self):
        # pylint: disable=translation-not-lazy
        return lambda text: self.env._(text)


class BillingSegmentLine(models.Model):
    _inherit = "billing.segment.line"

    def _prepare_statement_charge(self, speaker):
        """This line on the statement.

        :param speaker: :class:`Speaker` for charges whose figures don't speak for
            themselves (percents, bands, formulas)
        """
        explanation = ""
        terms = (self.explanation or {}).get("terms", {})
        if terms.get("basis") not in (None, *SPEAKING_BASES):
            explanation = speaker.sentences(self.explanation)[0]
        factor = to_decimal(self.factor)
        return Charge(
            name=self.item_id.name or self.name or "",
            amount=round(to_decimal(self.amount), self.currency_id.decimal_places),
            date_from=self.date_start,
            date_to=self.date_end,
            quantity=to_decimal(self.quantity),
            unit=self.uom_id.name or "",
            unit_price=to_decimal(self.unit_price),
            factor=factor if factor != 1 else None,
            explanation=explanation,
        )
