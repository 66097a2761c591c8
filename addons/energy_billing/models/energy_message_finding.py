from odoo import api, fields, models

from ..market.errors import Finding

LEVELS = [("critical", "Critical"), ("error", "Error"), ("warning", "Warning")]


def _(msgid):
    """Mark a msgid for the extraction of translations; return it unchanged."""
    return msgid


MESSAGES = {
    "profile_missing": _(
        "No profile fits the file, or several do. Choose one and import it again."
    ),
    "nothing_usable": _(
        "No row of the file could be used. See the other findings for the reasons."
    ),
    "internal": _(
        "The file could not be processed because of an internal error. Nothing was "
        "stored. The server log has the details; try again after an update."
    ),
    "point_unknown": _(
        "There is no metering point of this code. Enter the point, or ask the sender "
        "why it is in the file; then import the file again."
    ),
    "confirmed_unknown": _(
        "A change or the end of supply is confirmed, but there is no metering point of "
        "this code (customer %(customer)s). Enter the point, or ask the sender."
    ),
    "point_network": _(
        "The point belongs to network %(network)s, the file comes from %(sender)s. "
        "Correct the point's network or ask the sender."
    ),
    "point_not_interval": _(
        "The point is not billed on intervals; its values are stored all the same."
    ),
    "register_unknown": _(
        "No register or channel has the code %(value)s. Add it to the register codes, "
        "or translate it in the profile."
    ),
    "meter_unknown": _(
        "Meter %(meter)s is not known. Its usage is stored without its readings. Enter "
        "the meter and its installation, then import the file again."
    ),
    "meter_new": _("Meter %(meter)s was entered from the file."),
    "meter_elsewhere": _(
        "Meter %(meter)s is installed at point %(other)s in these days. Correct the "
        "installation or ask the sender."
    ),
    "meter_life": _(
        "Meter %(meter)s is at this point from %(start)s to %(end)s only; the row goes "
        "from %(row_start)s to %(row_end)s."
    ),
    "registers_missing": _(
        "Meter %(meter)s has registers without a row in the file: %(registers)s."
    ),
    "multiplier": _(
        "The file multiplies by %(value)s, the installation by %(expected)s. Correct "
        "the installation or ask the sender."
    ),
    "opening_missing": _(
        "The row has no opening reading and none is stored before %(day)s. Enter the "
        "reading from which the usage counts."
    ),
    "reading_differs": _(
        "The opening reading is %(value)s, the stored closing reading of %(day)s is "
        "%(stored)s. Ask the sender which is right; a corrected earlier file comes "
        "first."
    ),
    "reading_corrected": _(
        "The reading of %(day)s was %(stored)s and becomes %(value)s."
    ),
    "impossible_quantity": _(
        "%(value)s kWh cannot flow through a connection of %(capacity)s kW in %(days)s "
        "days. Correct the connection capacity or ask the sender."
    ),
    "impossible_value": _(
        "%(day)s has a power of %(value)s kW at a connection of %(capacity)s kW. "
        "Correct the connection capacity or ask the sender."
    ),
    "usage_overlap": _(
        "The point has a usage from %(start)s to %(end)s, of which the file covers a "
        "part only. Ask the sender for the other days."
    ),
    "usage_twice": _(
        "The file has two quantities of the same kind for %(start)s to %(end)s."
    ),
    "sender_unknown": _(
        "The message comes from %(found)s, the profile expects %(expected)s. Correct "
        "the profile or ask who sent it."
    ),
    "recipient_wrong": _(
        "The message is meant for %(found)s, our code is %(expected)s. Correct the "
        "profile or tell the sender."
    ),
    "number_used": _(
        "The message number %(number)s was used already by %(other)s, with other "
        "content. Ask the sender: a correction has a number of its own."
    ),
    "cancels_unknown": _(
        "The message takes back document %(number)s, which was not received from this "
        "sender. Ask the sender which document is meant."
    ),
    "batch_broken": _("The ZIP file is damaged or was not sent completely."),
    "batch_too_large": _(
        "The ZIP file holds %(members)s messages of %(size)s MB altogether, which is "
        "more than is allowed. Ask the sender for smaller files."
    ),
    "member_rejected": _(
        "Nothing of this message of the batch was imported: see the message itself."
    ),
    "response": _("Answer to message %(number)s: %(code)s %(text)s"),
    "order_no_agreement": _(
        "The point has no metered agreement in the days to bill. Enter the agreement, "
        "or ask the sender why the data came to us."
    ),
    "breaker_differs": _(
        "The message has a main circuit-breaker of %(told)s, the point of %(known)s. "
        "Correct the point or ask the distributor."
    ),
    "curve_unknown": _(
        "No price series has the code %(code)s. Enter the series, or its code in files."
    ),
    "price_unit": _(
        "The prices are per %(units)s; only prices per MWh can be read from this kind "
        "of document."
    ),
    "invoice_again": _(
        "Invoice %(number)s of this distributor was received already with %(other)s. "
        "Ask the distributor: each invoice has a number of its own."
    ),
    "invoice_simulation": _(
        "The distributor charges %(received)s where our price lists and measurement "
        "give %(simulated)s."
    ),
    "invoice_total": _(
        "The lines add up to %(lines)s, the invoice says %(total)s. Ask the "
        "distributor."
    ),
    "invoice_corrects_unknown": _(
        "The invoice corrects invoice %(number)s, which was not received."
    ),
    "component_unknown": _(
        "Component %(code)s is not in the list of components of distribution. Add it, "
        "so that it can be compared with what was billed."
    ),
}
"""What the checks against the database find; the parser's texts are its own."""


