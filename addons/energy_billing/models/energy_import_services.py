from collections import defaultdict
from decimal import Decimal

from odoo import api, models

from ..market.ote import Block
from ..market.tables.services import parse_services
from .energy_import import ImportResult
from .energy_import_market import Parsed


class EnergyImportServices(models.AbstractModel):
    """Network services of a table: an invoice of the distributor for each number.

    A point with a wrong row is left out of its invoice as a whole.
    """

    _name = "energy.import.services"
    _inherit = "energy.import"
    _description = "Import of Network Services"

    @api.model
    def _import(self, message, fileobj):
        profile = message.profile_id
        parsed = parse_services(profile._to_table_profile(), fileobj)
        groups = defaultdict(list)
        for row in parsed:
            groups[row.number or message.name].append(row)
        total = ImportResult(parsed.findings, {}, {"row_count": parsed.rows_read})
        merge = self.env["energy.import.mscons"]._add
        for number, rows in groups.items():
            good = [row for row in rows if row.point not in parsed.bad_points]
            if not good:
                continue
            invoice = self._to_invoice(message, number, good)
            result = self.env["energy.network.invoice"]._receive(
                profile, [(message, invoice)]
            )
            merge(total, result[message.id])
        return total

    @api.model
    def _to_invoice(self, message, number, rows):
        """The rows of one number in the form of an invoice message."""
        by_point = defaultdict(list)
        for row in rows:
            by_point[row.point].append(row)
        issued = max(row.date_issued or row.date_to for row in rows)
        net = sum((row.amount for row in rows), Decimal())
        tax = sum(
            (row.amount * (row.tax_rate or 0) / 100 for row in rows), Decimal()
        ).quantize(Decimal("0.01"))
        header = {
            "number": number,
            "type": "credit" if net < 0 else "invoice",
            "date_issued": issued,
            "date_taxable": max(row.date_to for row in rows),
            "date_due": max(row.date_due or issued for row in rows),
            "currency": message.company_id.currency_id.name,
            "net": net,
            "tax": tax,
            "gross": net + tax,
        }
        blocks = [
            Block(
                point,
                lines[0].row,
                "",
                {
                    "date_from": min(_first(line) for line in lines),
                    "date_to": max(line.date_to for line in lines),
                },
                {"lines": [_line(line) for line in lines]},
                [],
            )
            for point, lines in by_point.items()
        ]
        return Parsed("invoice", header, blocks, [], None)


def _first(row):
    """The first day of a row; one that names none is for its month."""
    return row.date_from or row.date_to.replace(day=1)


def _line(row):
    return {
        "_row": row.row,
        "component": row.component,
        "name": None,
        "date_from": _first(row),
        "date_to": row.date_to,
        "quantity": row.quantity,
        "unit": None,
        "price": row.price,
        "amount": row.amount,
        "tax_type": None,
        "tax_rate": row.tax_rate,
    }
