from odoo import api, fields, models
from odoo.exceptions import UserError

FIGURES = {"quantity": "quantity", "done": "quantity_actual"}
"""What a message says → the field of the line."""


class ConnectionOrderChange(models.Model):
    """A contractor's change message: new quantities, or what was done.

    A message counts once: its number is unique per order.
    """

    _name = "connection.order.change"
    _description = "Change Message"
    _order = "id desc"
    _rec_name = "number"
    _check_company_auto = True

    order_id = fields.Many2one(
        "connection.order",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="order_id.company_id", store=True)
    number = fields.Char(required=True, readonly=True)
    date = fields.Datetime(
        string="Received", default=fields.Datetime.now, readonly=True
    )
    note = fields.Text(string="Reason", readonly=True)
    changes = fields.Text(readonly=True, help="What the message changed.")

    _once = models.Constraint(
        "UNIQUE (order_id, number)", "This change message was already received."
    )

    @api.model
    def _receive(self, order, number, rows, note=""):
        """Apply a message: all of its rows, or none.

        :param order: connection.order
        :param rows: ``[{"item": code, "quantity": …, "done": …, "component": code}]``;
            ``quantity`` is the new ordered one, ``done`` what was done, each optional
        :return: the connection.order.change, the earlier one for a repeated message
        :raises UserError: naming row and code
        """
        known = self.search([("order_id", "=", order.id), ("number", "=", number)])
        if known:
            return known
        order._check_state("blocked", "released", "started")
        texts = order._add_lines(rows)
        return self.create(
            {
                "order_id": order.id,
                "number": number,
                "note": note,
                "changes": "\n".join(texts),
            }
        )


class ConnectionOrder(models.Model):
    _inherit = "connection.order"

    def _add_lines(self, rows):
        """Set the quantities of rows on the order's lines; new ones are added.

        :param rows: of :meth:`ConnectionOrderChange._receive`
        :return: a text for each row
        :raises UserError: naming row and code
        """
        self.ensure_one()
        items = self._find_items(rows)
        components = self._find_components(rows)
        lines = {
            (line.item_id.code, line.component_id.code or ""): line
            for line in self.line_ids
        }
        texts, missing, alike, seen = [], [], {}, set()
        for number, row in enumerate(rows, 1):
            key = (row["item"], row.get("component") or "")
            if key in seen:
                raise UserError(
                    self.env._(
                        "Row %(row)s: item %(code)s stands twice for the same grid "
                        "component. Send one row for it.",
                        row=number,
                        code=row["item"],
                    )
                )
            seen.add(key)
            values = {
                name: row[source]
                for source, name in FIGURES.items()
                if row.get(source) is not None
            }
            if key in lines:
                same = tuple(values.items())
                alike[same] = alike.get(same, self.line_ids.browse()) | lines[key]
            else:
                missing.append(
                    {
                        "order_id": self.id,
                        "item_id": items[row["item"]].id,
                        "component_id": components.get(row.get("component")),
                        "quantity": 0,
                        **values,
                        "has_actual": "quantity_actual" in values,
                    }
                )
            texts.append(
                f"{row['item']}: "
                + ", ".join(f"{name} {value:g}" for name, value in values.items())
            )
        # rows of equal figures are written together
        for values, some in alike.items():
            some.write(dict(values))
        self.line_ids.create(missing)
        return texts

    def _find_items(self, rows):
        items = self.env["connection.catalogue.item"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("partner_id", "in", (self.partner_id.id, False)),
                ("code", "in", [row["item"] for row in rows]),
            ],
            order="partner_id DESC",
        )
        found = {item.code: item for item in items}
        for number, row in enumerate(rows, 1):
            if row["item"] not in found:
                raise UserError(
                    self.env._(
                        "Row %(row)s: the catalogue of %(contractor)s has no item "
                        "%(code)s. Enter it, or correct the message.",
                        row=number,
                        contractor=self.partner_id.name or self.company_id.name,
                        code=row["item"],
                    )
                )
        return found

    def _find_components(self, rows):
        codes = {row["component"] for row in rows if row.get("component")}
        found = {
            component.code: component.id
            for component in self.env["connection.component"].search(
                [("company_id", "=", self.company_id.id), ("code", "in", list(codes))]
            )
        }
        for number, row in enumerate(rows, 1):
            code = row.get("component")
            if code and code not in found:
                raise UserError(
                    self.env._(
                        "Row %(row)s: there is no grid component %(code)s. Enter it, "
                        "or correct the message.",
                        row=number,
                        code=code,
                    )
                )
        return found
