from odoo import fields, models


class EnergyTableProfileColumn(models.Model):
    """Where a table has what."""

    _name = "energy.table.profile.column"
    _description = "Column of a Table Profile"
    _order = "profile_id, group, id"

    profile_id = fields.Many2one(
        "energy.table.profile", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="profile_id.company_id")
    group = fields.Integer(
        string="Register Group",
        help="0 for columns of the whole row; 1, 2 … for the columns of the first, "
        "second … register where a row has several.",
    )
    field = fields.Selection(
        [
            ("point", "Metering point"),
            ("meter", "Meter"),
            ("register", "Register"),
            ("date_from", "From"),
            ("date_to", "To"),
            ("reading_from", "Opening reading"),
            ("reading_to", "Closing reading"),
            ("multiplier", "Multiplier"),
            ("quantity", "Quantity"),
            ("quality", "Quality"),
            ("channel", "Channel"),
            ("day", "Day"),
            ("timestamp", "Date and time"),
            ("time", "Time"),
            ("position", "Number of the interval"),
            ("fold", "Second pass of the doubled hour"),
            ("value", "Value"),
            ("component", "Component of distribution"),
            ("number", "Number of the invoice"),
            ("date_issued", "Date of the invoice"),
            ("date_due", "Due date"),
            ("price", "Price"),
            ("amount", "Untaxed amount"),
            ("tax_rate", "Tax (%)"),
            ("status", "Status"),
            ("customer", "Customer"),
            ("company_number", "Company number"),
            ("street", "Street"),
            ("zip", "Postal code"),
            ("city", "City"),
            ("voltage", "Voltage level"),
            ("capacity", "Capacity (kW)"),
            ("measurement", "Kind of measurement"),
            ("load_profile", "Load profile"),
            ("annual_quantity", "Yearly quantity"),
            ("reason", "Reason"),
        ],
        string="Content",
        required=True,
    )
    reference = fields.Char(
        string="Column",
        required=True,
        help="The text of the header, or a position: @C or @3. For the register of a "
        "group: the code of the register.",
    )

    _field_unique = models.Constraint(
        'UNIQUE (profile_id, "group", field)', "A content stands in one column only."
    )
