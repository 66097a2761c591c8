from datetime import UTC

from odoo import api, fields, models

from ..market import aperak, mscons_values
from ..market.errors import ERROR
from .energy_import import ImportResult, Source

CANCELLATION = "1"
"""BGM 1225: the document is taken back."""


class EnergyImportMscons(models.AbstractModel):
    """MSCONS messages: load profiles, energies and readings, cancellations; each is
    answered by an APERAK."""

    _name = "energy.import.mscons"
    _inherit = "energy.import"
    _description = "Import of EDIFACT MSCONS"

    @api.model
    def _load(self, profile, pairs):
        """Store messages in their order: a cancellation may name one before it.

        :param pairs: list of ``(energy.message, Parsed)``; no point is in two of them
        :return: ``{message id: ImportResult}``
        """
        results = {}
        for message, parsed in pairs:
            values = sum(len(series.values) for series in parsed.document.series)
            results[message.id] = ImportResult([], {}, {"row_count": values})
        together = []
        for message, parsed in pairs:
            document = parsed.document
            if document.function != CANCELLATION:
                together.append((message, parsed))
                continue
            # what comes before a cancellation is stored before it
            self._load_values(profile, together, results)
            together = []
            self.env["energy.import.market"]._cancel(
                message,
                document.references.get("ACW") or document.document,
                results[message.id],
            )
        self._load_values(profile, together, results)
        for message, parsed in pairs:
            self._answer(profile, message, parsed, results[message.id])
        return results

    @api.model
    def _load_values(self, profile, pairs, results):
        """Store what messages say, together; their results are added to ``results``."""
        messages = [message for message, _parsed in pairs]
        chunks = [
            (chunk, message)
            for message, parsed in pairs
            for chunk in mscons_values.interval_chunks(parsed.document, parsed.layout)
        ]
        if chunks:
            with self.env["energy.import.intervals"]._loading(profile) as loader:
                for chunk, message in chunks:
                    loader.load(chunk, message)
                for _message, parsed in pairs:
                    loader.drop_days(parsed.document.report.bad_days)
                self._add_all(results, loader.store(messages))
        sources = [
            Source(
                message,
                list(mscons_values.reading_rows(parsed.document, parsed.layout)),
                frozenset(parsed.document.report.bad_points),
            )
            for message, parsed in pairs
        ]
        sources = [source for source in sources if source.rows]
        if sources:
            found = self.env["energy.import.readings"]._load(profile, sources)
            self._add_all(results, found)

    @api.model
    def _add_all(self, results, found):
        for message_id, result in found.items():
            self._add(results[message_id], result)

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
    def _answer(self, profile, message, parsed, result):
        """Keep the APERAK of a message with its delivery, ready to be sent."""
        document = parsed.document
        findings = document.findings + result.findings
        has_errors = any(finding.level == ERROR for finding in findings)
        if profile.answer_rule == "never" or (
            profile.answer_rule == "errors" and not has_errors
        ):
            return
        reference = f"A{message.id}"
        text = aperak.make_aperak(
            document,
            findings,
            fields.Datetime.now().replace(tzinfo=UTC),
            reference,
            self._tell,
        )
        self.env["edi.exchange.record"]._create_energy_answer(
            message, f"aperak_{reference}.edi", text.encode()
        )
