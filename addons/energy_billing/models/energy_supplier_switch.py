from odoo import api, fields, models
from odoo.exceptions import UserError


class EnergySupplierSwitch(models.Model):
    """The change of a point to us: asked of its distributor, accepted or rejected."""

    _name = "energy.supplier.switch"
    _description = "Supplier Switch"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_start, id"
    _rec_name = "point_id"
    _check_company_auto = True

    agreement_id = fields.Many2one(
        "billing.agreement",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    point_id = fields.Many2one(
        related="agreement_id.point_id",
        string="Metering Point",
        store=True,
        index=True,
    )
    network_id = fields.Many2one(related="point_id.network_id", store=True, index=True)
    partner_id = fields.Many2one(
        related="agreement_id.partner_id", string="Customer", store=True
    )
    company_id = fields.Many2one(
        related="agreement_id.company_id", store=True, index=True
    )
    user_id = fields.Many2one(
        "res.users", string="Responsible", default=lambda self: self.env.user
    )
    date_start = fields.Date(string="Supply From", required=True, tracking=True)
    request_id = fields.Many2one(
        "energy.switch.request", readonly=True, ondelete="restrict"
    )
    date_requested = fields.Date(string="Requested On", readonly=True)
    date_answered = fields.Date(string="Answered On", readonly=True)
    date_confirmed = fields.Date(string="Confirmed For", readonly=True, tracking=True)
    reason_code = fields.Char(readonly=True, tracking=True)
    reason = fields.Char(readonly=True, tracking=True)
    state = fields.Selection(
        [
            ("draft", "To Request"),
            ("requested", "Waits for an Answer"),
            ("accepted", "Accepted"),
            ("rejected", "Rejected"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        index=True,
        tracking=True,
    )

    # one request at a time, whoever makes it
    _one_open = models.UniqueIndex(
        "(agreement_id) WHERE state IN ('draft', 'requested')",
        "This agreement has an open supplier switch already.",
    )

    @api.model
    def _open_for(self, agreements):
        """Switches to request, for those of ``agreements`` that have no open or
        accepted one.

        :return: the energy.supplier.switch created
        """
        known = self.search(
            [
                ("agreement_id", "in", agreements.ids),
                ("state", "in", ("draft", "requested", "accepted")),
            ]
        ).agreement_id
        wanted = agreements - known
        lacking = wanted.filtered(lambda agreement: not agreement.point_id.network_id)
        if lacking:
            raise UserError(
                self.env._(
                    "Agreement %(agreement)s has no metering point with a network, so "
                    "nobody can be asked for the switch. Enter it at the point.",
                    agreement=lacking[0].display_name,
                )
            )
        return self.create(
            [
                {"agreement_id": agreement.id, "date_start": agreement.date_start}
                for agreement in wanted
            ]
        )

    # === Request ===

    def action_request(self):
        """Make a request file for each distributor, and mail it where he has an
        address."""
        drafts = self.filtered(lambda switch: switch.state == "draft")
        if not drafts:
            raise UserError(self.env._("None of these is to be requested."))
        # whoever else asks for the same waits and finds it done
        drafts.lock_for_update()
        requests = self.env["energy.switch.request"]
        for network, switches in drafts.grouped("network_id").items():
            requests |= requests._make(network, switches)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "energy_billing.energy_switch_request_action"
        )
        action["domain"] = [("id", "in", requests.ids)]
        return action

    def action_cancel(self):
        """Ask no more; what was requested has to be withdrawn at the distributor."""
        self.filtered(lambda switch: switch.state in ("draft", "requested")).write(
            {"state": "cancelled"}
        )

    # === Answer ===

    def _answer(self, result, day, record):
        """Store what a distributor answered.

        :param result: "accepted" or "rejected"
        :param day: of the answer
        :param record: row of the answer sheet
        """
        self.ensure_one()
        self.write(
            {
                "state": result,
                "date_answered": day,
                "date_confirmed": record["date"] or self.date_start
                if result == "accepted"
                else False,
                "reason_code": record["reason_code"],
                "reason": record["reason"],
            }
        )
        if result == "rejected":
            self._plan_activity(
                self.env._("Supplier switch rejected"),
                " ".join(filter(None, (record["reason_code"], record["reason"]))),
            )
        elif self.date_confirmed != self.agreement_id.date_start:
            self._plan_activity(
                self.env._("Supply begins on another day"),
                self.env._(
                    "Confirmed for %(confirmed)s, agreed from %(agreed)s. Change the "
                    "agreement and its terms.",
                    confirmed=self.date_confirmed,
                    agreed=self.agreement_id.date_start,
                ),
            )

    def _plan_activity(self, summary, note):
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=summary,
            note=note,
            user_id=(self.user_id or self.env.user).id,
        )

    @api.model
    def _get_waiting(self, network, codes):
        """``{point code: switch}`` of the last request of each point."""
        switches = self.search(
            [
                ("network_id", "=", network.id),
                ("point_id.code", "in", codes),
                ("state", "in", ("requested", "accepted", "rejected")),
            ],
            order="id",
        )
        return {switch.point_id.code: switch for switch in switches}
