import hashlib
import io
import logging
import zipfile
from collections import defaultdict

import psycopg2

from odoo import api, models

from ..market import ote
from ..market.errors import CRITICAL, ERROR, Finding, MarketError
from .energy_import import ImportResult
from .energy_import_market import is_interchange, is_zip
from .energy_message import Outcome, hash_stream

_logger = logging.getLogger(__name__)

PIECE = 500
"""Messages that are checked and stored together."""
MAX_MEMBERS = 100_000
MAX_UNPACKED = 2 << 30
MAX_RATIO = 200
MAX_MEMBER = ote.MAX_BYTES
"""Bytes of a message; a member is held in memory while it is read."""


class EnergyImportBatch(models.AbstractModel):
    """A ZIP of market messages or an EDIFACT interchange: each message in it becomes
    a message of its own, once by its content.

    One that cannot be used doesn't stop the others.
    """

    _name = "energy.import.batch"
    _inherit = "energy.import"
    _description = "Import of a Batch of Messages"

    @api.model
    def _import(self, message, fileobj):
        message.kind = "batch"
        total = _Total()
        if is_zip(fileobj):
            found = self._read_zip(message, fileobj, total)
        else:
            found = self._read_interchange(message, fileobj, total)
        piece, points = [], set()
        for values, parsed in found:
            if parsed.points & points or len(piece) >= PIECE:
                self._load_piece(message, piece, total)
                piece, points = [], set()
            piece.append((values, parsed))
            points |= parsed.points
        self._load_piece(message, piece, total)
        self._conclude_rejected(message, total)
        return ImportResult(total.findings, counts=total.counts)

    # === Reading ===

    @api.model
    def _read_zip(self, batch, fileobj, total):
        """Yield ``(values of its message, Parsed)`` of the messages that are new."""
        try:
            archive = zipfile.ZipFile(fileobj)
        except zipfile.BadZipFile as error:
            raise MarketError("batch_broken") from error
        members = [info for info in archive.infolist() if not info.is_dir()]
        self._check_size(members)
        for info in members:
            values = self._prepare_message(batch, info.filename, info.filename)
            try:
                if info.file_size > MAX_MEMBER:
                    # read as a stream for its hash, never held in memory
                    with archive.open(info) as stream:
                        values["content_hash"] = hash_stream(stream)
                    total.refuse_large(values)
                    continue
                content = archive.read(info)
            except (zipfile.BadZipFile, RuntimeError, EOFError, OSError) as error:
                raise MarketError("batch_broken") from error
            values["content_hash"] = hashlib.sha256(content).hexdigest()
            yield from self._read_member(batch, values, io.BytesIO(content), total)

    @api.model
    def _read_member(self, batch, values, stream, total):
        """The same of a member of a ZIP: a message, or an interchange of several."""
        try:
            if is_interchange(stream):
                yield from self._read_interchange(
                    batch, stream, total, values["member"]
                )
            elif self._is_new(values, total):
                yield (
                    values,
                    self.env["energy.import.market"]._parse(batch.profile_id, stream),
                )
        except MarketError as error:
            total.reject(values, error)

    @api.model
    def _read_interchange(self, batch, fileobj, total, member=None):
        """The same of the messages of an interchange.

        :param member: name of the interchange in a ZIP
        """
        importer = self.env["energy.import.market"]
        for parsed in importer._parse_interchange(batch.profile_id, fileobj):
            name = f"{member or batch.name} {parsed.header['id']}"
            values = self._prepare_message(batch, name, member)
            values["content_hash"] = parsed.document.content_hash
            if not self._is_new(values, total):
                continue
            try:
                importer._check_parties(batch.profile_id, parsed)
            except MarketError as error:
                total.reject(values, error)
            else:
                yield values, parsed

    @api.model
    def _prepare_message(self, batch, name, member):
        return {
            "name": name,
            "member": member,
            "parent_id": batch.id,
            "company_id": batch.company_id.id,
            "profile_id": batch.profile_id.id,
        }

    @api.model
    def _is_new(self, values, total):
        """Whether a content is in the batch for the first time; it is counted."""
        total.counts["row_count"] += 1
        if values["content_hash"] in total.hashes:
            total.count_known()
            return False
        total.hashes.add(values["content_hash"])
        return True

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

    # === Storing ===

    @api.model
    def _load_piece(self, batch, piece, total):
        """Make the messages of a piece and store what they say, together."""
        if not piece:
            return
        importer = self.env["energy.import.market"]
        pairs = self._make_messages(batch, piece, total)
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
        # what later pieces don't need would stay in memory until the end
        self.env.invalidate_all()

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
        :return: list of ``(energy.message, Parsed)`` in the same order
        """
        importer = self.env["energy.import.market"]
        messages = self._get_known(batch, [values for values, _parsed in piece])
        created = self._create_messages(
            [
                values | importer._prepare_header(parsed)
                for values, parsed in piece
                if values["content_hash"] not in messages
            ]
        )
        fresh = {message.content_hash: message for message in created}
        kinds = defaultdict(created.browse)
        pairs = []
        for values, parsed in piece:
            message = messages.get(values["content_hash"])
            if not message:
                message = fresh[values["content_hash"]]
                kinds[parsed.kind] |= message
            elif message.state == "processed":
                total.count_known()
                continue
            else:
                # refused before; it may have been read by another profile then
                message.write(importer._prepare_header(parsed))
            pairs.append((message, parsed))
        # computed from the profile when they were made
        for kind, messages in kinds.items():
            messages.kind = kind
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
        rejected = total.rejected.values()
        known = self._get_known(batch, [values for values, _finding in rejected])
        fresh = [
            values
            for values, _finding in rejected
            if values["content_hash"] not in known
        ]
        created = self._create_messages(fresh)
        known |= {message.content_hash: message for message in created}
        outcomes = [
            Outcome(known[values["content_hash"]], "rejected", [finding])
            for values, finding in rejected
        ]
        self.env["energy.message"]._conclude(outcomes)
        total.add(outcomes)


class _Total:
    """Figures of a batch: the sums of its messages."""

    def __init__(self):
        self.counts = {
            "row_count": 0,
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
        self.rejected = {}

    def reject(self, values, error):
        """Keep a member that is no message, with the reason."""
        self.rejected.setdefault(values["content_hash"], (values, error.finding))

    def refuse_large(self, values):
        self.counts["row_count"] += 1
        error = MarketError("message_too_large", params={"limit": MAX_MEMBER})
        self.reject(values, error)

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
                        element=outcome.message.name,
                        params={"reason": reason.code if reason else "internal"},
                    )
                )
