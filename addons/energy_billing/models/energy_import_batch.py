import hashlib
import io
import logging
import zipfile

import psycopg2

from odoo import api, models

from ..market.errors import CRITICAL, ERROR, Finding, MarketError
from .energy_import import ImportResult
from .energy_message import Outcome

_logger = logging.getLogger(__name__)

PIECE = 500
"""Messages that are checked and stored together."""
MAX_MEMBERS = 100_000
MAX_UNPACKED = 2 << 30
MAX_RATIO = 200


class EnergyImportBatch(models.AbstractModel):
    """A ZIP of market messages: each becomes a message of its own, once by its content.

    One that cannot be used doesn't stop the others.
    """

    _name = "energy.import.batch"
    _inherit = "energy.import"
    _description = "Import of a Batch of Messages"

    @api.model
    def _import(self, message, fileobj):
        try:
            archive = zipfile.ZipFile(fileobj)
        except zipfile.BadZipFile as error:
            raise MarketError("batch_broken") from error
        message.kind = "batch"
        members = [info for info in archive.infolist() if not info.is_dir()]
        self._check_size(members)
        total = _Total(len(members))
        piece, points = [], set()
        for info in members:
            child, parsed = self._open(message, archive, info, total)
            if child is None:
                continue
            if parsed.points & points or len(piece) >= PIECE:
                self._load_piece(message, piece, total)
                piece, points = [], set()
            piece.append((child, parsed))
            points |= parsed.points
        self._load_piece(message, piece, total)
        self._conclude_rejected(message, total)
        return ImportResult(total.findings, counts=total.counts)

    @api.model
    def _check_size(self, members):
        """Refuse what unpacks to more than a batch of messages has."""
        unpacked = sum(info.file_size for info in members)
        packed = sum(info.compress_size for info in members) or 1
        if (
            len(members) > MAX_MEMBERS
            or unpacked > MAX_UNPACKED
            or (unpacked > (64 << 20) and unpacked / packed > MAX_RATIO)
        ):
            raise MarketError(
                "batch_too_large",
                params={"members": len(members), "size": unpacked >> 20},
            )
        if not members:
            raise MarketError("message_empty", params={"element": "ZIP"})

    @api.model
    def _open(self, batch, archive, info, total):
        """Read one member.

        :return: ``(values of its message, Parsed)``, or ``(None, None)`` for one that
            is known or cannot be used
        """
        try:
            content = archive.read(info)
        except (zipfile.BadZipFile, RuntimeError, EOFError, OSError) as error:
            raise MarketError("batch_broken") from error
        values = {
            "name": info.filename,
            "member": info.filename,
            "parent_id": batch.id,
            "company_id": batch.company_id.id,
            "profile_id": batch.profile_id.id,
            "content_hash": hashlib.sha256(content).hexdigest(),
        }
        if values["content_hash"] in total.hashes:
            total.count_known()
            return None, None
        total.hashes.add(values["content_hash"])
        try:
            parsed = self.env["energy.import.market"]._parse(
                batch.profile_id, io.BytesIO(content)
            )
        except MarketError as error:
            total.rejected.append((values, error.finding))
            return None, None
        return values, parsed

    @api.model
    def _load_piece(self, batch, piece, total):
        """Make the messages of a piece and store what they say, together."""
        if not piece:
            return
        importer = self.env["energy.import.market"]
        pairs = self._make_messages(batch, piece, total)
        for message, parsed in pairs:
            message.write(importer._prepare_header(parsed))
        used = importer._get_used_numbers([message for message, _parsed in pairs])
        outcomes = [
            Outcome(
                message,
                "rejected",
                [
                    Finding(
                        CRITICAL,
                        "number_used",
                        params={
                            "number": message.market_number,
                            "other": used[message.id],
                        },
                    )
                ],
            )
            for message, _parsed in pairs
            if message.id in used
        ]
        pairs = [pair for pair in pairs if pair[0].id not in used]
        outcomes += self._load_pairs(batch.profile_id, pairs)
        if outcomes:
            self.env["energy.message"]._conclude(outcomes)
            total.add(outcomes)

    @api.model
    def _load_pairs(self, profile, pairs):
        """Outcomes of messages; one that fails is tried alone and doesn't stop the
        others."""
        importer = self.env["energy.import.market"]
        try:
            with self.env.cr.savepoint():
                results = importer._load(profile, pairs)
            return [Outcome.of(message, results[message.id]) for message, _p in pairs]
        except MarketError as error:
            if len(pairs) == 1:
                return [Outcome(pairs[0][0], "rejected", [error.finding])]
        except psycopg2.Error:
            # conflicts of two imports at once: Odoo repeats the request
            raise
        except Exception:  # pylint: disable=broad-exception-caught
            if len(pairs) == 1:
                _logger.exception("message %s could not be processed", pairs[0][0].id)
                internal = Finding(CRITICAL, "internal")
                return [Outcome(pairs[0][0], "error", [internal])]
        return [
            outcome for pair in pairs for outcome in self._load_pairs(profile, [pair])
        ]

    @api.model
    def _make_messages(self, batch, piece, total):
        """Messages of a piece without those processed before.

        :param piece: list of ``(values, Parsed)``
        :return: list of ``(energy.message, Parsed)``
        """
        known = self._get_known(batch, [values for values, _parsed in piece])
        fresh = [pair for pair in piece if pair[0]["content_hash"] not in known]
        created = self._create_messages([values for values, _parsed in fresh])
        pairs = list(zip(created, [parsed for _v, parsed in fresh], strict=True))
        for values, parsed in piece:
            message = known.get(values["content_hash"])
            if not message:
                continue
            if message.state == "processed":
                total.count_known()
            else:
                pairs.append((message, parsed))
        return pairs

    @api.model
    def _get_known(self, batch, values):
        """Messages of these contents: ``{content hash: energy.message}``"""
        found = self.env["energy.message"].search(
            [
                ("company_id", "=", batch.company_id.id),
                ("content_hash", "in", [v["content_hash"] for v in values]),
            ]
        )
        return {message.content_hash: message for message in found}

    @api.model
    def _create_messages(self, values):
        Message = self.env["energy.message"]
        silent = Message.with_context(tracking_disable=True, mail_create_nolog=True)
        return Message.browse(silent.create(values).ids)

    @api.model
    def _conclude_rejected(self, batch, total):
        """Keep the members that are no messages, with the reason."""
        if not total.rejected:
            return
        known = self._get_known(batch, [values for values, _finding in total.rejected])
        fresh = [
            values
            for values, _finding in total.rejected
            if values["content_hash"] not in known
        ]
        created = self._create_messages(fresh)
        known |= {message.content_hash: message for message in created}
        outcomes = [
            Outcome(known[values["content_hash"]], "rejected", [finding])
            for values, finding in total.rejected
        ]
        self.env["energy.message"]._conclude(outcomes)
        total.add(outcomes)


class _Total:
    """Figures of a batch: the sums of its messages."""

    def __init__(self, members):
        self.counts = {
            "row_count": members,
            "point_count": 0,
            "value_count": 0,
            "new_count": 0,
            "replaced_count": 0,
            "unchanged_count": 0,
            "date_start": False,
            "date_end": False,
        }
        self.findings = []
        self.hashes = set()
        self.rejected = []

    def count_known(self):
        self.counts["unchanged_count"] += 1

    def add(self, outcomes):
        for outcome in outcomes:
            for name, value in outcome.counts.items():
                if name == "date_start":
                    days = filter(None, (self.counts[name], value))
                    self.counts[name] = min(days, default=False)
                elif name == "date_end":
                    days = filter(None, (self.counts[name], value))
                    self.counts[name] = max(days, default=False)
                elif name != "row_count":
                    self.counts[name] += value
            if outcome.state != "processed":
                reason = outcome.findings[0] if outcome.findings else None
                self.findings.append(
                    Finding(
                        ERROR,
                        "member_rejected",
                        element=outcome.message.member,
                        params={"reason": reason.code if reason else "internal"},
                    )
                )
