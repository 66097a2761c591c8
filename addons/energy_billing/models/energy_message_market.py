import io
import zipfile
from contextlib import contextmanager

from odoo import fields, models


class EnergyMessage(models.Model):
    """What a market message tells of itself, and the messages of a batch."""

    _inherit = "energy.message"

    market_number = fields.Char(
        string="Message Number",
        readonly=True,
        index="btree_not_null",
        help="The number that the sender gave the message.",
    )
    market_code = fields.Char(string="Message Code", readonly=True)
    sender_code = fields.Char(string="Sender", readonly=True)
    receiver_code = fields.Char(string="Recipient", readonly=True)
    sent_on = fields.Datetime(readonly=True)
    answered_number = fields.Char(
        string="Answers",
        readonly=True,
        help="The number of the message that this one answers.",
    )
    documents = fields.Json(
        readonly=True,
        help="Numbers of the documents inside, with their points: a cancellation "
        "names them.",
    )
    parent_id = fields.Many2one(
        "energy.message",
        string="Batch",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        help="The delivered file that this message was in.",
    )
    member = fields.Char(string="Name in the Batch", readonly=True)
    child_ids = fields.One2many("energy.message", "parent_id", string="In the Batch")
    is_cancelled = fields.Boolean(
        string="Cancelled",
        readonly=True,
        help="The sender took the message back.",
    )
    order_ids = fields.One2many(
        "energy.billing.order", "message_id", string="Billing Orders"
    )
    order_count = fields.Integer(compute="_compute_order_count", string="Orders")

    # serves "the messages a cancellation names"
    _documents_idx = models.Index("USING gin (documents jsonb_path_ops)")

    def _compute_order_count(self):
        counts = dict(
            self.env["energy.billing.order"]._read_group(
                [("message_id", "in", self.ids)], ["message_id"], ["__count"]
            )
        )
        for message in self:
            message.order_count = counts.get(message, 0)

    @contextmanager
    def _open_content(self):
        if not self.parent_id:
            with super()._open_content() as fileobj:
                yield fileobj
            return
        with self.parent_id._open_content() as batch:
            with zipfile.ZipFile(batch) as archive:
                yield io.BytesIO(archive.read(self.member))

    def _withdraw(self, message, point_codes=()):
        """Take back what the message said: its orders and what still stands of it.

        :param message: energy.message that cancels it
        :param point_codes: the points to take back; empty for all
        :return: ``{point id: (first, last changed day)}``
        """
        self.ensure_one()
        point_ids = None
        if point_codes:
            found = self.env["energy.import"]._get_points(self.profile_id, point_codes)
            point_ids = {point.id for point in found.values()}
        orders = self.order_ids.filtered(
            lambda o: (
                o.state == "open" and (not point_ids or o.point_id.id in point_ids)
            )
        )
        orders.state = "cancelled"
        changes = {}
        withdrawn = self.env["energy.usage"]._withdraw(self, point_ids)
        withdrawn += self.env["energy.interval"]._withdraw(self, message, point_ids)
        withdrawn += [(o.point_id.id, o.date_start, o.date_end) for o in orders]
        for point_id, first, last in withdrawn:
            known = changes.get(point_id, (first, last))
            changes[point_id] = (min(first, known[0]), max(last, known[1]))
        if len(self.documents or ()) < 2:
            self.is_cancelled = True
        self._message_log(
            body=self.env._("Taken back by %(message)s.", message=message.display_name)
        )
        return changes

    def action_view_children(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "energy_billing.energy_message_action"
        )
        action["domain"] = [("parent_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_view_orders(self):
        return self._action_view(
            "energy_billing.energy_billing_order_action", "message_id"
        )
