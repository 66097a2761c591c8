import hashlib
import itertools
import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

FETCH = 1000


class BillingExchangeBatch(models.Model):
    """A file of records for another system, as it left."""

    _name = "billing.exchange.batch"
    _description = "Exchange Batch"
    _inherit = ["billing.export.mixin", "billing.exchange.sending", "mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(readonly=True, copy=False)
    number = fields.Integer(readonly=True, copy=False, required=True)
    profile_id = fields.Many2one(
        "billing.exchange.profile",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    kind = fields.Selection(related="profile_id.kind")
    record_count = fields.Integer(string="Records", readonly=True)
    totals = fields.Json(readonly=True)
    totals_text = fields.Char(string="Control Totals", compute="_compute_totals_text")
    entry_ids = fields.One2many(
        "billing.exchange.entry", "batch_id", string="Exported Records", readonly=True
    )
    delivery_ids = fields.One2many(
        "billing.delivery", "exchange_batch_id", string="Deliveries", readonly=True
    )

    _number_once = models.Constraint(
        "UNIQUE (profile_id, number)", "This batch number is taken."
    )

    @api.depends("totals")
    def _compute_totals_text(self):
        for batch in self:
            batch.totals_text = ", ".join(
                f"{name}: {total}" for name, total in (batch.totals or {}).items()
            )

    # === Making ===

    @api.model
    def _make(self, profile):
        """Batches of the records of a profile that are to be exported now.

        :param profile: its run is locked
        :return: billing.exchange.batch, empty where there is nothing new
        """
        layout = profile._get_layout()
        batches = self.browse()
        found = self._iter_rows(profile)
        for first in found:
            rows = itertools.chain([first], found)
            if profile.limit:
                rows = itertools.islice(rows, profile.limit)
            batches |= self._make_one(profile, layout, rows)
        return batches

    def _make_one(self, profile, layout, rows):
        batch = self._create_next(profile)
        entries = []

        def values():
            for record_id, digest, row in rows:
                entries.append((record_id, digest))
                yield row

        fileobj, control = batch._write_file(layout, values())
        if profile.mode != "all":
            batch._remember(entries)
        batch._finish(
            fileobj,
            profile._make_filename(batch.number, fields.Date.context_today(self)),
            record_count=control.count,
            totals={title: str(total) for title, total in control.totals.items()},
        )
        return batch.sudo(self.env.su)

    @api.model
    def _create_next(self, profile):
        """The next batch of a profile, with full rights: its content is read with those
        of the user."""
        ((last,),) = self.env.execute_query(
            SQL(
                "SELECT COALESCE(max(number), 0) FROM billing_exchange_batch"
                " WHERE profile_id = %s",
                profile.id,
            )
        )
        return self.sudo().create(
            {
                "profile_id": profile.id,
                "company_id": profile.company_id.id,
                "number": last + 1,
                "name": f"{profile.code}/{last + 1:05d}",
            }
        )

    def _iter_rows(self, profile):
        """``(id, hash of the row, row)`` of what is to be exported."""
        model = profile._get_model()
        columns = profile.column_ids
        readers = [column._get_reader() for column in columns]
        kinds = [column._get_column() for column in columns]
        known = self._get_known(profile)
        ids = model.search(profile._get_domain(), order="id").ids
        if profile.mode == "once":
            ids = [record_id for record_id in ids if record_id not in known]
        for start in range(0, len(ids), FETCH):
            records = model.browse(ids[start : start + FETCH])
            for record in records:
                row = [reader(record) for reader in readers]
                digest = _digest(row, kinds)
                if profile.mode != "changed" or known.get(record.id) != digest:
                    yield record.id, digest, row
            self.env.flush_all()
            records.invalidate_recordset(flush=False)

    def _get_known(self, profile):
        """``{id: hash}`` of what the other system has."""
        if profile.mode == "all":
            return {}
        self.env["billing.exchange.entry"].flush_model()
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT res_id, row_hash FROM billing_exchange_entry"
                    " WHERE profile_id = %s AND is_current",
                    profile.id,
                )
            )
        )

    def _remember(self, entries):
        """Note what went with this batch, in two statements."""
        self.flush_recordset()
        ids = [record_id for record_id, _digest in entries]
        hashes = [digest for _record_id, digest in entries]
        self.env.cr.execute(
            SQL(
                "UPDATE billing_exchange_entry SET is_current = FALSE"
                " WHERE profile_id = %s AND is_current AND res_id = ANY(%s)",
                self.profile_id.id,
                ids,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO billing_exchange_entry
                       (batch_id, profile_id, company_id, res_id, row_hash, is_current)
                SELECT %s, %s, %s, res_id, row_hash, TRUE
                  FROM unnest(%s::int[], %s::text[]) AS new(res_id, row_hash)
                """,
                self.id,
                self.profile_id.id,
                self.company_id.id,
                ids,
                hashes,
            )
        )
        self.env["billing.exchange.entry"].invalidate_model()

    # === Life ===

    def action_open_records(self):
        """The records of the batch."""
        self.ensure_one()
        if self.kind == "e_invoice":
            model, ids = "account.move", self.delivery_ids.move_id.ids
        else:
            model, ids = self.profile_id.model_name, self.entry_ids.mapped("res_id")
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": model,
            "view_mode": "list,form",
            "domain": [("id", "in", ids)],
            "context": {"create": False},
        }

    def _release(self):
        """Records of cancelled batches go into the next one."""
        if self.filtered(
            lambda batch: (
                batch.kind == "e_invoice"
                and batch.sudo().exchange_state
                in ("output_sent", "output_sent_and_processed")
            )
        ):
            raise UserError(
                self.env._(
                    "These e-invoices are with the operator. Correct them by credit "
                    "notes, or send one again on purpose from its delivery."
                )
            )
        self.env["billing.exchange.entry"].flush_model()
        self.env.cr.execute(
            SQL(
                "UPDATE billing_exchange_entry SET is_current = FALSE"
                " WHERE batch_id = ANY(%s)",
                self.ids,
            )
        )
        self.env["billing.exchange.entry"].invalidate_model()
        self._release_deliveries()


def _digest(row, columns):
    """Hash of a row as it stands in the file, whatever the form."""
    cells = [
        None
        if value is None
        else f"{round(value, column.digits)}"
        if column.kind in ("amount", "quantity")
        else str(value)
        for value, column in zip(row, columns, strict=True)
    ]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()
