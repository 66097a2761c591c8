from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ..models.billing_agreement_type import KINDS


class PostalCopy(models.TransientModel):
    """The specifications of an earlier period as drafts of a new one."""

    _name = "postal.copy"
    _description = "Copy Specifications"

    source_period_id = fields.Many2one(
        "billing.period", string="Copy From", required=True
    )
    period_id = fields.Many2one(
        "billing.period", string="To", required=True, domain="[('state', '=', 'open')]"
    )
    kind = fields.Selection(KINDS, string="Only", help="Empty: every kind.")
    cost_centre_ids = fields.Many2many(
        "account.analytic.account",
        string="Cost Centres",
        domain="[('is_cost_centre', '=', True)]",
        help="Empty: all you see.",
    )
    partner_ids = fields.Many2many(
        "res.partner", string="Partners", help="Empty: all of them."
    )
    keeps_quantities = fields.Boolean(
        string="Keep the Quantities",
        default=True,
        help="Otherwise the services are copied and the quantities left empty.",
    )
    result = fields.Text(string="What Was Left Out", readonly=True)
    is_done = fields.Boolean(readonly=True)
    specification_ids = fields.Many2many("postal.specification", readonly=True)

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        periods = self.env["billing.period"].search(
            [("is_active", "=", True), ("company_id", "=", self.env.company.id)],
            limit=1,
        )
        values["period_id"] = periods.id
        return values

    def _get_sources(self):
        domain = Domain("period_id", "=", self.source_period_id.id) & Domain(
            "kind", "!=", "direct"
        )
        if self.kind:
            domain &= Domain("kind", "=", self.kind)
        if self.cost_centre_ids:
            domain &= Domain("cost_centre_id", "in", self.cost_centre_ids.ids)
        if self.partner_ids:
            domain &= Domain("partner_id", "in", self.partner_ids.ids)
        return self.env["postal.specification"].search(domain, order="id")

    def action_copy(self):
        """Copy what was not copied before; prices are those of the new period.

        :return: the action of the wizard, which now tells what was left out
        """
        self.ensure_one()
        if self.source_period_id == self.period_id:
            raise UserError(self.env._("Choose another period to copy from."))
        self.period_id._check_open()
        sources = self._get_sources()
        Specification = self.env["postal.specification"]
        there = Specification.search([("period_id", "=", self.period_id.id)])
        copied = set(there.copied_from_id.ids)
        drafts = {self._key(spec) for spec in there if not spec.is_checked}
        vals_list, left_out, copied_from = [], [], []
        for source in sources:
            if source.id in copied:
                left_out.append(self._tell(source, self.env._("copied before")))
            elif self._key(source) in drafts:
                left_out.append(self._tell(source, self.env._("has a draft already")))
            else:
                lines, inactive = self._prepare_lines(source)
                left_out += [self._tell(source, text) for text in inactive]
                vals_list.append(self._prepare(source, lines))
                copied_from.append(source)
                drafts.add(self._key(source))
        made = Specification.create(vals_list)
        for spec, source in zip(made.sudo(), copied_from, strict=True):
            spec.copied_from_id = source
        left_out += [
            self._tell(spec, self.env._("the contract has expired, no price"))
            for spec in made
            if not spec.agreement_id
        ]
        self.write(
            {
                "result": "\n".join(left_out),
                "is_done": True,
                "specification_ids": [Command.set(made.ids)],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Copy Specifications"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _key(self, specification):
        return (
            specification.kind,
            specification.cost_centre_id.id,
            specification.partner_id.id,
        )

    def _tell(self, specification, text):
        centre = specification.cost_centre_id.display_name
        return ": ".join(filter(None, (centre, specification.display_name, text)))

    def _prepare_lines(self, source):
        """Values of the entries, and what is not offered any more."""
        lines, inactive = [], []
        for line in source.line_ids:
            if line.mailing_id:
                continue
            if line.item_id.active:
                lines.append(line._prepare_copy(self.keeps_quantities))
            else:
                inactive.append(
                    self.env._(
                        "%(service)s is not offered any more",
                        service=line.item_id.display_name,
                    )
                )
        return lines, inactive

    def _prepare(self, source, lines):
        vals = {
            "kind": source.kind,
            "period_id": self.period_id.id,
            "company_id": source.company_id.id,
            "cost_centre_id": source.cost_centre_id.id,
            "partner_id": source.partner_id.id,
            "line_ids": [Command.create(line) for line in lines],
        }
        if self.keeps_quantities:
            vals.update(
                total_cheques=source.total_cheques,
                total_money=source.total_money,
                centre_ids=[
                    Command.create(
                        {
                            "cost_centre_id": row.cost_centre_id.id,
                            "cheques": row.cheques,
                            "money": row.money,
                        }
                    )
                    for row in source.centre_ids
                ],
                mailing_ids=[
                    Command.create(mailing.copy_data({"date": False})[0])
                    for mailing in source.mailing_ids
                ],
            )
        return vals

    def action_view(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "postal_billing.postal_specification_action"
        )
        action["domain"] = [("id", "in", self.specification_ids.ids)]
        action["context"] = {}
        return action
