import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

LEVELS = [("info", "Info"), ("warning", "Warning"), ("error", "Error")]


def hash_finding(params):
    """A waiver holds as long as this hash of the finding's figures does."""
    canonical = json.dumps(params, sort_keys=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


class BillingCheck(models.Model):
    """The catalogue of checks.

    A built-in check of code ``x`` is the method ``_check_x(segments)`` of this model,
    which returns ``{segment id: params}`` for what it finds, over all segments in
    one go; add-ons bring their own with a data record and such a method. Findings of
    the scope "generate" come from rating itself. An own check is a domain.
    """

    _name = "billing.check"
    _description = "Billing Check"
    _inherit = ["mail.thread"]
    _order = "sequence, code"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    scope = fields.Selection(
        [
            ("generate", "While generating"),
            ("check", "Built-in check"),
            ("own", "Own check"),
        ],
        default="own",
        required=True,
    )
    level = fields.Selection(LEVELS, default="error", required=True, tracking=True)
    is_waivable = fields.Boolean(
        string="Can Be Waived",
        default=True,
        help="An error that leaves no amount to bill cannot be waived.",
    )
    limit = fields.Float(
        tracking=True, help="The limit the check compares with, in its own unit."
    )
    domain = fields.Char(
        default="[]", help="An own check finds the segments of this domain."
    )
    message = fields.Char(
        required=True,
        translate=True,
        help="What the clerk reads; figures of the finding stand as %(name)s.",
    )
    remedy = fields.Char(translate=True, help="What the clerk can do about it.")
    company_id = fields.Many2one("res.company", help="Empty: for every company.")
    active = fields.Boolean(default=False, tracking=True)
    result_ids = fields.One2many("billing.check.result", "check_id")

    _code_unique = models.Constraint(
        "UNIQUE (code)", "The code of a check must be unique."
    )

    @api.constrains("domain", "scope")
    def _check_domain(self):
        for check in self.filtered(lambda c: c.scope == "own"):
            try:
                self.env["billing.segment"].search(
                    safe_eval(check.domain or "[]"), limit=1
                )
            except (ValueError, KeyError, TypeError, SyntaxError) as error:
                raise ValidationError(
                    self.env._(
                        "The domain of check %(check)s cannot be read: %(error)s",
                        check=check.name,
                        error=error,
                    )
                ) from error

    def _run(self, segments):
        """Run every active check on ``segments`` and store what is found."""
        findings = []
        for check in self.search([("scope", "in", ("check", "own"))]):
            scope = segments
            if check.company_id:
                scope = segments.filtered(
                    lambda s, company=check.company_id: s.company_id == company
                )
            if scope:
                findings += [
                    (segment_id, check, params)
                    for segment_id, params in check._find(scope).items()
                ]
        self._store(segments, ("check", "own"), findings)

    def _find(self, segments):
        self.ensure_one()
        if self.scope == "own":
            domain = Domain(safe_eval(self.domain or "[]"))
            found = self.env["billing.segment"].search(
                domain & Domain("id", "in", segments.ids)
            )
            return {segment.id: {} for segment in found}
        return getattr(self, f"_check_{self.code}")(segments)

    def _store(self, segments, scopes, findings):
        """Replace the results of ``segments`` in ``scopes`` by ``findings``.

        A finding that stays the same keeps its row and with it its waiver.

        :param findings: ``[(segment id, billing.check, params), …]``
        """
        Result = self.env["billing.check.result"]
        existing = {
            (result.segment_id.id, result.check_id.id, result.finding_hash): result.id
            for result in Result.search(
                [
                    ("segment_id", "in", segments.ids),
                    ("check_id.scope", "in", scopes),
                ]
            )
        }
        vals_list = []
        for segment_id, check, params in findings:
            finding_hash = hash_finding(params)
            key = (segment_id, check.id, finding_hash)
            if existing.pop(key, None) is None:
                vals_list.append(
                    {
                        "segment_id": segment_id,
                        "check_id": check.id,
                        "level": check.level,
                        "params": params,
                        "finding_hash": finding_hash,
                    }
                )
        Result.browse(existing.values()).unlink()
        Result.create(vals_list)
        segments._refresh_check_state()

    # === Built-in checks of what any billing has ===

    def _check_total_not_positive(self, segments):
        return {
            segment.id: {"amount": segment.amount}
            for segment in segments
            if segment.line_ids and segment.amount <= 0
        }

    def _check_total_over_limit(self, segments):
        return {
            segment.id: {"amount": segment.amount, "limit": self.limit}
            for segment in segments
            if segment.amount > self.limit
        }

    def _check_difference_to_last(self, segments):
        """Daily amount against the last invoiced segment of the agreement."""
        self.env["billing.segment"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT s.id, s.amount, last.amount,
                       abs(s.amount / (s.date_end - s.date_start + 1)
                           / (last.amount / (last.date_end - last.date_start + 1))
                           - 1) * 100
                  FROM billing_segment s
                  JOIN LATERAL (
                       SELECT p.amount, p.date_start, p.date_end
                         FROM billing_segment p
                        WHERE p.agreement_id = s.agreement_id
                          AND p.type_id = s.type_id
                          AND p.state = 'frozen'
                          AND p.date_end < s.date_start
                     ORDER BY p.date_end DESC
                        LIMIT 1) last ON last.amount > 0
                 WHERE s.id = ANY(%s)
                   AND abs(s.amount / (s.date_end - s.date_start + 1)
                           / (last.amount / (last.date_end - last.date_start + 1))
                           - 1) * 100 > %s
                """,
                segments.ids,
                self.limit,
            )
        )
        return {
            segment_id: {
                "amount": float(amount),
                "last": float(last),
                "percent": round(float(percent), 1),
            }
            for segment_id, amount, last, percent in self.env.cr.fetchall()
        }

    def _check_zero_quantity(self, segments):
        return {
            segment.id: {}
            for segment in segments
            if segment.type_id.algorithm == "metered"
            and segment.line_ids
            and not segment.quantity
        }
