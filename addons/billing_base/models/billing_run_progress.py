"""How far a run is, counted from its pieces."""

from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models

from .billing_run_piece import STEPS


class BillingRun(models.Model):
    _inherit = "billing.run"

    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("running", "Running"),
            ("stopped", "Stopped"),
            ("failed", "Done with errors"),
            ("done", "Done"),
        ],
        compute="_compute_progress",
    )
    step = fields.Selection(
        selection="_selection_step", compute="_compute_progress", string="Current Step"
    )
    progress = fields.Float(compute="_compute_progress")
    item_total = fields.Integer(compute="_compute_progress", string="Items")
    item_done = fields.Integer(compute="_compute_progress", string="Items Done")
    item_rate = fields.Float(
        compute="_compute_progress",
        string="Items per Second",
        digits=(16, 1),
        help="Of the current step, without the time in which nothing was at work.",
    )
    time_left = fields.Char(
        compute="_compute_progress",
        help="Until the current step is done, at the speed it has had so far.",
    )
    failed_count = fields.Integer(string="Failed", compute="_compute_progress")
    step_html = fields.Html(
        string="Steps", compute="_compute_step_html", sanitize=False
    )

    def _selection_step(self):
        return (
            self.env["billing.run.piece"]
            ._fields["step"]
            ._description_selection(self.env)
        )

    def _get_piece_rows(self):
        """What progress is made from.

        :return: ``{run id: [values of a piece, …]}``, without their items
        """
        rows = defaultdict(list)
        for row in self.env["billing.run.piece"].search_read(
            [("run_id", "in", self.ids)],
            [
                "run_id",
                "round_number",
                "step",
                "state",
                "item_count",
                "failed_count",
                "started",
                "finished",
                "seconds",
            ],
            load=None,
        ):
            rows[row["run_id"]].append(row)
        return rows

    @api.depends("piece_ids.state", "is_stopped", "last_step", "round_number")
    def _compute_progress(self):
        rows = self._get_piece_rows()
        for run in self:
            run._set_progress(rows[run.id])

    def _set_progress(self, rows):
        """Set the computed fields of one run from the values of its pieces."""
        own = [row for row in rows if row["round_number"] == self.round_number]
        self.step = max((row["step"] for row in own), key=STEPS.index, default=False)
        current = [row for row in own if row["step"] == self.step]
        waiting = any(row["state"] == "pending" for row in own)
        self.item_total = sum(row["item_count"] for row in current)
        ended = [row for row in current if row["state"] != "pending"]
        self.item_done = sum(row["item_count"] - row["failed_count"] for row in ended)
        over = sum(row["item_count"] for row in ended)
        self.progress = 100.0 * over / self.item_total if self.item_total else 0.0
        seconds = _busy_seconds(ended)
        rate = over / seconds if seconds else 0.0
        self.item_rate = rate
        rest = (self.item_total - over) / rate if rate else 0
        self.time_left = (
            str(timedelta(seconds=round(rest))) if waiting and rest else False
        )
        self.failed_count = sum(row["failed_count"] for row in rows)
        last_done = self.step and STEPS.index(self.step) >= STEPS.index(self.last_step)
        if not rows:
            self.state = "draft"
        elif waiting or not last_done:
            self.state = "stopped" if self.is_stopped else "running"
        else:
            self.state = "failed" if self.failed_count else "done"

    @api.depends("piece_ids.state", "last_step", "round_number")
    @api.depends_context("lang")
    def _compute_step_html(self):
        rows = self._get_piece_rows()
        for run in self:
            run.step_html = self.env["ir.qweb"]._render(
                "billing_base.run_steps", {"steps": run._prepare_steps(rows[run.id])}
            )

    def _prepare_steps(self, rows):
        """One entry a step, for the screen.

        :param rows: of one run, as of ``_get_piece_rows``
        """
        labels = dict(self._selection_step())
        steps = []
        for step in STEPS:
            own = [row for row in rows if row["step"] == step]
            states = {row["state"] for row in own}
            if not states:
                beyond = STEPS.index(step) > STEPS.index(self.last_step)
                state = "later" if beyond else "pending"
            elif "pending" in states:
                state = "running"
            else:
                state = "failed" if "failed" in states else "done"
            steps.append(
                {
                    "name": labels[step],
                    "state": state,
                    "total": sum(row["item_count"] for row in own),
                    "done": sum(
                        row["item_count"] - row["failed_count"]
                        for row in own
                        if row["state"] != "pending"
                    ),
                    "failed": sum(row["failed_count"] for row in own),
                    "started": min(
                        (row["started"] for row in own if row["started"]), default=None
                    ),
                    "finished": None
                    if "pending" in states
                    else max(
                        (row["finished"] for row in own if row["finished"]),
                        default=None,
                    ),
                }
            )
        return steps


def _busy_seconds(rows):
    """Seconds in which at least one of the pieces was worked on."""
    spans = sorted(
        (row["started"], row["started"] + timedelta(seconds=row["seconds"]))
        for row in rows
        if row["started"]
    )
    total, until = timedelta(), None
    for start, end in spans:
        if until is not None:
            start = max(start, until)
        total += max(end - start, timedelta())
        until = max(end, until) if until is not None else end
    return total.total_seconds()
