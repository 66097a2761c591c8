from datetime import UTC

from odoo import api, fields, models

from ..market import mscons
from ..market.errors import ERROR
from .energy_import import ImportResult, Source

CANCELLATION = "1"
"""BGM 1225: the document is taken back."""


class EnergyImportMscons(models.AbstractModel):
    """MSCONS interchanges: load profiles, energies and readings, cancellations; each
    message is answered by an APERAK."""

    _name = "energy.import.mscons"
    _inherit = "energy.import"
    _description = "Import of EDIFACT MSCONS"

    @api.model
    def _load(self, profile, message, parsed):
        """Store the documents of an interchange in their order.

        :param parsed: Parsed of the kind "mscons"
        :return: ImportResult
        """
        total = ImportResult([], {}, {"row_count": len(parsed.content)})
        for document in parsed.content:
            result = self._load_document(profile, message, document, parsed.layout)
            result.findings = document.findings + result.findings
            self._answer(profile, message, document, result)
            self._add(total, result)
        return total

    @api.model
    def _load_document(self, profile, message, document, layout):
        result = ImportResult([], {}, {})
        if document.function == CANCELLATION:
            number = document.references.get("ACW") or document.document
            self.env["energy.import.market"]._cancel_document(message, number, result)
            return result
        chunks = mscons.interval_chunks(document, layout)
        if chunks:
            with self.env["energy.import.intervals"]._loading(profile) as loader:
                for chunk in chunks:
                    loader.load(chunk, message)
                loader.drop_days(document.report.bad_days)
                self._add(result, loader.store([message])[message.id])
        rows = list(mscons.reading_rows(document, layout))
        if rows:
            source = Source(message, rows, frozenset(document.report.bad_points))
            loaded = self.env["energy.import.readings"]._load(profile, [source])
            self._add(result, loaded[message.id])
        return result

    @api.model
    def _add(self, total, result):
        """Add a result to another."""
        total.findings += result.findings
        for point_id, (first, last) in result.changes.items():
            known = total.changes.get(point_id, (first, last))
            total.changes[point_id] = (min(first, known[0]), max(last, known[1]))
        for name, value in result.counts.items():
            known = total.counts.get(name)
            if name == "date_start":
                total.counts[name] = min(filter(None, (known, value)), default=False)
            elif name == "date_end":
                total.counts[name] = max(filter(None, (known, value)), default=False)
            elif name != "row_count":
                total.counts[name] = (known or 0) + value

    @api.model
    def _tell(self, finding):
        return self.env["energy.message.finding"]._render(finding.code, finding.params)

    @api.model
    def _answer(self, profile, message, document, result):
        """Keep the APERAK of a document with the delivery, ready to be sent."""
        has_errors = any(finding.level == ERROR for finding in result.findings)
        if profile.answer_rule == "never" or (
            profile.answer_rule == "errors" and not has_errors
        ):
            return
        told = [f for f in result.findings if f not in document.findings]
        document.report.findings.extend(told)
        reference = f"A{message.id}-{document.reference}"
        text = mscons.make_aperak(
            document,
            fields.Datetime.now().replace(tzinfo=UTC),
            reference,
            self._tell,
        )
        self.env["edi.exchange.record"]._create_energy_answer(
            message, f"aperak_{reference}.edi", text.encode()
        )
