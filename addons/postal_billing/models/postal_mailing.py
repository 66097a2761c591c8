from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.billing_base.rating import to_decimal

from ..postage import Mailing, parts_of


class PostalMailing(models.Model):
    """A mailing job of hybrid mail; its entries follow from pieces and pages."""

    _name = "postal.mailing"
    _description = "Mailing Job"
    _order = "specification_id, date, id"
    _check_company_auto = True

    name = fields.Char(string="Job", required=True)
    specification_id = fields.Many2one(
        "postal.specification", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="specification_id.company_id", store=True)
    date = fields.Date(string="Mailed On")
    pieces = fields.Integer(required=True)
    pages = fields.Integer(string="Pages per Piece", default=1, required=True)
    inserts = fields.Integer(string="Inserts per Piece")
    insert_weight = fields.Float(string="Grams of an Insert", digits=(16, 1), default=5)
    is_colour = fields.Boolean(string="Colour")
    is_duplex = fields.Boolean(string="Both Sides", default=True)
    weight = fields.Float(
        string="Grams of a Piece", digits=(16, 1), compute="_compute_weight"
    )
    line_ids = fields.One2many("postal.specification.line", "mailing_id")

    _pieces_positive = models.Constraint(
        "CHECK (pieces > 0 AND pages > 0 AND inserts >= 0 AND insert_weight >= 0)",
        "A mailing job has at least one piece of one page.",
    )
    _name_once = models.Constraint(
        "UNIQUE (specification_id, name)",
        "A job is entered once; change the one that is there.",
    )

    def _get_mailing(self):
        self.ensure_one()
        return Mailing(
            pieces=self.pieces,
            pages=self.pages,
            inserts=self.inserts,
            is_duplex=self.is_duplex,
            insert_grams=to_decimal(self.insert_weight),
        )

    @api.depends("pieces", "pages", "inserts", "is_duplex", "insert_weight")
    def _compute_weight(self):
        for mailing in self:
            is_whole = mailing.pieces > 0 and mailing.pages > 0
            mailing.weight = (
                float(mailing._get_mailing().piece_grams) if is_whole else 0
            )

    @api.model_create_multi
    def create(self, vals_list):
        mailings = super().create(vals_list)
        mailings._make_lines()
        return mailings

    def write(self, vals):
        result = super().write(vals)
        self._make_lines()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_checked(self):
        self.specification_id._check_changeable()

    def _make_lines(self):
        """Replace the entries of the jobs by what their figures say."""
        self.specification_id._check_changeable()
        self.line_ids.unlink()
        self.env["postal.specification.line"].create(
            [vals for mailing in self for vals in mailing._prepare_lines()]
        )

    def _prepare_lines(self):
        """Values of the entries; services are found by their part of hybrid mail.

        :raises UserError: where the price list has none, or two, for a part
        """
        self.ensure_one()
        specification = self.specification_id
        items = specification.tariff_id.item_ids.filtered("hybrid_part")
        vals_list = []
        for part in parts_of(self._get_mailing()):
            wanted = "colour" if part.service == "print" and self.is_colour else (
                part.service
            )  # fmt: skip
            found = items.filtered(lambda item, wanted=wanted: (
                item.hybrid_part == wanted))  # fmt: skip
            if len(found) != 1:
                raise UserError(
                    self.env._(
                        "%(partner)s: the price list %(list)s has %(count)s services "
                        "for the part “%(part)s” of a mailing job; it needs one.",
                        partner=specification.partner_id.display_name,
                        list=specification.tariff_id.display_name or "–",
                        count=len(found),
                        part=wanted,
                    )
                )
            vals_list.append(
                {
                    "specification_id": specification.id,
                    "mailing_id": self.id,
                    "item_id": found.id,
                    "quantity": part.quantity,
                    "weight": float(part.grams or 0),
                    "date": self.date,
                    "reference": self.name,
                }
            )
        return vals_list
