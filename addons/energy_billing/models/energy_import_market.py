import json
from dataclasses import dataclass, field, replace
from datetime import UTC

from odoo import api, fields, models
from odoo.tools import SQL

from ..market import mscons, ote
from ..market.errors import ERROR, WARNING, Finding, MarketError
from .energy_import import ImportResult

RESPONSE_GOOD = ("00", "A01", "OK")
"""Codes of an answer that say nothing is wrong."""


@dataclass
class Parsed:
    """A market message as read, before the database was asked.

    :param kind: of energy.message
    :param header: what the message tells of itself; keys of XmlProfile's header
    :param content: blocks of an XML message, MsconsMessages of an interchange
    :param chunks: interval chunks of an XML message of measured values
    """

    kind: str
    header: dict
    content: list
    findings: list
    layout: object
    bad_days: set = field(default_factory=set)
    chunks: list = field(default_factory=list)

    @property
    def points(self):
        """Codes of the points the message is about."""
        if self.kind == "measured":
            return {code for chunk in self.chunks for code in chunk.points}
        if self.kind == "mscons":
            return {s.point for message in self.content for s in message.series}
        return {block.point for block in self.content}


class EnergyImportMarket(models.AbstractModel):
    """Messages of market operators and distributors: XML and EDIFACT, one or a batch.

    Parsing needs nothing but the file; what is the same in many messages (points,
    meters, stored values) is then asked once for all of them.
    """

    _name = "energy.import.market"
    _inherit = "energy.import"
    _description = "Import of Market Messages"

    @api.model
    def _import(self, message, fileobj):
        head = fileobj.read(4)
        fileobj.seek(0)
        if head.startswith(b"PK"):
            return self.env["energy.import.batch"]._import(message, fileobj)
        parsed = self._parse(message.profile_id, fileobj)
        self._introduce([(message, parsed)])
        return self._load(message.profile_id, [(message, parsed)])[message.id]

    # === Reading ===

    @api.model
    def _parse(self, profile, fileobj):
        """Read a message to its end.

        :return: Parsed
        :raises MarketError: when the whole message cannot be used
        """
        head = fileobj.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
        fileobj.seek(0)
        if head.startswith((b"UNA", b"UNB")):
            parsed = self._parse_mscons(profile, fileobj)
        else:
            parsed = self._parse_xml(fileobj)
        header = parsed.header
        for name, code, key in (
            ("sender_unknown", profile.sender_code, "sender"),
            ("recipient_wrong", profile.receiver_code, "receiver"),
        ):
            if code and header.get(key) != code:
                raise MarketError(
                    name, params={"found": header.get(key) or "–", "expected": code}
                )
        return parsed

    @api.model
    def _parse_xml(self, fileobj):
        found = ote.parse_xml(
            fileobj, self.env["energy.message.layout"]._get_profiles("xml")
        )
        layout = found.profile
        parsed = Parsed(layout.kind, found.header, [], found.findings, layout)
        if layout.kind == "measured":
            parsed.chunks = ote.interval_chunks(found)
        else:
            parsed.content = list(found)
        parsed.bad_days = found.report.bad_days
        return parsed

    @api.model
    def _parse_mscons(self, profile, fileobj):
        layouts = self.env["energy.message.layout"]._get_profiles("mscons")
        layout = replace(
            layouts[0] if layouts else mscons.MsconsProfile(),
            timezone=profile.timezone,
            minutes=int(profile.minutes),
            code_scheme=profile.code_scheme,
            code_pattern=profile.code_pattern or "",
        )
        messages = list(mscons.parse_mscons(fileobj, layout))
        if not messages:
            raise MarketError("message_empty", params={"element": "MSCONS"})
        first = messages[0]
        header = {
            "id": first.document,
            "code": "MSCONS",
            "moment": first.moment,
            "sender": first.sender,
            "receiver": first.receiver,
        }
        return Parsed("mscons", header, messages, [], layout)

    # === What is known of the message itself ===

    @api.model
    def _introduce(self, pairs):
        """Write down numbers, parties and kinds; refuse numbers used before.

        :param pairs: list of ``(energy.message, Parsed)``
        :raises MarketError: of the first number that another content has already
        """
        for message, parsed in pairs:
            message.write(self._prepare_header(parsed))
        self._check_numbers(pairs)

    @api.model
    def _prepare_header(self, parsed):
        header = parsed.header
        moment = header.get("moment")
        documents = [{"document": header.get("id")}]
        if parsed.kind == "mscons":
            documents = [
                {
                    "document": message.document,
                    "function": message.function,
                    "points": sorted({series.point for series in message.series}),
                }
                for message in parsed.content
            ]
        return {
            "kind": parsed.kind,
            "market_number": header.get("id"),
            "market_code": header.get("code"),
            "sender_code": header.get("sender"),
            "receiver_code": header.get("receiver"),
            "answered_number": header.get("reference"),
            "sent_on": moment and fields.Datetime.to_datetime(_naive(moment)),
            "documents": documents,
        }

    @api.model
    def _check_numbers(self, pairs):
        """The number of a message is used once by its sender."""
        again = self._get_used_numbers([message for message, _parsed in pairs])
        for message, _parsed in pairs:
            if message.id in again:
                raise MarketError(
                    "number_used",
                    params={
                        "number": message.market_number,
                        "other": again[message.id],
                    },
                )

    @api.model
    def _get_used_numbers(self, messages):
        """Earlier messages of the same number.

        :return: ``{message id: name of the other message}``
        """
        self.env["energy.message"].flush_model()
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT m.id, min(o.name)
                      FROM energy_message m
                      JOIN energy_message o ON o.market_number = m.market_number
                       AND o.company_id = m.company_id AND o.id <> m.id
                       AND o.sender_code = m.sender_code AND o.state = 'processed'
                       AND o.market_code = m.market_code
                     WHERE m.id = ANY(%s)
                  GROUP BY m.id
                    """,
                    [message.id for message in messages],
                )
            )
        )

    # === Storing ===

    @api.model
    def _load(self, profile, pairs):
        """Check and store messages; no point is in two of them.

        :param profile: energy.table.profile of all of them
        :param pairs: list of ``(energy.message, Parsed)``
        :return: ``{message id: ImportResult}``
        """
        results = {}
        kinds = {parsed.kind for _message, parsed in pairs}
        for kind in sorted(kinds):
            group = [pair for pair in pairs if pair[1].kind == kind]
            results |= getattr(self, f"_load_{kind}")(profile, group)
        for message, parsed in pairs:
            result = results[message.id]
            result.findings = parsed.findings + result.findings
        self._cancel_documents(pairs, results)
        return results

    @api.model
    def _load_measured(self, profile, pairs):
        with self.env["energy.import.intervals"]._loading(profile) as loader:
            for message, parsed in pairs:
                for chunk in parsed.chunks:
                    loader.load(chunk, message)
                loader.drop_days(parsed.bad_days)
            return loader.store([message for message, _parsed in pairs])

    @api.model
    def _load_duf(self, profile, pairs):
        return self.env["energy.billing.order"]._receive(profile, pairs)

    @api.model
    def _load_invoice(self, profile, pairs):
        return self.env["energy.network.invoice"]._receive(profile, pairs)

    @api.model
    def _load_mscons(self, profile, pairs):
        loader = self.env["energy.import.mscons"]
        return {
            message.id: loader._load(profile, message, parsed)
            for message, parsed in pairs
        }

    @api.model
    def _load_response(self, profile, pairs):
        """What the receiver of a message of ours found wrong."""
        results = {}
        for message, parsed in pairs:
            findings = [
                Finding(
                    WARNING if block.point in RESPONSE_GOOD else ERROR,
                    "response",
                    row=block.row,
                    params={
                        "code": block.point,
                        "text": block.values.get("text") or "–",
                        "number": parsed.header.get("reference") or "–",
                    },
                )
                for block in parsed.content
            ]
            results[message.id] = ImportResult(
                [f for f in findings if f.level == ERROR],
                counts={"row_count": len(findings), "new_count": len(findings)},
            )
        return results

    @api.model
    def _load_master(self, profile, pairs):
        """Circuit-breakers and addresses of known points, as the distributor has them.

        A point that is not known is told: entering points from messages is a task of
        its own.
        """
        points = self._get_points(
            profile, {code for _message, parsed in pairs for code in parsed.points}
        )
        records = self.env["energy.metering.point"].browse(
            p.id for p in points.values()
        )
        by_code = {record.code: record for record in records}
        results = {}
        for message, parsed in pairs:
            result = results[message.id] = ImportResult([])
            changed = 0
            for block in parsed.content:
                point = by_code.get(block.point)
                if not point:
                    result.findings.append(
                        Finding(
                            ERROR, "point_unknown", row=block.row, point=block.point
                        )
                    )
                    continue
                values = _master_values(point, block.values)
                if values:
                    changed += 1
                    point.write(values)
                    point._message_log(
                        body=self.env._(
                            "Master data from %(message)s.",
                            message=message.display_name,
                        )
                    )
            known = len(parsed.content) - len(result.findings)
            result.counts = {
                "row_count": len(parsed.content),
                "point_count": known,
                "replaced_count": changed,
                "unchanged_count": known - changed,
            }
        return results

    # === Cancellations ===

    @api.model
    def _cancel_documents(self, pairs, results):
        """Take back what earlier messages said that these cancel."""
        for message, parsed in pairs:
            if parsed.header.get("cancels"):
                self._cancel_document(
                    message, parsed.header["cancels"], results[message.id]
                )

    @api.model
    def _cancel_document(self, message, number, result):
        """Take back a document of an earlier message.

        Its billing orders are cancelled; values that still stand as it said are
        withdrawn, as older versions.
        """
        earlier = self._find_document(message, number)
        if not earlier:
            result.findings.append(
                Finding(ERROR, "cancels_unknown", params={"number": number})
            )
            return
        points = {
            code
            for document in earlier.documents
            if document["document"] == number
            for code in document.get("points", ())
        }
        changes = earlier._withdraw(message, points)
        for point_id, days in changes.items():
            result.changes.setdefault(point_id, days)
        result.counts["replaced_count"] = (
            result.counts.get("replaced_count", 0) + len(changes) or 1
        )

    @api.model
    def _find_document(self, message, number):
        """The message of the same company and sender with a document; it may be the
        very interchange that cancels it."""
        self.env["energy.message"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM energy_message
                 WHERE documents @> %s::jsonb AND company_id = %s
                   AND sender_code = %s AND (state = 'processed' OR id = %s)
              ORDER BY id DESC LIMIT 1
                """,
                json.dumps([{"document": number}]),
                message.company_id.id,
                message.sender_code,
                message.id,
            )
        )
        return self.env["energy.message"].browse(row[0] for row in rows)


def _naive(moment):
    """An aware time as Odoo stores it."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _master_values(point, values):
    """What a message of master data changes in a point."""
    phases = values.get("breaker_phases")
    told = {
        "breaker_phases": str(phases) if phases in (1, 3) else None,
        "breaker_amps": float(values["breaker_amps"])
        if values.get("breaker_amps")
        else None,
        "street": values.get("street"),
        "zip": values.get("zip"),
        "city": values.get("city"),
    }
    return {
        name: value
        for name, value in told.items()
        if value is not None and point[name] != value
    }
