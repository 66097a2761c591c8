from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..market.errors import ERROR, WARNING, Finding, MarketError
from .energy_import import ImportResult

ROUNDING = Decimal("0.05")
"""Totals of an invoice may differ from the sum of its lines by rounding."""


class EnergyNetworkInvoice(models.Model):
    """A distributor's invoice for the points of our customers, as it was received."""

    _name = "energy.network.invoice"
    _description = "Distribution Invoice"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _rec_name = "number"
    _order = "date_issued desc, id desc"
    _check_company_auto = True

    number = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    network_id = fields.Many2one(
        "energy.network",
        required=True,
        readonly=True,
        check_company=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(related="network_id.partner_id", string="Distributor")
    message_id = fields.Many2one(
        "energy.message",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    type = fields.Selection(
        [("invoice", "Invoice"), ("credit", "Credit note")],
        default="invoice",
        required=True,
        readonly=True,
    )
    corrects_id = fields.Many2one(
        "energy.network.invoice", readonly=True, index="btree_not_null"
    )
    date_issued = fields.Date(readonly=True)
    date_taxable = fields.Date(string="Date of Supply", readonly=True)
    date_due = fields.Date(readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    net = fields.Monetary(string="Untaxed Amount", readonly=True)
    tax = fields.Monetary(string="Taxes", readonly=True)
    gross = fields.Monetary(string="Total", readonly=True)
    line_ids = fields.One2many("energy.network.invoice.line", "invoice_id")
    line_count = fields.Integer(compute="_compute_line_count", string="Lines")
    move_id = fields.Many2one(
        "account.move",
        string="Vendor Bill",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    move_state = fields.Selection(related="move_id.state", string="Bill")

    _number_unique = models.Constraint(
        "UNIQUE (company_id, network_id, number)",
        "This invoice of the distributor was received already.",
    )
    _move_unique = models.UniqueIndex(
        "(move_id) WHERE move_id IS NOT NULL", "A vendor bill is of one invoice."
    )

    def _compute_line_count(self):
        counts = dict(
            self.env["energy.network.invoice.line"]._read_group(
                [("invoice_id", "in", self.ids)], ["invoice_id"], ["__count"]
            )
        )
        for invoice in self:
            invoice.line_count = counts.get(invoice, 0)

    # === Received ===

    @api.model
    def _receive(self, profile, pairs):
        """Invoices of messages; see ``energy.import.market._load``."""
        importer = self.env["energy.import"]
        points = importer._get_points(
            profile, {code for _message, parsed in pairs for code in parsed.points}
        )
        components = self.env["energy.network.component"].search(
            [("company_id", "=", profile.company_id.id)]
        )
        results, values = {}, []
        for message, parsed in pairs:
            result = results[message.id] = ImportResult([])
            vals = self._prepare_invoice(profile, message, parsed, points, result)
            vals["line_ids"] = [
                Command.create(line)
                for line in self._prepare_lines(
                    parsed, points, components, vals["network_id"], result
                )
            ]
            days = [line[2] for line in vals["line_ids"]]
            result.counts = {
                "row_count": len(vals["line_ids"]),
                "point_count": len(parsed.points & points.keys()),
                "new_count": 1,
                "date_start": min((d["date_start"] for d in days), default=False),
                "date_end": max((d["date_end"] for d in days), default=False),
            }
            values.append(vals)
        self._refuse_known(values)
        invoices = self.create(values)
        invoices._tell_simulation(results)
        return results

    @api.model
    def _refuse_known(self, values):
        """An invoice number of a distributor comes once."""
        known = {
            (invoice.network_id.id, invoice.number): invoice
            for invoice in self.search(
                [
                    ("company_id", "in", [vals["company_id"] for vals in values]),
                    ("number", "in", [vals["number"] for vals in values]),
                ]
            )
        }
        for vals in values:
            other = known.get((vals["network_id"], vals["number"]))
            if other:
                raise MarketError(
                    "invoice_again",
                    params={
                        "number": vals["number"],
                        "other": other.message_id.display_name or "–",
                    },
                )

    @api.model
    def _prepare_invoice(self, profile, message, parsed, points, result):
        header = parsed.header
        networks = {point.network_id for point in points.values()} - {False}
        own = profile.network_id.id
        if not own and len(networks) != 1:
            raise MarketError("nothing_usable")
        network_id = own or networks.pop()
        currency = self.env["res.currency"].search([("name", "=", header["currency"])])
        if not currency:
            raise MarketError(
                "field_wrong",
                params={
                    "field": "currency",
                    "value": header["currency"],
                    "type": "text",
                },
            )
        total = sum(
            (
                line["amount"]
                for block in parsed.content
                for line in block.groups["lines"]
            ),
            Decimal(),
        )
        if abs(total - header["net"]) > ROUNDING:
            result.findings.append(
                Finding(
                    WARNING,
                    "invoice_total",
                    params={"lines": f"{total:f}", "total": f"{header['net']:f}"},
                )
            )
        corrects = self._find_corrected(header, network_id, result)
        return {
            "number": header["number"],
            "company_id": message.company_id.id,
            "network_id": network_id,
            "message_id": message.id,
            "type": "credit" if header["type"] == "credit" else "invoice",
            "corrects_id": corrects.id,
            "date_issued": header["date_issued"],
            "date_taxable": header["date_taxable"],
            "date_due": header["date_due"],
            "currency_id": currency.id,
            "net": float(header["net"]),
            "tax": float(header["tax"]),
            "gross": float(header["gross"]),
        }

    @api.model
    def _find_corrected(self, header, network_id, result):
        number = header.get("corrects")
        if not number:
            return self.browse()
        found = self.search(
            [("network_id", "=", network_id), ("number", "=", number)], limit=1
        )
        if not found:
            result.findings.append(
                Finding(WARNING, "invoice_corrects_unknown", params={"number": number})
            )
        return found

    @api.model
    def _prepare_lines(self, parsed, points, components, network_id, result):
        """Yield the lines; what is not known of them is told and kept as text."""
        network = self.env["energy.network"].browse(network_id)
        told = set()
        for block in parsed.content:
            point = points.get(block.point)
            if point is None:
                result.findings.append(
                    Finding(ERROR, "point_unknown", row=block.row, point=block.point)
                )
            for line in block.groups["lines"]:
                component = components._find(network, line["component"])
                if not component and line["component"] not in told:
                    told.add(line["component"])
                    result.findings.append(
                        Finding(
                            WARNING,
                            "component_unknown",
                            row=line["_row"],
                            params={"code": line["component"]},
                        )
                    )
                yield {
                    "point_id": point.id if point else False,
                    "point_code": block.point,
                    "component_id": component.id,
                    "component_code": line["component"],
                    "name": line["name"] or component.name or line["component"],
                    "date_start": line["date_from"] or block.values["date_from"],
                    "date_end": line["date_to"] or block.values["date_to"],
                    "quantity": float(line["quantity"] or 0),
                    "unit": line["unit"],
                    "price": float(line["price"] or 0),
                    "amount": float(line["amount"]),
                    "tax_type": line["tax_type"],
                    "tax_rate": float(line["tax_rate"] or 0),
                }

    # === The vendor bill ===

    def action_create_bills(self):
        """Make the vendor bills of invoices that have none, as drafts."""
        invoices = self.filtered(lambda invoice: not invoice.move_id)
        taxes = invoices._get_taxes()
        moves = self.env["account.move"].create(
            [invoice._prepare_move(taxes) for invoice in invoices]
        )
        for invoice, move in zip(invoices, moves, strict=True):
            invoice.move_id = move
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_in_invoice_type"
        )
        action["domain"] = [("id", "in", self.move_id.ids)]
        action["context"] = {}
        return action

    def _get_taxes(self):
        """Purchase taxes by company and rate; a missing one is an error.

        :return: ``{(company id, rate): account.tax}``
        """
        taxes = {}
        for company, lines in self.line_ids.grouped("company_id").items():
            found = self.env["account.tax"].search(
                [
                    *self.env["account.tax"]._check_company_domain(company),
                    ("type_tax_use", "=", "purchase"),
                    ("amount_type", "=", "percent"),
                    ("price_include", "=", False),
                ]
            )
            for rate in set(lines.mapped("tax_rate")) - {0.0}:
                tax = found.filtered(lambda t, rate=rate: t.amount == rate)[:1]
                if not tax:
                    raise UserError(
                        self.env._(
                            "Company %(company)s has no purchase tax of %(rate)s %%. "
                            "Enter it, then make the vendor bills again.",
                            company=company.name,
                            rate=f"{rate:g}",
                        )
                    )
                taxes[company.id, rate] = tax
        return taxes

    def _prepare_move(self, taxes):
        """Values of the vendor bill: a line per point and component."""
        self.ensure_one()
        sign = -1 if self.type == "credit" else 1
        groups = defaultdict(lambda: self.env["energy.network.invoice.line"])
        for line in self.line_ids:
            groups[line.point_code, line.component_code, line.tax_rate] |= line
        return {
            "move_type": "in_refund" if self.type == "credit" else "in_invoice",
            "company_id": self.company_id.id,
            "partner_id": self.network_id.partner_id.id,
            "ref": self.number,
            "invoice_date": self.date_issued,
            "date": self.date_taxable or self.date_issued,
            "invoice_date_due": self.date_due,
            "currency_id": self.currency_id.id,
            "invoice_line_ids": [
                Command.create(
                    {
                        "product_id": lines.component_id.product_id.id,
                        "name": f"{point} {lines[0].name}",
                        "quantity": 1.0,
                        "price_unit": sign
                        * self.currency_id.round(sum(lines.mapped("amount"))),
                        "tax_ids": [
                            Command.set(
                                taxes[self.company_id.id, rate].ids if rate else []
                            )
                        ],
                    }
                )
                for (point, _component, rate), lines in groups.items()
            ],
        }

    def action_view_lines(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Lines of %(number)s", number=self.number),
            "res_model": "energy.network.invoice.line",
            "view_mode": "list,form",
            "domain": [("invoice_id", "=", self.id)],
        }
