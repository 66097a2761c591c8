from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import formatLang

from .connection_letter import draw_letters
from .tools import exact


class SaleOrder(models.Model):
    """The offer of a case: signature, online payment and revision are Odoo's."""

    _inherit = "sale.order"

    connection_case_id = fields.Many2one(
        "connection.case",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    connection_acceptance_ids = fields.One2many("connection.acceptance", "order_id")
    connection_declined_on = fields.Datetime(
        string="Declined On", readonly=True, copy=False
    )
    connection_decline_reason = fields.Char(
        string="Reason for Declining", readonly=True, copy=False
    )
    connection_reminded_on = fields.Date(readonly=True, copy=False)
    connection_difference = fields.Html(
        string="Changes Since the Last Revision",
        compute="_compute_connection_difference",
    )

    # === Acceptance ===

    def write(self, vals):
        signed = self.browse()
        if vals.get("signature"):
            signed = self.filtered("connection_case_id")
            signed._check_signable(vals)
        result = super().write(vals)
        if signed:
            signed._record_acceptance(
                "portal", vals["signed_by"], vals.get("signed_on")
            )
        return result

    def _check_signable(self, vals):
        # the portal signs as superuser after it checked the customer's token
        if not self.env.su:
            raise UserError(
                self.env._(
                    "Offers are signed by the customer in the portal. Record what came "
                    "on paper with “Acceptance on Paper”."
                )
            )
        for offer in self:
            if not offer._has_to_be_signed():
                raise UserError(
                    self.env._(
                        "Offer %(offer)s is no longer open for acceptance: it was "
                        "accepted, replaced or cancelled, or has expired.",
                        offer=offer.name,
                    )
                )
            if not (vals.get("signed_by") or "").strip():
                raise UserError(self.env._("Enter the name of who signs."))

    def _record_acceptance(self, kind, signed_by, signed_on=None, ip_address=None):
        """Store who accepted, before anything follows from it.

        Called for the customer too, who has no rights on cases.
        """
        return (
            self.env["connection.acceptance"]
            .sudo()
            .create(
                [
                    {
                        "order_id": offer.id,
                        "case_id": offer.connection_case_id.id,
                        "kind": kind,
                        "signed_by": signed_by.strip(),
                        "signed_on": signed_on or fields.Datetime.now(),
                        "ip_address": ip_address
                        or self.env.context.get("connection_ip"),
                        "user_id": self.env.uid,
                        "amount": offer.amount_total,
                    }
                    for offer in self
                ]
            )
        )

    def _confirmation_error_message(self):
        message = super()._confirmation_error_message()
        if message or not self.connection_case_id:
            return message
        if not self.sudo().connection_acceptance_ids:
            return self.env._(
                "Offer %(offer)s was not accepted by the customer. He signs it in the "
                "portal, or record his acceptance on paper.",
                offer=self.name,
            )
        return False

    def _is_confirmation_amount_reached(self):
        # a payment without a signature accepts nothing; it stays as a credit
        if self.connection_case_id and not self.sudo().connection_acceptance_ids:
            return False
        return super()._is_confirmation_amount_reached()

    def _action_confirm(self):
        result = super()._action_confirm()
        # the customer confirms by signing and has no rights on orders
        self.sudo().connection_case_id._release_orders()
        return result

    def _mark_declined(self, reason):
        """The customer declined in the portal, which cancelled the offer."""
        self.write(
            {
                "connection_declined_on": fields.Datetime.now(),
                "connection_decline_reason": reason.strip(),
            }
        )

    # === Sending ===

    def _find_mail_template(self):
        self.ensure_one()
        if self.connection_case_id and self.state in ("draft", "sent"):
            return self.env.ref("energy_connection.mail_template_offer")
        return super()._find_mail_template()

    def action_connection_send(self):
        """Mail the offers with their letter and a portal invitation, at once."""
        template = self.env.ref("energy_connection.mail_template_offer")
        for offer in self:
            offer._check_sendable()
        self._invite_to_portal()
        template.send_mail_batch(
            self.ids, email_layout_xmlid="mail.mail_notification_light"
        )
        self.filtered(lambda o: o.state == "draft").action_quotation_sent()
        return True

    def _check_sendable(self):
        self.ensure_one()
        if self.state not in ("draft", "sent"):
            raise UserError(
                self.env._("Offer %(offer)s is not open any more.", offer=self.name)
            )
        if not self.partner_id.email:
            raise UserError(
                self.env._(
                    "%(customer)s has no e-mail address. Enter it, or print the offer "
                    "and record the acceptance on paper.",
                    customer=self.partner_id.display_name,
                )
            )

    def _invite_to_portal(self):
        """A login for customers who have none; Odoo sends the invitation."""
        without = self.partner_id.filtered(lambda p: not p.sudo().user_ids)
        if not without:
            return
        # clerks send offers but don't administer users
        wizard = (
            self.env["portal.wizard"]
            .sudo()
            .create({"partner_ids": [Command.set(without.ids)]})
        )
        for user in wizard.user_ids.filtered(lambda u: u.email_state == "ok"):
            user.action_grant_access()

    @api.model
    def _cron_remind_offers(self):
        """Remind customers whose offers are about to expire, once."""
        today = fields.Date.context_today(self)
        offers = self.search(
            Domain("connection_case_id", "!=", False)
            & Domain("state", "=", "sent")
            & Domain("connection_reminded_on", "=", False)
            & Domain("validity_date", ">=", today)
        )
        due = offers.filtered(
            lambda o: (
                (o.validity_date - today).days
                <= o.connection_case_id.type_id.reminder_days
                and o.partner_id.email
            )
        )
        template = self.env.ref("energy_connection.mail_template_offer_reminder")
        template.send_mail_batch(due.ids)
        due.connection_reminded_on = today

    # === Revision ===

    def create_revision(self):
        for offer in self.filtered("connection_case_id"):
            if offer.state not in ("draft", "sent") or offer.signature:
                raise UserError(
                    self.env._(
                        "Offer %(offer)s was signed or closed. Make a supplementary "
                        "offer on the case instead.",
                        offer=offer.name,
                    )
                )
        return super().create_revision()

    def copy_revision_with_context(self):
        new = super().copy_revision_with_context()
        case = new.connection_case_id
        if case:
            case._check_offerable()
            lines = case._prepare_offer_lines(case._get_accepted_amounts())
            new.order_line.unlink()
            new.write(
                {
                    "order_line": [Command.create(line) for line in lines],
                    "validity_date": case._prepare_offer([])["validity_date"],
                    "milestone_ids": [
                        Command.create(milestone)
                        for milestone in case._prepare_milestones(
                            self.milestone_ids or case.type_id.milestone_ids
                        )
                    ],
                }
            )
        return new

    def _compute_connection_difference(self):
        for offer in self:
            earlier = offer.with_context(active_test=False).old_revision_ids
            previous = earlier.sorted("revision_number")[-1:]
            offer.connection_difference = previous and offer._get_difference(previous)

    def _get_difference(self, previous):
        """What changed against ``previous``, as a table."""

        def amounts(order):
            found = {}
            for line in order.order_line.filtered(lambda line: not line.display_type):
                name, amount = found.get(line.connection_key, (line.name, exact(0)))
                found[line.connection_key] = (
                    name,
                    amount + exact(line.price_subtotal),
                )
            return found

        before, after = amounts(previous), amounts(self)
        rows = Markup()
        for key in dict.fromkeys((*before, *after)):
            name, old = before.get(key, ("", exact(0)))
            name, new = after.get(key, (name, exact(0)))
            if old == new:
                continue
            money = [
                formatLang(self.env, float(value), currency_obj=self.currency_id)
                for value in (old, new, new - old)
            ]
            rows += Markup(
                "<tr><td>%s</td><td class='text-end'>%s</td>"
                "<td class='text-end'>%s</td><td class='text-end'>%s</td></tr>"
            ) % (name, *money)
        if not rows:
            return False
        heads = (
            self.env._("Part"),
            self.env._("Before"),
            self.env._("Now"),
            self.env._("Difference"),
        )
        return (
            Markup(
                "<table class='table table-sm'><thead><tr><th>%s</th>"
                "<th class='text-end'>%s</th><th class='text-end'>%s</th>"
                "<th class='text-end'>%s</th></tr></thead><tbody>"
            )
            % heads
            + rows
            + Markup("</tbody></table>")
        )

    def action_open_connection_case(self):
        self.ensure_one()
        return self.connection_case_id._get_records_action()

    # === Letter ===

    def _filtered_documents(self, renderer):
        """Records that ``renderer`` draws: offers of cases, and those of other add-ons
        that draw offers."""
        others = getattr(super(), "_filtered_documents", None)
        found = others(renderer) if others else self.browse()
        if renderer == "billing_offer":
            found |= self.filtered("connection_case_id")
        return found

    def _draw_documents(self, renderer, data=None):
        """Draw the letters, ``(id, bytes of the PDF)`` one by one."""
        own = self.filtered("connection_case_id")
        yield from draw_letters(own)
        if self - own:
            yield from super(SaleOrder, self - own)._draw_documents(renderer, data)
