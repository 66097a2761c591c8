import hashlib
import json
import re
from collections import defaultdict
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

LEVELS = [("info", "Info"), ("warning", "Warning"), ("error", "Error")]


def hash_finding(params):
    """A waiver holds as long as this hash of the finding's figures does."""
    canonical = json.dumps(params, sort_keys=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


PLACEHOLDER = re.compile(r"%\(\w+\)[\d.]*[a-z]")
"""A figure of a finding in the message of a check."""


class Setting(NamedTuple):
    """What counts for a segment of one check."""

    is_on: bool
    limit: float
    level: str


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
    sentence = fields.Char(
        string="What the Clerk Reads",
        compute="_compute_sentence",
        help="The message with dots in place of the figures of a finding.",
    )
    remedy = fields.Char(translate=True, help="What the clerk can do about it.")
    area = fields.Selection(
        [
            ("reading", "Readings"),
            ("contract", "Contract"),
            ("price", "Prices"),
            ("invoice", "Invoice"),
        ],
        help="What the check looks at.",
    )
    limit_ids = fields.One2many(
        "billing.check.limit", "check_id", string="Exceptions", copy=True
    )
    company_id = fields.Many2one("res.company", help="Empty: for every company.")
    active = fields.Boolean(default=False, tracking=True)
    result_ids = fields.One2many("billing.check.result", "check_id")

    _code_unique = models.Constraint(
        "UNIQUE (code)", "The code of a check must be unique."
    )

    @api.depends("message")
    @api.depends_context("lang")
    def _compute_sentence(self):
        for check in self:
            text = PLACEHOLDER.sub("…", check.message or "")
            check.sentence = text.replace("%%", "%")

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
        """Run the checks on ``segments`` and store what is found.

        Each check looks at all segments of one limit in one go; which limit and level
        count for a segment, and whether the check is on, is in its exceptions.
        """
        segments = segments.exists()
        if not segments:
            return
        findings, levels = [], {}
        catalogue = self.with_context(active_test=False).search(
            [("scope", "in", ("check", "own"))]
        )
        for check in catalogue:
            for setting, scope in check._group_by_setting(segments).items():
                configured = check.new({"limit": setting.limit}, origin=check)
                for segment_id, params in configured._find(scope).items():
                    findings.append((segment_id, check, params))
                    levels[segment_id, check.id] = setting.level
        self._store(segments, ("check", "own"), findings, levels)
        segments._refresh_check_state()

    def _group_by_setting(self, segments):
        """Segments of the check by what counts for them; those it is off for are
        left out.

        :return: ``{Setting: billing.segment}``
        """
        self.ensure_one()
        if self.company_id:
            segments = segments.filtered(lambda s: s.company_id == self.company_id)
        own = Setting(self.active, self.limit, self.level)
        if not self.limit_ids:
            return {own: segments} if own.is_on and segments else {}
        exceptions = {
            (limit.company_id.id, limit.category_id.id): limit._to_setting()
            for limit in self.limit_ids
        }
        groups = defaultdict(list)
        for segment in segments:
            company = segment.company_id.id
            category = segment.partner_id.billing_category_id.id
            setting = next(
                (
                    exceptions[key]
                    for key in (
                        (company, category),
                        (False, category),
                        (company, False),
                    )
                    if key in exceptions
                ),
                own,
            )
            if setting.is_on:
                groups[setting].append(segment.id)
        return {setting: segments.browse(ids) for setting, ids in groups.items()}

    def _find(self, segments):
        self.ensure_one()
        if self.scope == "own":
            domain = Domain(safe_eval(self.domain or "[]"))
            found = self.env["billing.segment"].search(
                domain & Domain("id", "in", segments.ids)
            )
            return {segment.id: {} for segment in found}
        return getattr(self, f"_check_{self.code}")(segments)

    def _store(self, segments, scopes, findings, levels=None):
        """Replace the results of ``segments`` in ``scopes`` by ``findings``.

        A finding that stays the same keeps its row and with it its waiver.

        :param findings: ``[(segment id, billing.check, params), …]``
        :param levels: ``{(segment id, check id): level}`` where it is not the check's
        """
        segments._check_may_bill()
        Result = self.env["billing.check.result"].sudo()
        levels = levels or {}
        existing = {
            (result.segment_id.id, result.check_id.id, result.finding_hash): result
            for result in Result.search(
                [
                    ("segment_id", "in", segments.ids),
                    ("check_id.scope", "in", scopes),
                ]
            )
        }
        vals_list, relevelled = [], defaultdict(list)
        for segment_id, check, params in findings:
            finding_hash = hash_finding(params)
            level = levels.get((segment_id, check.id), check.level)
            known = existing.pop((segment_id, check.id, finding_hash), None)
            if known is None:
                vals_list.append(
                    {
                        "segment_id": segment_id,
                        "check_id": check.id,
                        "level": level,
                        "params": params,
                        "finding_hash": finding_hash,
                    }
                )
            elif known.level != level:
                relevelled[level].append(known.id)
        Result.union(*existing.values()).unlink()
        for level, ids in relevelled.items():
            Result.browse(ids).level = level
        Result.create(vals_list)
