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
            if not self.member:
                # one of the messages of an interchange
                yield batch
                return
            with zipfile.ZipFile(batch) as archive:
                yield io.BytesIO(archive.read(self.member))

    def _withdraw(self, message):
        """Take back what the message said: its orders and what still stands of it.

        :param message: energy.message that cancels it
        :return: ``{point id: (first, last changed day)}``
        """
        self.ensure_one()
        orders = self.order_ids.filtered(lambda o: o.state == "open")
        orders.state = "cancelled"
        changes = {}
        withdrawn = self.env["energy.usage"]._withdraw(self)
        withdrawn += self.env["energy.interval"]._withdraw(self, message)
        withdrawn += [(o.point_id.id, o.date_start, o.date_end) for o in orders]
        for point_id, first, last in withdrawn:
            known = changes.get(point_id, (first, last))
            changes[point_id] = (min(first, known[0]), max(last, known[1]))
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
