import base64

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.billing_base.sheets import read_file, sentence


class EnergySwitchAnswer(models.TransientModel):
    """The distributor's answers to requests of supply."""

    _name = "energy.switch.answer"
    _description = "Answers to Supplier Switches"

    network_id = fields.Many2one("energy.network", required=True, ondelete="cascade")
    file = fields.Binary()
    file_name = fields.Char()
    is_done = fields.Boolean()
    result = fields.Text(readonly=True)

    def action_import(self):
        """Store the answers that can be told; the others are named with the reason.

        The same file again changes nothing.
        """
        self.ensure_one()
        if not self.file:
            raise UserError(self.env._("Choose a file first."))
        layout = self.network_id.switch_layout_id or self.env["energy.switch.layout"]
        content = base64.b64decode(self.with_context(bin_size=False).file)
        sheet = layout._get_answer_sheet()
        reading = read_file(content, self.file_name or "", [sheet])
        records = reading.records["answers"]
        if not records:
            raise UserError(
                "\n".join(
                    f"{finding.place}: {sentence(finding, self.env._)}"
                    for finding in reading.errors[:10]
                )
                or self.env._("The file has no rows.")
            )
        problems = [
            f"{finding.place}: {sentence(finding, self.env._)}"
            for finding in reading.errors
        ]
        counts, found = self._store_answers(layout, records)
        self.result = "\n".join([*self._describe(counts), *problems, *found])
        self.is_done = True
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Answers"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _store_answers(self, layout, records):
        """``({what became: count}, [what could not be stored])``"""
        _ = self.env._
        today = fields.Date.context_today(self)
        waiting = self.env["energy.supplier.switch"]._get_waiting(
            self.network_id, [record["point"] for record in records]
        )
        counts = {"accepted": 0, "rejected": 0, "same": 0}
        problems = []
        for record in records:
            switch = waiting.get(record["point"])
            result = layout._read_result(record["result"])
            if switch is None:
                text = _("no switch of this point was requested from this distributor.")
            elif result is None:
                text = _(
                    "“%(word)s” is no known result. Enter it at the layout of the "
                    "network.",
                    word=record["result"],
                )
            elif switch.state == result:
                counts["same"] += 1
                continue
            elif switch.state != "requested":
                text = _("answered before, and otherwise. Clear it with him.")
            else:
                switch._answer(result, today, record)
                counts[result] += 1
                continue
            problems.append(f"{record['point']}: {text}")
        return counts, problems

    def _describe(self, counts):
        _ = self.env._
        yield _("%(count)s accepted", count=counts["accepted"])
        yield _("%(count)s rejected", count=counts["rejected"])
        if counts["same"]:
            yield _("%(count)s were known already", count=counts["same"])
