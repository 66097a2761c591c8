from odoo import api, fields, models
from odoo.tools import SQL

SORTS = {
    "number": "m.name",
    "customer": "c.name, m.name",
    "zip": "p.zip, p.city, p.street, m.name",
    "customer_number": "c.ref, m.name",
    "date": "m.invoice_date, m.name",
}


class BillingDocumentBatch(models.Model):
    """The PDFs of many invoices as ZIP files, made by jobs, for the print shop."""

    _name = "billing.document.batch"
    _description = "Batch of Documents"
    _order = "id desc"

    name = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    sort = fields.Selection(
        [
            ("number", "Number"),
            ("customer", "Customer"),
            ("customer_number", "Customer Number"),
            ("zip", "Postal Code and Address"),
            ("date", "Date"),
        ],
        string="Sorted By",
        readonly=True,
    )
    size = fields.Integer(string="Invoices a File", readonly=True)
    file_ids = fields.One2many(
        "billing.document.file", "batch_id", string="Files", readonly=True
    )
    move_count = fields.Integer(string="Invoices", readonly=True)
    done_count = fields.Integer(string="Made", compute="_compute_progress")
    error_count = fields.Integer(string="Errors", compute="_compute_progress")
    progress = fields.Float(compute="_compute_progress")
    state = fields.Selection(
        [("running", "Being Made"), ("done", "Ready"), ("failed", "Stopped")],
        compute="_compute_progress",
    )

    @api.depends("file_ids.state", "file_ids.done_count", "file_ids.error_count")
    def _compute_progress(self):
        for batch in self:
            files = batch.file_ids
            batch.done_count = sum(files.mapped("done_count"))
            batch.error_count = sum(files.mapped("error_count"))
            finished = files.filtered(lambda file: file.state != "waiting")
            handled = sum(finished.mapped("move_count"))
            batch.progress = 100 * handled / batch.move_count if batch.move_count else 0
            if len(finished) < len(files):
                batch.state = "running"
            elif "failed" in files.mapped("state"):
                batch.state = "failed"
            else:
                batch.state = "done"

    @api.model
    def _make(self, moves, sort="number", size=500):
        """Plan the files of posted invoices and queue their making; one file is made
        at once.

        :param sort: key of SORTS
        :param size: most invoices in a file
        :return: billing.document.batch, one for each company
        """
        self.env["res.users"]._check_may("send")
        moves.check_access("read")
        batches = self.browse()
        posted = moves.filtered(lambda move: move.state == "posted")
        for company, found in posted.grouped("company_id").items():
            batches |= self._plan(company, self._sorted(found, sort), sort, size)
        return batches

    @api.model
    def _sorted(self, moves, sort):
        moves.flush_recordset()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT m.id FROM account_move m
             LEFT JOIN res_partner p ON p.id = m.partner_id
             LEFT JOIN res_partner c ON c.id = m.commercial_partner_id
                 WHERE m.id = ANY(%s) ORDER BY %s, m.id
                """,
                moves.ids,
                SQL(SORTS[sort]),
            )
        )
        return [move_id for (move_id,) in rows]

    def _plan(self, company, ids, sort, size):
        # planned and made for a clerk, who may write neither
        batch = self.sudo().create(
            {
                "name": self.env._(
                    "Documents of %(moment)s",
                    moment=fields.Datetime.context_timestamp(
                        self, fields.Datetime.now()
                    ).strftime("%Y-%m-%d %H:%M"),
                ),
                "company_id": company.id,
                "sort": sort,
                "size": size,
                "move_count": len(ids),
            }
        )
        starts = range(0, len(ids), size)
        files = self.env["billing.document.file"].sudo()
        files = files.create(
            [
                {
                    "batch_id": batch.id,
                    "number": number,
                    "move_ids_json": ids[start : start + size],
                    "move_count": len(ids[start : start + size]),
                }
                for number, start in enumerate(starts, start=1)
            ]
        )
        files = files.sudo(self.env.su)
        if len(files) == 1:
            files._make()
        else:
            files._delay()
        return batch.sudo(self.env.su)

    def action_make_again(self):
        """Make the files that failed once more."""
        self.env["res.users"]._check_may("send")
        failed = self.file_ids.filtered(lambda file: file.state == "failed")
        failed.sudo().write({"state": "waiting", "message": False})
        failed._delay()