class EnergyMessageFinding(models.Model):
    """One thing that is wrong, or worth knowing, in a message."""

    _name = "energy.message.finding"
    _description = "Import Finding"
    _order = "message_id desc, level, row_number, id"
    _log_access = False
    _check_company_auto = True

    message_id = fields.Many2one(
        "energy.message",
        string="File",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="message_id.company_id", store=True, index=True
    )
    level = fields.Selection(LEVELS, required=True, readonly=True)
    code = fields.Char(required=True, readonly=True)
    row_number = fields.Integer(string="Row", readonly=True, aggregator=None)
    column_name = fields.Char(string="Column", readonly=True)
    element = fields.Char(readonly=True)
    place = fields.Char(compute="_compute_place")
    point_code = fields.Char(readonly=True)
    point_id = fields.Many2one(
        "energy.metering.point",
        string="Metering Point",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    date_start = fields.Date(
        string="From", readonly=True, help="The days the finding is about."
    )
    date_end = fields.Date(string="To", readonly=True)
    params = fields.Json(readonly=True)
    message = fields.Text(compute="_compute_message")

    @api.depends("row_number", "column_name", "element")
    @api.depends_context("lang")
    def _compute_place(self):
        for finding in self:
            parts = []
            if finding.row_number:
                parts.append(self.env._("row %(row)s", row=finding.row_number))
            if finding.column_name:
                parts.append(
                    self.env._("column %(column)s", column=finding.column_name)
                )
            if finding.element:
                parts.append(finding.element)
            finding.place = ", ".join(parts)

    @api.depends("code", "params")
    @api.depends_context("lang")
    def _compute_message(self):
        for finding in self:
            finding.message = self._render(finding.code, finding.params or {})

    @api.depends("message_id", "code")
    def _compute_display_name(self):
        for finding in self:
            finding.display_name = finding.message

    @api.model
    def _render(self, code, params):
        """The text of a finding in the user's language, without its place."""
        template = MESSAGES.get(code)
        if template is None:
            return Finding("", code, params=params).message(self.env._)
        # the msgids stand in MESSAGES, marked for extraction
        return self.env._(template) % params  # pylint: disable=translation-not-lazy
