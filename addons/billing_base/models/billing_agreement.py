from datetime import date

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command, Domain
from odoo.tools import SQL

from ..rating import Quantity, Span, to_decimal
from ..tools import changed_days


class BillingAgreement(models.Model):
    """We bill this customer, under this contract, for this thing, from–to."""

    _name = "billing.agreement"
    _description = "Billing Agreement"
    _inherit = ["mail.thread"]
    _order = "code"
    _rec_names_search = ["code", "name", "account_id"]
    _check_company_auto = True

    name = fields.Char(
        compute="_compute_name", store=True, readonly=False, string="Description"
    )
    code = fields.Char(string="Number", required=True, copy=False)
    contract_id = fields.Many2one(
        "contract.contract", required=True, index=True, ondelete="restrict"
    )
    account_id = fields.Many2one(
        "billing.account",
        string="Billing Account",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(
        related="account_id.commercial_partner_id",
        string="Customer",
        store=True,
        index=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    type_id = fields.Many2one(
        "billing.agreement.type", required=True, index=True, check_company=True
    )
    cycle_id = fields.Many2one(related="type_id.cycle_id", store=True, index=True)
    date_start = fields.Date(string="From", required=True, tracking=True)
    date_end = fields.Date(string="To", tracking=True)
    term_ids = fields.One2many("billing.agreement.term", "agreement_id", string="Terms")
    modification_ids = fields.One2many(
        "contract.modification", "agreement_id", string="Annexes"
    )
    segment_ids = fields.One2many("billing.segment", "agreement_id", string="Segments")
    charge_ids = fields.One2many("billing.charge", "agreement_id", string="Charges")
    figure_ids = fields.One2many(
        "billing.agreement.period", "agreement_id", string="Figures"
    )
    active_figure_id = fields.Many2one(
        "billing.agreement.period",
        string="Active Period",
        compute="_compute_active_figure_id",
    )
    billed_to = fields.Date(
        compute="_compute_active_figure_id", search="_search_billed_to"
    )
    worst_check = fields.Selection(
        selection="_selection_worst_check",
        string="Checks",
        compute="_compute_active_figure_id",
        search="_search_worst_check",
    )
    tariff_id = fields.Many2one(
        "billing.tariff",
        compute="_compute_tariff_id",
        help="The tariff of the terms in force today, or of the last ones.",
    )
    segment_count = fields.Integer(compute="_compute_segment_count")
    charge_count = fields.Integer(
        string="Charges Waiting", compute="_compute_charge_count"
    )
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE (company_id, code)", "The number of an agreement must be unique."
    )
    _dates_ordered = models.Constraint(
        "CHECK (date_end IS NULL OR date_start <= date_end)",
        "An agreement ends on or after its first day.",
    )

    @api.depends("account_id", "type_id")
    def _compute_name(self):
        for agreement in self:
            parts = (agreement.type_id.name, agreement.account_id.name)
            agreement.name = ", ".join(part for part in parts if part)

    @api.depends("code", "name")
    def _compute_display_name(self):
        for agreement in self:
            agreement.display_name = f"{agreement.code or ''} {agreement.name or ''}"

    @api.depends_context("uid")
    def _compute_active_figure_id(self):
        figures = self.env["billing.agreement.period"]._read_group(
            [("agreement_id", "in", self.ids), ("period_id.is_active", "=", True)],
            ["agreement_id", "id"],
        )
        active = dict(figures)
        for agreement in self:
            figure = active.get(agreement, self.env["billing.agreement.period"])
            agreement.active_figure_id = figure
            agreement.billed_to = figure.billed_to
            agreement.worst_check = figure.worst_check

    def _search_active_figure(self, condition):
        return Domain(
            "figure_ids", "any", Domain("period_id.is_active", "=", True) & condition
        )

    def _search_billed_to(self, operator, value):
        return self._search_active_figure(Domain("billed_to", operator, value))

    def _search_worst_check(self, operator, value):
        return self._search_active_figure(Domain("worst_check", operator, value))

    def _selection_worst_check(self):
        figures = self.env["billing.agreement.period"]
        return figures._fields["worst_check"]._description_selection(self.env)

    @api.depends("term_ids.date_start", "term_ids.tariff_id")
    def _compute_tariff_id(self):
        today = fields.Date.context_today(self)
        for agreement in self:
            begun = agreement.term_ids.filtered(
                lambda term: term.date_start and term.date_start <= today
            )
            terms = begun.sorted("date_start")[-1:] or agreement.term_ids[:1]
            agreement.tariff_id = terms.tariff_id

    def _compute_segment_count(self):
        counts = dict(
            self.env["billing.segment"]._read_group(
                [("agreement_id", "in", self.ids)], ["agreement_id"], ["__count"]
            )
        )
        for agreement in self:
            agreement.segment_count = counts.get(agreement, 0)

    def _compute_charge_count(self):
        counts = dict(
            self.env["billing.charge"]._read_group(
                [("agreement_id", "in", self.ids), ("state", "=", "waiting")],
                ["agreement_id"],
                ["__count"],
            )
        )
        for agreement in self:
            agreement.charge_count = counts.get(agreement, 0)

    @api.constrains("type_id")
    def _check_tariffs_allowed(self):
        self.term_ids._check_tariff_allowed()

    # === Start and end ===

    def write(self, vals):
        """Segments of days gained or lost are stale, those of a new last day final."""
        dates = {"date_start", "date_end"} & vals.keys()
        before = {agreement: agreement._get_dates() for agreement in self if dates}
        result = super().write(vals)
        changed = self.filtered(
            lambda agreement: (
                before.get(agreement, agreement._get_dates()) != agreement._get_dates()
            )
        )
        if changed:
            self.env["billing.segment"]._mark_spans_stale(
                [
                    (agreement.id, *days)
                    for agreement in changed
                    for days in changed_days(before[agreement], agreement._get_dates())
                ]
            )
            changed._refresh_final_segments()
        return result

    def _get_dates(self):
        self.ensure_one()
        return self.date_start, self.date_end or date.max

    def _refresh_final_segments(self):
        """The segment that ends with its agreement is the final one."""
        self.flush_recordset(["date_end"])
        Segment = self.env["billing.segment"]
        Segment.flush_model(["agreement_id", "date_end", "is_final"])
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE billing_segment s
                   SET is_final = COALESCE(s.date_end = a.date_end, FALSE)
                  FROM billing_agreement a
                 WHERE a.id = s.agreement_id AND s.is_exclusive AND a.id = ANY(%s)
                   AND s.is_final IS DISTINCT FROM
                       COALESCE(s.date_end = a.date_end, FALSE)
             RETURNING s.id
                """,
                self.ids,
            )
        )
        Segment.browse(row[0] for row in rows).invalidate_recordset(
            ["is_final"], flush=False
        )

    @api.constrains("contract_id", "account_id")
    def _check_contract_partner(self):
        for agreement in self:
            contract_partner = agreement.contract_id.partner_id.commercial_partner_id
            if contract_partner != agreement.partner_id:
                raise ValidationError(
                    self.env._(
                        "Agreement %(agreement)s: the contract is of %(contract)s, "
                        "the billing account of %(account)s.",
                        agreement=agreement.code,
                        contract=contract_partner.display_name,
                        account=agreement.partner_id.display_name,
                    )
                )

    @api.model
    def _get_billable_domain(self, period):
        """Agreements of the period's cycle that are in force on one of its days.

        One that ended leaves the run; it comes back for a charge that still waits.
        """
        in_force = Domain("date_end", "=", False) | Domain(
            "date_end", ">=", period.date_start
        )
        due = Domain("state", "=", "waiting") & Domain("date", "<=", period.date_end)
        has_charge = Domain("charge_ids", "any", due) | Domain(
            "account_id.charge_ids", "any", due & Domain("agreement_id", "=", False)
        )
        return (
            Domain("cycle_id", "=", period.cycle_id.id)
            & Domain("date_start", "<=", period.date_end)
            & (in_force | has_charge)
        )

    def _filtered_exclusive(self):
        """Agreements each of whose days is billed once: not those whose type only
        gathers charges."""
        return self.filtered(
            lambda agreement: agreement.type_id.segment_type_id.is_exclusive
        )

    def _clip(self, span):
        """The days of ``span`` on which the agreement is in force, or None."""
        self.ensure_one()
        return span.intersect(Span(self.date_start, self.date_end or date.max))

    def _prepare_segment_parties(self):
        """Who a segment of this agreement is billed to."""
        self.ensure_one()
        return {
            "agreement_id": self.id,
            "account_id": self.account_id.id,
            "contract_id": self.contract_id.id,
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
        }

    def _prepare_snapshot_parties(self, currency):
        """The same for a snapshot, which differs when the parties do."""
        self.ensure_one()
        return {
            "account": self.account_id.id,
            "contract": self.contract_id.id,
            "currency": currency.name,
        }

    def _prefetch_invoiced_objects(self):
        """Read at once what :meth:`_get_invoiced_object` reads of each."""
        self.fetch(["code"])

    def _get_invoiced_object(self):
        """What an e-invoice names as the object of this agreement's lines (BT-128).

        :return: code, and its scheme of UNTDID 1153 or None
        """
        self.ensure_one()
        return self.code, None

    def _get_spans_to_bill(self, period):
        """What of each agreement is to be billed in ``period``.

        Returns ``{agreement id: [Span, …]}``. The calendar says: the days of the
        period on which the agreement is in force. Add-ons whose billing is started
        by something else (a market message) extend this.
        """
        return {
            agreement.id: [
                Span(
                    max(agreement.date_start, period.date_start),
                    min(agreement.date_end or period.date_end, period.date_end),
                )
            ]
            for agreement in self
            if agreement.date_start <= period.date_end
            and (not agreement.date_end or agreement.date_end >= period.date_start)
        }

    def _get_quantities(self, spans):
        """Quantities of each agreement in its spans.

        :param dict spans: ``{agreement id: [Span, …]}``
        :return: ``{agreement id: [Quantity, …]}``, flows and levels: what is agreed;
            add-ons add what they measure
        """
        return self._get_agreed_quantities(spans)

    def _get_agreed_quantities(self, spans):
        """The levels written in the terms, as ``_get_quantities`` has them."""
        self.flush_model(["date_end"])
        self.env["billing.agreement.term"].flush_model()
        self.env["billing.agreement.term.value"].flush_model()
        kinds = {
            kind.id: (kind.code, kind.uom_id.name)
            for kind in self.env["billing.quantity.type"].search([])
        }
        quantities = {agreement_id: [] for agreement_id in spans}
        for agreement_id, term_id, start, end, kind_id, value in self.env.execute_query(
            SQL(
                """
                SELECT t.agreement_id, t.id, t.date_start,
                       LEAST(t.date_end, a.date_end, asked.last),
                       v.quantity_type_id, v.value::float8
                  FROM unnest(%s::int[], %s::date[]) asked(agreement_id, last)
                  JOIN billing_agreement a ON a.id = asked.agreement_id
                  JOIN billing_agreement_term t ON t.agreement_id = a.id
                   AND t.date_start <= LEAST(t.date_end, a.date_end, asked.last)
                  JOIN billing_agreement_term_value v ON v.term_id = t.id
                  JOIN billing_quantity_type q ON q.id = v.quantity_type_id
              ORDER BY t.agreement_id, t.date_start, q.sequence, q.code
                """,
                list(spans),
                [max(span.end for span in found) for found in spans.values()],
            )
        ):
            code, unit = kinds[kind_id]
            quantities[agreement_id].append(
                Quantity(
                    code=code,
                    span=Span(start, end),
                    value=to_decimal(value),
                    unit=unit,
                    quality="agreed",
                    source={"term": term_id},
                )
            )
        return quantities

    def action_view_segments(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_segment_action"
        )
        action["domain"] = [("agreement_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_view_charges(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_charge_action"
        )
        action["domain"] = [("agreement_id", "=", self.id)]
        action["context"] = {"default_agreement_id": self.id}
        return action

    def action_view_figures(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_agreement_period_action"
        )
        action["domain"] = [("agreement_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_change_terms(self):
        """Begin a change of terms for these agreements."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_terms_change_action"
        )
        return {
            **action,
            "views": [(False, "form")],
            "context": {"default_agreement_domain": repr([("id", "in", self.ids)])},
        }

    def _add_term(self, date_start, tariff=None, values=None, modification=None):
        """Write a new term from ``date_start`` on; the term in force ends before.

        :param tariff: a billing.tariff, or None to keep the one in force
        :param dict values: ``{quantity type: value}``; others are kept
        :param modification: the contract.modification that says so, if any
        """
        self.ensure_one()
        current = self.term_ids.filtered(
            lambda term: (
                term.date_start < date_start
                and (not term.date_end or term.date_end >= date_start)
            )
        )
        merged = {v.quantity_type_id.id: v.value for v in current.value_ids}
        merged.update({qt.id: value for qt, value in (values or {}).items()})
        date_end = current.date_end
        if current:
            current.date_end = fields.Date.subtract(date_start, days=1)
            # before the new row, or the two overlap for the database
            current.flush_recordset(["date_end"])
        return self.env["billing.agreement.term"].create(
            {
                "agreement_id": self.id,
                "date_start": date_start,
                "date_end": date_end,
                "tariff_id": (tariff or current.tariff_id).id,
                "modification_id": modification.id if modification else False,
                "value_ids": [
                    Command.create({"quantity_type_id": type_id, "value": value})
                    for type_id, value in merged.items()
                ],
            }
        )
