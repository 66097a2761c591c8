from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

REQUESTED = ("requested", "billed", "settled", "cancelled")


class BillingAdvance(models.Model):
    """One payment of a plan: requested when due, settled with the real bill."""

    _name = "billing.advance"
    _description = "Advance"
    _order = "date, id"
    _check_company_auto = True

    # found by the unique index of plan and day
    plan_id = fields.Many2one("billing.advance.plan", required=True, ondelete="cascade")
    agreement_id = fields.Many2one(
        related="plan_id.agreement_id", store=True, precompute=True, index=True
    )
    partner_id = fields.Many2one(
        related="plan_id.partner_id", store=True, precompute=True, index=True
    )
    company_id = fields.Many2one(
        related="plan_id.company_id", store=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    document = fields.Selection(related="plan_id.document")
    date = fields.Date(string="Due On", required=True)
    amount = fields.Monetary(string="Untaxed Amount", required=True)
    charge_ids = fields.One2many("billing.charge", "advance_id", string="Charges")
    is_dropped = fields.Boolean(
        string="Not Needed",
        readonly=True,
        copy=False,
        help="The real bill came before it was requested or paid, or the plan ended.",
    )
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("requested", "Requested"),
            ("billed", "Billed"),
            ("settled", "Settled"),
            ("cancelled", "Cancelled"),
            ("dropped", "Not needed"),
        ],
        compute="_compute_state",
        store=True,
        precompute=True,
        index=True,
    )
    invoice_id = fields.Many2one(
        "account.move", string="Document", compute="_compute_invoice_id"
    )
    payment_state = fields.Selection(
        lambda self: self.env["account.move"]._fields["payment_state"].selection,
        string="Payment",
        compute="_compute_invoice_id",
    )
    settlement_id = fields.Many2one(
        "account.move", string="Settled On", compute="_compute_invoice_id"
    )

    _amount_positive = models.Constraint(
        "CHECK (amount > 0)", "An advance is an amount above zero."
    )
    _once = models.Constraint(
        "UNIQUE (plan_id, date)", "The plan has an advance on this day already."
    )

    @api.depends("charge_ids.state", "charge_ids.is_settlement", "is_dropped")
    def _compute_state(self):
        for advance in self:
            settling = advance.charge_ids.filtered("is_settlement")
            request = advance.charge_ids - settling
            if advance.is_dropped:
                advance.state = "dropped"
            elif settling.state == "billed":
                advance.state = "settled"
            else:
                advance.state = {
                    "waiting": "requested",
                    "segment": "requested",
                    "billed": "billed",
                    "cancelled": "cancelled",
                }.get(request.state, "planned")

    @api.depends("charge_ids.segment_ids.invoice_id.payment_state")
    def _compute_invoice_id(self):
        for advance in self:
            settling = advance.charge_ids.filtered("is_settlement")
            advance.invoice_id = (advance.charge_ids - settling).invoice_id
            advance.payment_state = advance.invoice_id.payment_state
            advance.settlement_id = settling.invoice_id

    @api.depends("plan_id", "date")
    def _compute_display_name(self):
        for advance in self:
            day = format_date(self.env, advance.date) if advance.date else ""
            advance.display_name = f"{advance.agreement_id.code or ''} {day}"

    def write(self, vals):
        if {"plan_id", "date", "amount"} & vals.keys():
            self._check_planned()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_requested(self):
        self._check_planned()

    def _check_planned(self):
        done = self.filtered(lambda advance: advance.state in REQUESTED)
        if done:
            raise UserError(
                self.env._(
                    "Advance %(advance)s was requested. Cancel its segment, or delete "
                    "its draft, to take it back.",
                    advance=done[0].display_name,
                )
            )

    @api.model
    def _insert(self, plan_ids, dates, amounts):
        """Planned instalments, in one statement.

        :param plan_ids: a plan for each of ``dates`` and ``amounts`` (text)
        """
        self.check_access("create")
        self.env["billing.advance.plan"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO billing_advance (
                       plan_id, agreement_id, partner_id, company_id, date, amount,
                       state, create_uid, create_date, write_uid, write_date)
                SELECT p.id, p.agreement_id, p.partner_id, p.company_id, v.day,
                       v.amount, 'planned', %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM unnest(%(plans)s::int[], %(days)s::date[],
                              %(amounts)s::numeric[]) v(plan_id, day, amount)
                  JOIN billing_advance_plan p ON p.id = v.plan_id
                """,
                uid=self.env.uid,
                now=self.env.cr.now(),
                plans=plan_ids,
                days=dates,
                amounts=amounts,
            )
        )
        self.env["billing.advance.plan"].invalidate_model(["advance_ids"])

    # === Requests ===

    def action_request(self):
        return self._request(max(self.mapped("date")))

    def _request(self, until):
        """Bill planned advances of active plans that are due until a day, each once:
        advance invoices are posted, pro-formas stay drafts until they are paid.

        :return: action that shows the documents
        """
        due = self.filtered(
            lambda advance: (
                advance.state == "planned"
                and advance.plan_id.state == "active"
                and advance.date <= until
            )
        )
        charges = self.env["billing.charge"]._request(
            [advance._prepare_charge() for advance in due]
        )
        segments = self._make_segments(charges)
        invoicer = self.env["billing.invoicer"]
        moves = self.env["account.move"]
        # what was due on different days never shares a document
        for (document, _day), group in segments.grouped(
            lambda segment: (segment.charge_id.advance_id.document, segment.date_end)
        ).items():
            made = invoicer._create_invoices(group)
            if document == "invoice":
                invoicer._post(made)
            else:
                self._number_proformas(made)
            moves |= made
        return self.env["billing.segment"]._action_open_moves(moves)

    def _make_segments(self, charges):
        """Segments of the charges, checked. :return: those that are ready"""
        segments = self.env["billing.segment"]
        for period, due in charges._group_by_period().items():
            segments |= self.env["billing.generator"]._generate_charges(due, period)
        self.env["billing.check"]._run(segments)
        segments._refresh_figures()
        return segments.filtered(lambda segment: segment.state == "ready")

    def _prepare_charge(self):
        self.ensure_one()
        agreement = self.agreement_id
        lang = agreement.account_id.invoice_partner_id.lang or agreement.partner_id.lang
        env = self.with_context(lang=lang).env if lang else self.env
        return {
            "source_key": f"advance,{self.id}",
            "advance_id": self.id,
            "name": env._(
                "Advance payment of %(date)s", date=format_date(env, self.date)
            ),
            "type_id": self.env.ref("billing_base.segment_type_advance").id,
            "agreement_id": agreement.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "product_id": agreement.type_id.advance_product_id.id,
            "unit_price": self.amount,
            "date": self.date,
        }

    @api.model
    def _number_proformas(self, moves):
        """Give drafts the reference customers pay with."""
        sequence = self.env["ir.sequence"].search(
            [
                ("code", "=", "billing.advance.proforma"),
                ("company_id", "in", (self.env.company.id, False)),
            ],
            order="company_id",
            limit=1,
        )
        numbers = [sequence.next_by_id() for _move in moves]
        self.env.cr.execute(
            SQL(
                """
                UPDATE account_move m
                   SET payment_reference = v.number, proforma_number = v.number
                  FROM unnest(%s::int[], %s::text[]) v(id, number) WHERE m.id = v.id
                """,
                moves.ids,
                numbers,
            )
        )
        moves.invalidate_recordset(["payment_reference", "proforma_number"])

    @api.model
    def _cron_request(self):
        """What is due today, of all companies."""
        today = fields.Date.today()
        due = self.search(
            [
                ("state", "=", "planned"),
                ("plan_id.state", "=", "active"),
                ("date", "<=", today),
            ]
        )
        for company, advances in due.grouped("company_id").items():
            advances.with_company(company)._request(today)

    def action_open_document(self):
        self.ensure_one()
        return self.invoice_id._get_records_action() if self.invoice_id else False

    # === Receipts ===

    def _receive(self, date, journal):
        """The customer paid these pro-formas in full: the invoices are posted with
        the tax date of the payment, and paid by it.

        :return: the account.payment
        :raises UserError: for what is no unpaid pro-forma
        """
        moves = self.invoice_id
        other = self.filtered(
            lambda advance: (
                advance.document != "proforma" or advance.invoice_id.state != "draft"
            )
        )
        if other:
            raise UserError(
                self.env._(
                    "%(advance)s is no pro-forma that waits for its payment.",
                    advance=other[0].display_name,
                )
            )
        moves._invoice_paid_proformas(date)
        return (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=moves.ids)
            .create(
                {
                    "payment_date": date,
                    "journal_id": journal.id,
                    "group_payment": False,
                }
            )
            ._create_payments()
        )
