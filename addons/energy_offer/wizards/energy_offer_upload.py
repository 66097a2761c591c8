import base64
from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.billing_base.sheets import (
    DECIMAL,
    INTEGER,
    TEXT,
    Column,
    Sheet,
    read_file,
    sentence,
    write_file,
)


class EnergyOfferUpload(models.TransientModel):
    """What a prospect used by month, from his own file: all of it or nothing."""

    _name = "energy.offer.upload"
    _description = "Upload Quantities of an Offer"

    order_id = fields.Many2one("sale.order", required=True, ondelete="cascade")
    file = fields.Binary()
    file_name = fields.Char()

    @api.model
    def _get_sheet(self, kinds):
        """Point, month and a column for each kind of quantity."""
        _ = self.env._
        return Sheet(
            "quantities",
            _("Quantities"),
            (
                Column("point", _("Metering Point"), TEXT, required=True, width=24),
                Column(
                    "month",
                    _("Month"),
                    INTEGER,
                    required=True,
                    minimum=1,
                    maximum=12,
                    help=_("1 to 12"),
                ),
                *(
                    Column(
                        kind.code,
                        f"{kind.name} ({kind.uom_id.name})",
                        DECIMAL,
                        digits=6,
                        minimum=Decimal(),
                    )
                    for kind in kinds
                ),
            ),
            unique=("point", "month"),
        )

    def _get_kinds(self):
        return (
            self.order_id.sale_order_template_id.energy_kind_ids
            or self.order_id.energy_point_ids.yearly_ids.quantity_type_id
            or self.env.ref("energy_billing.quantity_type_energy")
        )

    def action_template(self):
        """The file to fill in, with the points of the offer."""
        self.ensure_one()
        rows = [
            {"point": point.code, "month": month}
            for point in self.order_id.energy_point_ids
            for month in range(1, 13)
        ]
        content = write_file([(self._get_sheet(self._get_kinds()), rows)])
        attachment = self.env["ir.attachment"].create(
            {
                "name": f"{self.order_id.name}.xlsx",
                "raw": content,
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "new",
        }

    def action_upload(self):
        """Replace the expected months; points that are not offered yet are added.

        :raises UserError: naming the first places that are wrong
        """
        self.ensure_one()
        self.order_id._check_energy_open()
        if not self.file:
            raise UserError(self.env._("Choose a file first."))
        kinds = self._get_kinds()
        sheet = self._get_sheet(kinds)
        content = base64.b64decode(self.with_context(bin_size=False).file)
        reading = read_file(content, self.file_name or "", [sheet])
        self._check_reading(reading)
        months = defaultdict(lambda: defaultdict(dict))
        for record in reading.records["quantities"]:
            for kind in kinds:
                if record[kind.code] is not None:
                    months[record["point"]][kind][record["month"]] = record[kind.code]
        order = self.order_id
        known = order.energy_point_ids.grouped("code")
        order.energy_point_ids = [
            Command.create({"code": code}) for code in months if code not in known
        ]
        for point in order.energy_point_ids:
            if point.code in months:
                point._store_quantities(months[point.code], "file")
        return {"type": "ir.actions.act_window_close"}

    def _check_reading(self, reading):
        errors = [
            f"{finding.place}: {sentence(finding, self.env._)}"
            for finding in reading.errors[:10]
        ]
        if not reading.errors and not reading.records["quantities"]:
            errors = [self.env._("The file has no rows.")]
        if errors:
            raise UserError(
                self.env._(
                    "Nothing was taken from the file:\n%(errors)s",
                    errors="\n".join(errors),
                )
            )
