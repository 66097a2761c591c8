import hashlib

from odoo import fields, models
from odoo.exceptions import UserError

from .connection_api_reader import PayloadError, Reader

HANDLERS = {
    "orders": ("contractor", "_take_order"),
    "changes": ("contractor", "_take_change"),
    "statuses": ("billing", "_take_status"),
}
"""Path → who may use it, and what it does."""


class ConnectionApiMessage(models.Model):
    """A message of another system, taken once, or refused with the reason."""

    _name = "connection.api.message"
    _description = "Message of Another System"
    _order = "id desc"
    _rec_name = "number"
    _check_company_auto = True

    key_id = fields.Many2one(
        "connection.api.key",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(related="key_id.partner_id", store=True)
    company_id = fields.Many2one(related="key_id.company_id", store=True)
    number = fields.Char(string="Message Number", readonly=True)
    path = fields.Char(string="About", readonly=True)
    received = fields.Datetime(default=fields.Datetime.now, readonly=True)
    ip_address = fields.Char(string="IP Address", readonly=True)
    body = fields.Text(string="Content", readonly=True)
    sha256 = fields.Char(readonly=True)
    answer = fields.Json(readonly=True)
    problem = fields.Text(readonly=True)
    order_id = fields.Many2one(
        "connection.order", readonly=True, index="btree_not_null"
    )
    case_id = fields.Many2one("connection.case", readonly=True, index="btree_not_null")
    state = fields.Selection(
        [("done", "Taken"), ("refused", "Refused")], required=True, readonly=True
    )

    # a message is taken once, also when two of them arrive at the same moment
    _once = models.UniqueIndex(
        "(key_id, number) WHERE state = 'done'", "This message was taken already."
    )

    def _receive(self, key, path, body, ip_address=None):
        """Take a message whose signature was checked, or refuse it as a whole.

        :param key: connection.api.key
        :param str path: of HANDLERS
        :param bytes body: JSON
        :return: ``(HTTP status, answer)``; the answer to a repeated message is the one
            to the first, with ``repeated``
        """
        digest = hashlib.sha256(body).hexdigest()
        values = {
            "key_id": key.id,
            "path": path,
            "ip_address": ip_address,
            "body": body.decode("utf-8", "replace"),
            "sha256": digest,
        }
        try:
            reader = Reader(self.env, body)
            values["number"] = reader.text("message", required=True)
            known = self.search(
                [
                    ("key_id", "=", key.id),
                    ("number", "=", values["number"]),
                    ("state", "=", "done"),
                ]
            )
            if known:
                return self._repeat(known, digest, values)
            with self.env.cr.savepoint():
                kind, handler = HANDLERS[path]
                if key.kind != kind:
                    raise PayloadError(
                        self.env._("This key is not for messages of this kind.")
                    )
                facts = getattr(self, handler)(key, reader)
                answer = facts.pop("answer")
                self.create({**values, **facts, "answer": answer, "state": "done"})
                self.env.flush_all()
        except PayloadError as error:
            return self._refuse(values, 422, str(error), error.place)
        except UserError as error:
            return self._refuse(values, 422, str(error))
        return 200, answer

    def _repeat(self, known, digest, values):
        if known.sha256 == digest:
            return 200, {**known.answer, "repeated": True}
        return self._refuse(
            values,
            409,
            self.env._(
                "Message %(number)s was taken already with another content. Give a new "
                "content a new number.",
                number=known.number,
            ),
            "message",
        )

    def _refuse(self, values, status, text, place=""):
        """Keep a refused message with its reason.

        :return: ``(status, answer)``
        """
        self.create(
            {**values, "state": "refused", "problem": f"{place} {text}".strip()}
        )
        return status, {"error": text, "place": place}

    # === What messages do ===

    def _take_order(self, key, reader):
        """A contractor's call-off order for a case."""
        case = self._find_case(key, reader)
        number = reader.text("order", required=True)
        Order = self.env["connection.order"]
        domain = [
            ("company_id", "=", key.company_id.id),
            ("partner_id", "=", key.partner_id.id),
            ("reference", "=", number),
        ]
        if known := Order.search(domain):
            raise PayloadError(
                self.env._(
                    "Order %(number)s is known as %(name)s. Send what changed to "
                    "“changes”.",
                    number=number,
                    name=known.name,
                ),
                "order",
            )
        rows = reader.rows({"item", "quantity", "component"}, {"quantity"})
        order = Order.create(
            {
                "case_id": case.id,
                "partner_id": key.partner_id.id,
                "reference": number,
                "date_deadline": reader.date("deadline"),
                # what the customer has not accepted with its cost is looked at first
                "needs_review": bool(case.acceptance_ids),
            }
        )
        order._add_lines(rows)
        if order.needs_review:
            order._ask_for_review()
        return {
            "order_id": order.id,
            "case_id": case.id,
            "answer": {"order": number, "number": order.name, "state": order.state},
        }

    def _find_case(self, key, reader):
        number = reader.text("case", required=True)
        case = self.env["connection.case"].search(
            [("company_id", "=", key.company_id.id), ("name", "=", number)]
        )
        if not case or case.state in ("settled", "withdrawn"):
            raise PayloadError(
                self.env._(
                    "There is no open case %(number)s. Use the number that the grid "
                    "company gave.",
                    number=number,
                ),
                "case",
            )
        return case

    def _take_change(self, key, reader):
        """New quantities of an order, what was done, or its start and end."""
        number = reader.text("order", required=True)
        order = self.env["connection.order"].search(
            [
                ("company_id", "=", key.company_id.id),
                ("partner_id", "=", key.partner_id.id),
                "|",
                ("reference", "=", number),
                ("name", "=", number),
            ]
        )
        if len(order) != 1:
            raise PayloadError(
                self.env._(
                    "You have no order %(number)s. Use its number, yours or ours.",
                    number=number,
                ),
                "order",
            )
        state = reader.choice("state", ("started", "done"))
        rows = reader.rows({"item", "quantity", "done", "component"}, set())
        change = self.env["connection.order.change"]._receive(
            order, reader.text("message"), rows, reader.text("note")
        )
        if state == "started":
            order.action_start()
        elif state == "done":
            order.action_done()
        return {
            "order_id": order.id,
            "case_id": order.case_id.id,
            "answer": {
                "order": number,
                "number": order.name,
                "state": order.state,
                "changes": (change.changes or "").splitlines(),
            },
        }

    def _take_status(self, key, reader):
        """How far the external billing is with an invoice basis."""
        reference = reader.text("basis", required=True)
        records = self.env["edi.exchange.record"].search(
            [
                ("company_id", "=", key.company_id.id),
                ("connection_reference", "=", reference),
                (
                    "connection_case_id.type_id.billing_partner_id",
                    "=",
                    key.partner_id.id,
                ),
            ]
        )
        if not records:
            raise PayloadError(
                self.env._(
                    "There is no invoice basis %(reference)s. Send the “reference” of "
                    "the basis that you got.",
                    reference=reference,
                ),
                "basis",
            )
        status = reader.choice(
            "status", ("received", "rejected", "invoiced", "paid"), required=True
        )
        case = records.connection_case_id
        records._receive_status(status, reader.text("text"))
        return {
            "case_id": case.id,
            "answer": {"basis": reference, "case": case.name, "status": status},
        }
