from dataclasses import dataclass, field, replace
from datetime import UTC

from odoo import api, fields, models
from odoo.tools import SQL

from ..market import mscons, ote, ote_values
from ..market.errors import ERROR, WARNING, Finding, MarketError
from .energy_import import ImportResult

RESPONSE_GOOD = ("00", "A01", "OK")
"""Codes of an answer that say nothing is wrong."""


@dataclass
class Parsed:
    """A market message as read, before the database was asked.

    :param kind: of energy.message
    :param header: what the message tells of itself; keys of XmlProfile's header
    :param content: blocks of an XML message, the MsconsMessage of an EDIFACT one
    :param chunks: interval chunks of a message of measured values
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
            return {series.point for series in self.document.series}
        return {block.point for block in self.content}

    @property
    def document(self):
        """The MsconsMessage of an EDIFACT message."""
        return self.content[0]


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
        is_edi = is_interchange(fileobj)
        if is_zip(fileobj) or (is_edi and not message.parent_id):
            return self.env["energy.import.batch"]._import(message, fileobj)
        if is_edi:
            parsed = self._find_in_interchange(message, fileobj)
        else:
            parsed = self._parse(message.profile_id, fileobj)
        self._introduce([(message, parsed)])
        return self._load(message.profile_id, [(message, parsed)])[message.id]

    # === Reading ===

    @api.model
    def _parse(self, profile, fileobj):
        """Read an XML message to its end.

        :return: Parsed
        :raises MarketError: when the whole message cannot be used
        """
        parsed = self._parse_xml(fileobj)
        self._check_parties(profile, parsed)
        return parsed

    @api.model
    def _check_parties(self, profile, parsed):
        """Refuse a message of another sender or for another recipient."""
        header = parsed.header
        for name, code, key in (
            ("sender_unknown", profile.sender_code, "sender"),
            ("recipient_wrong", profile.receiver_code, "receiver"),
        ):
            if code and header.get(key) != code:
                raise MarketError(
                    name, params={"found": header.get(key) or "–", "expected": code}
                )

    @api.model
    def _parse_xml(self, fileobj):
        found = ote.parse_xml(
            fileobj, self.env["energy.message.layout"]._get_profiles("xml")
        )
        layout = found.profile
        parsed = Parsed(layout.kind, found.header, [], found.findings, layout)
        if layout.kind == "measured":
            parsed.chunks = ote_values.interval_chunks(found)
        else:
            parsed.content = list(found)
        parsed.bad_days = found.report.bad_days
        return parsed

    @api.model
    def _parse_interchange(self, profile, fileobj):
        """Read an EDIFACT interchange to its end.

        :return: Parsed of each message in it
        :raises MarketError: when the whole interchange cannot be used
        """
        layouts = self.env["energy.message.layout"]._get_profiles("mscons")
        layout = replace(
            layouts[0] if layouts else mscons.MsconsProfile(),
            timezone=profile.timezone,
            minutes=int(profile.minutes),
            code_scheme=profile.code_scheme,
            code_pattern=profile.code_pattern or "",
        )
        found = [
            Parsed(
                "mscons",
                {
                    "id": message.document,
                    "code": "MSCONS",
                    "moment": message.moment,
                    "sender": message.sender,
                    "receiver": message.receiver,
                },
                [message],
                message.findings,
                layout,
            )
            for message in mscons.parse_mscons(fileobj, layout)
        ]
        if not found:
            raise MarketError("message_empty", params={"element": "MSCONS"})
        return found

    @api.model
    def _find_in_interchange(self, message, fileobj):
        """The message of an interchange that was made a message of its own."""
        for parsed in self._parse_interchange(message.profile_id, fileobj):
            if parsed.document.content_hash == message.content_hash:
                self._check_parties(message.profile_id, parsed)
                return parsed
        raise MarketError("message_empty", params={"element": "MSCONS"})

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
        return {
            "kind": parsed.kind,
            "market_number": header.get("id"),
            "market_code": header.get("code"),
            "sender_code": header.get("sender"),
            "receiver_code": header.get("receiver"),
            "answered_number": header.get("reference"),
            "sent_on": moment and fields.Datetime.to_datetime(_naive(moment)),
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

        :param list messages: energy.message of one company
        :return: ``{message id: name of the other message}``
        """
        self.env["energy.message"].flush_model()
        # found by their numbers alone: joined with themselves, the messages of a large
        # batch, which the planner knows nothing of yet, are compared each with each
        used = {
            (number, sender, code): name
            for number, sender, code, name in self.env.execute_query(
                SQL(
                    """
                    SELECT market_number, sender_code, market_code, min(name)
                      FROM energy_message
                     WHERE market_number = ANY(%s) AND company_id = ANY(%s)
                       AND state = 'processed' AND NOT id = ANY(%s)
                  GROUP BY market_number, sender_code, market_code
                    """,
                    [m.market_number for m in messages if m.market_number],
                    [message.company_id.id for message in messages[:1]],
                    [message.id for message in messages],
                )
            )
        }
        found = {}
        for message in messages:
            key = (message.market_number, message.sender_code, message.market_code)
            # without a sender or code there is nothing to tell numbers apart by
            if all(key) and key in used:
                found[message.id] = used[key]
        return found

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
        for message, parsed in pairs:
            if parsed.header.get("cancels"):
                self._cancel(message, parsed.header["cancels"], results[message.id])
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
        return self.env["energy.import.mscons"]._load(profile, pairs)

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
    def _cancel(self, message, number, result):
        """Take back what an earlier message said.

        Its billing orders are cancelled; values that still stand as it said are
        withdrawn, as older versions.
        """
        earlier = self._find_message(message, number)
        if not earlier:
            result.findings.append(
                Finding(ERROR, "cancels_unknown", params={"number": number})
            )
            return
        changes = earlier._withdraw(message)
        for point_id, days in changes.items():
            result.changes.setdefault(point_id, days)
        result.counts["replaced_count"] = (
            result.counts.get("replaced_count", 0) + len(changes) or 1
        )

    @api.model
    def _find_message(self, message, number):
        """The message of the same company and sender with a number.

        It may stand before its cancellation in the same delivery.
        """
        return self.env["energy.message"].search(
            [
                ("market_number", "=", number),
                ("company_id", "=", message.company_id.id),
                ("sender_code", "=", message.sender_code),
                ("id", "!=", message.id),
                "|",
                ("state", "=", "processed"),
                "&",
                ("state", "=", "new"),
                "&",
                ("parent_id", "!=", False),
                ("parent_id", "=", message.parent_id.id),
            ],
            limit=1,
        )


def is_zip(fileobj):
    """Whether a file is a ZIP archive, by its first bytes."""
    head = fileobj.read(4)
    fileobj.seek(0)
    return head.startswith(b"PK")


def is_interchange(fileobj):
    """Whether a file is an EDIFACT interchange, by its first bytes."""
    head = fileobj.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    fileobj.seek(0)
    return head.startswith((b"UNA", b"UNB"))


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
