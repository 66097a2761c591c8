import hashlib
import logging
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..bulk import as_table
from ..market.errors import CRITICAL, ERROR, WARNING, Finding, MarketError

_logger = logging.getLogger(__name__)

BLOCK = 1 << 20


class EnergyMessage(models.Model):
    """One content that was delivered, whatever the number of its deliveries."""

    _name = "energy.message"
    _description = "Message"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(string="File", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    profile_id = fields.Many2one(
        "energy.table.profile",
        check_company=True,
        ondelete="restrict",
        tracking=True,
        help="How the file is laid out. It can be changed and the file imported again "
        "as long as nothing of it was stored.",
    )
    kind = fields.Selection(
        [
            ("readings", "Register readings"),
            ("intervals", "Intervals"),
            ("market", "Market message"),
            ("batch", "Batch of messages"),
            ("measured", "Measured values"),
            ("duf", "Data to bill"),
            ("invoice", "Distributor's invoice"),
            ("master", "Master data"),
            ("response", "Answer"),
            ("mscons", "EDIFACT MSCONS"),
            ("prices", "Price series"),
            ("services", "Network services"),
            ("confirmations", "Confirmations of points"),
            ("substitute", "Substitute values"),
        ],
        compute="_compute_kind",
        store=True,
        readonly=True,
        help="What it says. A market message says itself what it is.",
    )
    network_id = fields.Many2one(
        related="profile_id.network_id", store=True, index=True
    )
    state = fields.Selection(
        [
            ("new", "New"),
            ("processed", "Processed"),
            ("rejected", "Rejected"),
            ("error", "Error"),
        ],
        default="new",
        required=True,
        readonly=True,
        index=True,
        tracking=True,
        help="Rejected: nothing of it could be used. Error: it could not be processed "
        "at all and can be tried again.",
    )
    content_hash = fields.Char(string="SHA-256", required=True, readonly=True)
    delivery_ids = fields.One2many(
        "edi.exchange.record", "energy_message_id", string="Deliveries"
    )
    delivery_count = fields.Integer(compute="_compute_delivery_count")
    date_start = fields.Date(string="From", readonly=True)
    date_end = fields.Date(string="To", readonly=True)
    row_count = fields.Integer(string="Rows", readonly=True)
    point_count = fields.Integer(string="Points", readonly=True)
    value_count = fields.Integer(string="Values", readonly=True)
    new_count = fields.Integer(string="New", readonly=True)
    replaced_count = fields.Integer(string="Replaced", readonly=True)
    unchanged_count = fields.Integer(string="Unchanged", readonly=True)
    error_count = fields.Integer(string="Errors", readonly=True)
    warning_count = fields.Integer(string="Warnings", readonly=True)
    processed_on = fields.Datetime(readonly=True)
    processed_by_id = fields.Many2one("res.users", readonly=True)
    finding_ids = fields.One2many(
        "energy.message.finding", "message_id", string="Findings"
    )
    first_finding = fields.Char(compute="_compute_first_finding", string="Finding")

    # a content is stored once; also serves "is this file known"
    _content_unique = models.Constraint(
        "UNIQUE (company_id, content_hash)",
        "A file of this content was imported a moment ago. Nothing was imported twice.",
    )

    def _compute_delivery_count(self):
        counts = dict(
            self.env["edi.exchange.record"]
            .sudo()  # counts only; the exchange records' own search loads every id
            ._read_group(
                [("energy_message_id", "in", self.ids)],
                ["energy_message_id"],
                ["__count"],
            )
        )
        for message in self:
            message.delivery_count = counts.get(message, 0)

    @api.depends("profile_id")
    def _compute_kind(self):
        for message in self:
            message.kind = message.profile_id.kind

    @api.depends("finding_ids")
    @api.depends_context("lang")
    def _compute_first_finding(self):
        for message in self:
            message.first_finding = message.finding_ids[:1].message

    # === Deliveries ===

    @api.model
    def _import_file(self, profile, filename, content):
        """Take in a delivered file and process it.

        The same content is processed once for each company; a delivery of it that was
        processed before changes nothing.

        :param profile: energy.table.profile; its company is the receiver
        :param str filename: as delivered
        :param content: bytes or a binary file object, read as a stream
        :return: energy.message, the earlier one for a repeated content
        :raises UserError: never for what is wrong with the file: see the findings
        """
        return self._deliver(profile, filename, content).energy_message_id

    @api.model
    def _deliver(self, profile, filename, content):
        """The same; returns the edi.exchange.record of the delivery.

        Without a profile the delivery is kept and its message asks for one.
        """
        delivery = self.env["edi.exchange.record"]._create_energy_delivery(
            profile, filename, content
        )
        # bin_size: asking whether there is a file must not load it
        delivery.with_context(bin_size=True).action_exchange_process()
        return delivery

    @api.model
    def _receive(self, delivery):
        """Process the content of a delivery, unless it is known.

        :param delivery: edi.exchange.record with its file
        :return: sentence about what happened
        """
        company = delivery.company_id or self.env.company
        profile = delivery.energy_profile_id or self._guess_profile(delivery, company)
        message = self.search(
            [
                ("company_id", "=", company.id),
                ("content_hash", "=", delivery._get_energy_hash()),
            ]
        )
        if message.state == "processed":
            delivery.write(
                {"energy_message_id": message.id, "is_energy_repeated": True}
            )
            delivery._set_related_record(message)
            message._message_log(
                body=self.env._(
                    "Delivered again as %(name)s, nothing changed.",
                    name=delivery.exchange_filename,
                )
            )
            return self.env._(
                "Already imported as %(message)s, nothing changed.",
                message=message.display_name,
            )
        if not message:
            message = self.create(
                {
                    "name": delivery.exchange_filename,
                    "company_id": company.id,
                    "profile_id": profile.id,
                    "content_hash": delivery._get_energy_hash(),
                }
            )
        elif profile and message.profile_id != profile:
            message.profile_id = profile
        delivery.energy_message_id = message
        delivery._set_related_record(message)
        with delivery._open_energy_file() as fileobj:
            message._process(fileobj)
        return message._get_summary()

    @api.model
    def _guess_profile(self, delivery, company):
        with delivery._open_energy_file() as fileobj:
            return self.env["energy.table.profile"]._guess(
                company, delivery.exchange_filename, fileobj
            )

    @api.depends("name")
    def _compute_display_name(self):
        for message in self:
            message.display_name = f"{message.name} (#{message.id})"

    @api.constrains("profile_id")
    def _check_profile_changeable(self):
        for message in self.filtered(lambda m: m.state == "processed"):
            raise UserError(
                self.env._(
                    "%(message)s was read with its profile already. Another profile "
                    "would read other things from it.",
                    message=message.display_name,
                )
            )

    def action_process(self):
        """Import the file again: what was wrong outside of it may be corrected now."""
        for message in self:
            with message._open_content() as fileobj:
                message._process(fileobj)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": "\n".join(message._get_summary() for message in self),
                "type": "info",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @contextmanager
    def _open_content(self):
        """What was delivered, as a binary, seekable file object."""
        self.ensure_one()
        delivery = self.delivery_ids.filtered(
            lambda record: record.direction == "input"
        ).sorted("id")[:1]
        if not delivery:
            raise UserError(
                self.env._(
                    "The file of %(message)s is not kept any more. Import it "
                    "again from its folder or mail.",
                    message=self.display_name,
                )
            )
        with delivery._open_energy_file() as fileobj:
            yield fileobj

    # === Processing ===

    def _process(self, fileobj):
        """Store what the file says, all of it that is right or nothing.

        :param fileobj: binary and seekable
        """
        self.ensure_one()
        try:
            if not self.profile_id:
                raise MarketError("profile_missing")
            with self.env.cr.savepoint():
                importer = self.env[f"energy.import.{self.profile_id.kind}"]
                outcome = Outcome.of(self, importer._import(self, fileobj))
        except MarketError as error:
            outcome = Outcome(self, "rejected", [error.finding])
        except psycopg2.Error:
            # conflicts of two imports at once: Odoo repeats the request
            raise
        except Exception:  # pylint: disable=broad-exception-caught
            # the file stays, the clerk sees that it failed, the log has the traceback
            _logger.exception("message %s could not be processed", self.id)
            outcome = Outcome(self, "error", [Finding(CRITICAL, "internal")])
        self._conclude([outcome])
        return outcome

    @api.model
    def _conclude(self, outcomes):
        """Write down what came of messages and what it means for what is billed.

        :param outcomes: list of Outcome of messages of one profile
        """
        messages = self.union(*(outcome.message for outcome in outcomes))
        messages.finding_ids.unlink()
        self._create_findings(outcomes)
        self._write_outcomes(outcomes)
        # of thousands of messages of a batch only those that failed tell a story
        told = messages.filtered(lambda m: not m.parent_id or m.state != "processed")
        told._message_log_batch(
            bodies={message.id: message._get_summary() for message in told}
        )
        changes = {}
        for outcome in outcomes:
            for point_id, (first, last) in outcome.changes.items():
                known = changes.get(point_id, (first, last))
                changes[point_id] = (min(first, known[0]), max(last, known[1]))
        self.env["energy.metering.point"]._mark_sources_changed(changes)

    @api.model
    def _create_findings(self, outcomes):
        profile = outcomes[0].message.profile_id
        asked = {f.point for outcome in outcomes for f in outcome.findings if f.point}
        points = {}
        if profile and asked:
            points = self.env["energy.import"]._get_points(profile, asked)
        self.env["energy.message.finding"].create(
            [
                {
                    "message_id": outcome.message.id,
                    "level": finding.level,
                    "code": finding.code,
                    "row_number": finding.row,
                    "column_name": finding.column,
                    "element": finding.element,
                    "point_code": finding.point,
                    "point_id": points[finding.point].id
                    if finding.point in points
                    else False,
                    "date_start": finding.params.get(
                        "day", outcome.counts.get("date_start")
                    ),
                    "date_end": finding.params.get(
                        "day", outcome.counts.get("date_end")
                    ),
                    "params": dict(finding.params),
                }
                for outcome in outcomes
                for finding in outcome.findings
            ]
        )

    @api.model
    def _write_outcomes(self, outcomes):
        """State and figures of many messages in one statement."""
        self.env.flush_all()
        columns = {
            "id": "int",
            "state": "text",
            "date_start": "date",
            "date_end": "date",
            "error_count": "int",
            "warning_count": "int",
        } | dict.fromkeys(COUNTS, "int")
        rows = [
            {
                **dict.fromkeys(COUNTS, 0),
                **outcome.counts,
                "date_start": outcome.counts.get("date_start") or None,
                "date_end": outcome.counts.get("date_end") or None,
                "id": outcome.message.id,
                "state": outcome.state,
                "error_count": sum(
                    f.level in (CRITICAL, ERROR) for f in outcome.findings
                ),
                "warning_count": sum(f.level == WARNING for f in outcome.findings),
            }
            for outcome in outcomes
        ]
        settings = [
            SQL("%s = v.%s", SQL.identifier(name), SQL.identifier(name))
            for name in columns
            if name != "id"
        ]
        self.env.cr.execute(
            SQL(
                """
                UPDATE energy_message m
                   SET %s, processed_on = %s, processed_by_id = %s
                  FROM %s
                 WHERE v.id = m.id
                """,
                SQL(", ").join(settings),
                fields.Datetime.now(),
                self.env.uid,
                as_table("v", columns, rows),
            )
        )
        self.invalidate_model()

    def _get_summary(self):
        """What happened, in a sentence."""
        self.ensure_one()
        if self.state != "processed":
            return self.env._(
                "%(message)s: nothing was imported. %(reason)s",
                message=self.display_name,
                reason=self.finding_ids.sorted("level")[:1].message or "",
            )
        return self.env._(
            "%(message)s: %(points)s points, %(new)s new, %(replaced)s replaced, "
            "%(unchanged)s unchanged, %(errors)s errors, %(warnings)s warnings.",
            message=self.display_name,
            points=self.point_count,
            new=self.new_count,
            replaced=self.replaced_count,
            unchanged=self.unchanged_count,
            errors=self.error_count,
            warnings=self.warning_count,
        )

    # === Screens ===

    def action_view_findings(self):
        return self._action_view(
            "energy_billing.energy_message_finding_action", "message_id"
        )

    def action_view_usage(self):
        return self._action_view("energy_billing.energy_usage_action", "message_id")

    def action_view_intervals(self):
        return self._action_view("energy_billing.energy_interval_action", "message_id")

    def action_view_confirmations(self):
        return self._action_view(
            "energy_billing.energy_confirmation_action", "message_id"
        )

    def action_view_deliveries(self):
        return self._action_view(
            "edi_core_oca.act_open_edi_exchange_record_view", "energy_message_id"
        )

    def _action_view(self, xmlid, field_name):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        action["domain"] = [(field_name, "=", self.id)]
        action["context"] = {}
        return action


@dataclass
class Outcome:
    """What came of a message; see ImportResult."""

    message: object
    state: str
    findings: list
    counts: dict = field(default_factory=dict)
    changes: dict = field(default_factory=dict)

    @classmethod
    def of(cls, message, result):
        """The outcome of a message whose import went through."""
        stored = sum(
            result.counts.get(name, 0)
            for name in ("new_count", "replaced_count", "unchanged_count")
        )
        findings = result.findings
        if not stored:
            findings = [Finding(CRITICAL, "nothing_usable"), *findings]
        state = "processed" if stored else "rejected"
        return cls(message, state, findings, result.counts, result.changes)


COUNTS = (
    "row_count",
    "point_count",
    "value_count",
    "new_count",
    "replaced_count",
    "unchanged_count",
)


def hash_stream(fileobj):
    """SHA-256 of a binary file object, read in blocks, as hexadecimal digits."""
    digest = hashlib.sha256()
    while block := fileobj.read(BLOCK):
        digest.update(block)
    return digest.hexdigest()
