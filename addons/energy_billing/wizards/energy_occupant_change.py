from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date


class EnergyOccupantChange(models.TransientModel):
    """One customer leaves a point, another comes: handover reading and agreements."""

    _name = "energy.occupant.change"
    _description = "Change of Occupant"

    point_id = fields.Many2one(
        "energy.metering.point", string="Metering Point", required=True
    )
    company_id = fields.Many2one(related="point_id.company_id")
    date = fields.Date(
        string="Last Day of Who Leaves",
        required=True,
        default=fields.Date.context_today,
        help="The handover readings are those at the end of this day; the new "
        "customer begins on the next.",
    )
    agreement_id = fields.Many2one(
        "billing.agreement", string="Who Leaves", compute="_compute_agreement_id"
    )
    partner_id = fields.Many2one("res.partner", string="Known Customer")
    name = fields.Char(string="New Customer")
    company_number = fields.Char()
    email = fields.Char()
    account_id = fields.Many2one(
        "billing.account",
        string="Billing Account",
        domain="[('commercial_partner_id', '=', partner_id),"
        " ('company_id', '=', company_id)]",
        help="Empty: a new one.",
    )
    profile_id = fields.Many2one(
        "billing.profile",
        string="Billing Profile",
        compute="_compute_from_agreement",
        store=True,
        readonly=False,
    )
    type_id = fields.Many2one(
        "billing.agreement.type",
        string="Agreement Type",
        compute="_compute_from_agreement",
        store=True,
        readonly=False,
    )
    tariff_id = fields.Many2one(
        "billing.tariff",
        compute="_compute_from_agreement",
        store=True,
        readonly=False,
        help="The prices of the new customer; at first those of who leaves.",
    )
    keep_values = fields.Boolean(
        string="Keep Parameters",
        default=True,
        help="Contracted capacity and the like as they were with who leaves.",
    )
    line_ids = fields.One2many(
        "energy.occupant.change.line",
        "change_id",
        string="Handover Readings",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    effect = fields.Text(compute="_compute_effect")
    is_possible = fields.Boolean(compute="_compute_effect")

    @api.depends("point_id", "date")
    def _compute_agreement_id(self):
        for change in self:
            change.agreement_id = change.point_id.agreement_ids.filtered(
                lambda a, day=change.date: (
                    day
                    and a.type_id.segment_type_id.is_exclusive
                    and a.date_start <= day
                    and (not a.date_end or a.date_end >= day)
                )
            )[:1]

    @api.depends("agreement_id")
    def _compute_from_agreement(self):
        for change in self:
            agreement = change.agreement_id
            change.profile_id = change.profile_id or agreement.account_id.profile_id
            change.type_id = change.type_id or agreement.type_id
            change.tariff_id = change.tariff_id or change._get_term().tariff_id

    def _get_term(self):
        """The terms of who leaves on his last day."""
        return self.agreement_id.term_ids.filtered(
            lambda term: (
                self.date
                and term.date_start <= self.date
                and (not term.date_end or term.date_end >= self.date)
            )
        )[:1]

    @api.depends("point_id", "date")
    def _compute_line_ids(self):
        for change in self:
            registers = change._get_installation().meter_id.register_ids
            change.line_ids = [
                Command.clear(),
                *(
                    Command.create({"register_id": register.id})
                    for register in registers.filtered("is_billed")
                ),
            ]

    def _get_installation(self):
        day = self.date
        return self.point_id.installation_ids.filtered(
            lambda i: (
                day
                and not i.is_sub_meter
                and i.date_start <= day
                and (not i.date_end or i.date_end >= day)
            )
        )[:1]

    # === Preview ===

    @api.depends(
        "agreement_id", "date", "partner_id", "name", "account_id", "tariff_id",
        "line_ids.value",
    )  # fmt: skip
    def _compute_effect(self):
        for change in self:
            problems = change._get_problems()
            change.is_possible = not problems
            change.effect = "\n".join(problems or change._prepare_effect())

    def _get_problems(self):
        """What stands against it, a sentence each."""
        _ = self.env._
        agreement, problems = self.agreement_id, []
        if not self.date or not agreement:
            return [
                _(
                    "%(point)s has no agreement on this day. Choose another day, or "
                    "enter the new customer's agreement at the point.",
                    point=self.point_id.code,
                )
            ]
        later = self.point_id.agreement_ids.filtered(
            lambda a: (
                a.segment_type_id == agreement.segment_type_id
                and a.date_start > self.date
            )
        )
        if later:
            problems.append(
                _(
                    "%(agreement)s begins on %(day)s already. Change its first day, "
                    "or archive it.",
                    agreement=later[0].display_name,
                    day=format_date(self.env, later[0].date_start),
                )
            )
        if not self.partner_id and not (self.name or "").strip():
            problems.append(_("Choose the new customer or enter his name."))
        elif self.partner_id.commercial_partner_id == agreement.partner_id:
            problems.append(
                _("%(name)s is the customer already.", name=self.partner_id.name)
            )
        billed = self._get_billed_after()
        if billed:
            problems.append(
                _(
                    "%(agreement)s is invoiced to %(day)s. End it, cancel and rebill "
                    "that segment, then enter the new customer's agreement.",
                    agreement=agreement.display_name,
                    day=format_date(self.env, max(billed.mapped("date_end"))),
                )
            )
        problems += [
            problem for line in self.line_ids if (problem := line._get_problem())
        ]
        return problems

    def _get_billed_after(self):
        """Days after the last one that he was invoiced for."""
        return self.env["billing.segment"].search(
            [
                ("agreement_id", "=", self.agreement_id.id),
                ("is_exclusive", "=", True),
                ("state", "=", "frozen"),
                ("date_end", ">", self.date),
            ]
        )

    def _prepare_effect(self):
        _ = self.env._
        agreement = self.agreement_id
        first = format_date(self.env, self.date + timedelta(days=1))
        said = [
            _(
                "%(agreement)s of %(customer)s ends on %(day)s; a final bill is "
                "proposed.",
                agreement=agreement.code,
                customer=agreement.partner_id.name,
                day=format_date(self.env, self.date),
            ),
            _(
                "%(customer)s is supplied from %(day)s by %(tariff)s.",
                customer=self.partner_id.name or self.name,
                day=first,
                tariff=self.tariff_id.name or "–",
            ),
        ]
        if not self.partner_id:
            said.append(_("A customer, billing account and contract are created."))
        elif not self.account_id:
            said.append(_("A billing account and a contract are created."))
        said += [
            _(
                "Register %(register)s: %(quantity)s until the handover.",
                register=line.register_id.display_name,
                quantity=f"{line.quantity:g}",
            )
            for line in self.line_ids
            if line.has_quantity
        ]
        return said

    # === Writing ===

    def action_apply(self):
        """End, read and begin, all of it or nothing.

        :return: action that opens the new agreement
        """
        self.ensure_one()
        if problems := self._get_problems():
            raise UserError("\n".join(problems))
        if not (self.type_id and self.tariff_id and self.profile_id):
            raise UserError(
                self.env._(
                    "Choose agreement type, tariff and billing profile of the new "
                    "customer."
                )
            )
        leaving = self.agreement_id
        term = self._get_term()
        self.line_ids._store()
        termination = self.env["billing.termination"]._propose(
            [
                {
                    "agreement_id": leaving.id,
                    "date_end": self.date,
                    "origin": self.env._("Change of occupant"),
                }
            ]
        )
        termination.action_end()
        agreement = self._create_agreement(term)
        self.point_id.message_post(
            body=self.env._(
                "%(old)s left on %(day)s, %(new)s follows.",
                old=leaving.partner_id.name,
                new=agreement.partner_id.name,
                day=format_date(self.env, self.date),
            )
        )
        return agreement._get_records_action()

    def _create_agreement(self, term):
        partner = self.partner_id or self._create_partner()
        account = self.account_id or self.env["billing.account"].create(
            {
                "code": self.env["energy.onboarding"]._next_account_codes(
                    self.company_id, 1
                )[0],
                "partner_id": partner.id,
                "profile_id": self.profile_id.id,
                "company_id": self.company_id.id,
            }
        )
        contract = (
            self.env["contract.contract"]
            .with_context(skip_modification_mail=True)
            .create(
                {
                    "name": f"{self.type_id.name}, {partner.name}",
                    "partner_id": partner.id,
                    "company_id": self.company_id.id,
                    "date": fields.Date.context_today(self),
                }
            )
        )
        begin = self.date + timedelta(days=1)
        codes = self.env["energy.onboarding"]._get_agreement_codes(self.point_id)
        values = [
            Command.create(
                {"quantity_type_id": value.quantity_type_id.id, "value": value.value}
            )
            for value in term.value_ids
            if self.keep_values
        ]
        return self.env["billing.agreement"].create(
            {
                "code": codes[0],
                "contract_id": contract.id,
                "account_id": account.id,
                "company_id": self.company_id.id,
                "type_id": self.type_id.id,
                "point_id": self.point_id.id,
                "date_start": begin,
                "term_ids": [
                    Command.create(
                        {
                            "date_start": begin,
                            "tariff_id": self.tariff_id.id,
                            "value_ids": values,
                        }
                    )
                ],
            }
        )

    def _create_partner(self):
        point = self.point_id
        # who may write agreements may enter their customers
        return (
            self.env["res.partner"]
            .sudo()
            .create(
                {
                    "name": self.name.strip(),
                    "email": self.email,
                    "is_company": bool(self.company_number),
                    "company_registry": self.company_number,
                    "street": point.street,
                    "zip": point.zip,
                    "city": point.city,
                    "country_id": point.country_id.id or self.company_id.country_id.id,
                    "company_id": self.company_id.id,
                    "customer_rank": 1,
                }
            )
            .sudo(False)
        )
