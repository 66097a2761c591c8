import base64
import csv
import io

from lxml import etree

from odoo import fields, models
from odoo.exceptions import UserError

COLUMNS = ("item", "quantity", "done", "component")


class ConnectionChangeImport(models.TransientModel):
    """A contractor's change message as a text or XML file."""

    _name = "connection.change.import"
    _description = "Change Message from a File"

    order_id = fields.Many2one("connection.order", required=True)
    number = fields.Char(
        string="Message Number", required=True, help="A number counts once."
    )
    note = fields.Char(string="Reason")
    file = fields.Binary(required=True, attachment=False)
    filename = fields.Char()

    def action_import(self):
        self.ensure_one()
        self.env["connection.order.change"]._receive(
            self.order_id, self.number.strip(), self._read_rows(), self.note or ""
        )
        return {"type": "ir.actions.act_window_close"}

    def _read_rows(self):
        """Rows as ``connection.order.change._receive`` takes them.

        :raises UserError: naming line and column
        """
        content = base64.b64decode(self.file)
        if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
            return [
                self._prepare_row(number, line)
                for number, line in self._iter_xml(content)
            ]
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise UserError(
                self.env._("The file is not UTF-8 text. Save it as CSV UTF-8.")
            ) from error
        reader = csv.DictReader(io.StringIO(text), delimiter=";")
        heads = [(name or "").strip().lower() for name in reader.fieldnames or ()]
        reader.fieldnames = heads
        if "item" not in heads or not {"quantity", "done"} & set(heads):
            raise UserError(
                self.env._(
                    "The first line must name the columns %(columns)s.",
                    columns="; ".join(COLUMNS),
                )
            )
        return [
            self._prepare_row(number, line) for number, line in enumerate(reader, 2)
        ]

    def _iter_xml(self, content):
        """(line number, attributes) of each ``<row item="…" quantity="…"/>``."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        try:
            root = etree.fromstring(content, parser)
        except etree.XMLSyntaxError as error:
            raise UserError(
                self.env._("The file is no XML: %(reason)s", reason=error.msg)
            ) from error
        for element in root.iter("row"):
            yield element.sourceline, element.attrib

    def _prepare_row(self, number, line):
        row = {
            "item": (line.get("item") or "").strip(),
            "component": (line.get("component") or "").strip() or None,
        }
        for name in ("quantity", "done"):
            row[name] = self._read_number(number, name, line.get(name))
        return row

    def _read_number(self, line, column, text):
        text = (text or "").strip().replace(",", ".")
        if not text:
            return None
        try:
            number = float(text)
        except ValueError:
            number = -1
        if not 0 <= number < 10**9:
            raise UserError(
                self.env._(
                    "Line %(line)s, column %(column)s: “%(text)s” is no quantity.",
                    line=line,
                    column=column,
                    text=text,
                )
            )
        return number
