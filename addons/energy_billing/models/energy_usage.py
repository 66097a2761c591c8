from collections import defaultdict
from dataclasses import dataclass, field

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.billing_base.rating import Span, to_decimal
from odoo.addons.billing_base.rating.spans import gaps, overlaps

from ..bulk import as_decimal, as_table, names
from ..market.tables.profile import QUALITIES

QUALITY_LABELS = [
    ("measured", "Measured"),
    ("estimated", "Estimated"),
    ("substituted", "Substituted"),
    ("manual", "Entered by hand"),
]
"""In the order of QUALITIES, whose indexes interval rows hold."""
assert tuple(code for code, _label in QUALITY_LABELS) == QUALITIES

COLUMNS = {
    "point_id": "int",
    "company_id": "int",
    "quantity_type_id": "int",
    "register_id": "int",
    "meter_code": "text",
    "date_start": "date",
    "date_end": "date",
    "value": "number",
    "reading_from": "number",
    "reading_to": "number",
    "multiplier": "number",
    "quality": "text",
    "message_id": "int",
    "version": "int",
}
NUMBERS = ("value", "reading_from", "reading_to", "multiplier")
CONTENT = (*NUMBERS, "quality")


@dataclass
class UsagePlan:
    """What storing new quantities would do; see ``energy.usage._plan``.

    `fresh` are rows to insert with their version, `retired` lists
    ``(usage id, point id)`` no longer current after that, `unchanged` has the
    point ids of rows stored already, `refused` maps ``(point id, quantity type id)``
    to a finding's code and the days it is about.
    """

    fresh: list = field(default_factory=list)
    retired: list = field(default_factory=list)
    unchanged: list = field(default_factory=list)
    refused: dict = field(default_factory=dict)

    def without(self, points):
        """The plan without the rows of some points."""
        return UsagePlan(
            [row for row in self.fresh if row["point_id"] not in points],
            [pair for pair in self.retired if pair[1] not in points],
            [point for point in self.unchanged if point not in points],
            self.refused,
        )


class EnergyUsage(models.Model):
    """The settled quantity of a point over a span, in versions."""

    _name = "energy.usage"
    _description = "Usage"
    _order = "date_start desc, point_id, quantity_type_id, version desc"
    _check_company_auto = True

    point_id = fields.Many2one(
        "energy.metering.point",
        string="Metering Point",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="point_id.company_id", store=True, index=True)
    network_id = fields.Many2one(related="point_id.network_id")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_partner_id",
        help="The customer of the point on the last day.",
    )
    quantity_type_id = fields.Many2one(
        "billing.quantity.type",
        string="Quantity",
        required=True,
        ondelete="restrict",
    )
    uom_id = fields.Many2one(related="quantity_type_id.uom_id", string="Unit")
    register_id = fields.Many2one(
        "energy.register",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    meter_code = fields.Char(string="Meter")
    date_start = fields.Date(string="From", required=True)
    date_end = fields.Date(string="To", required=True)
    value = fields.Float(
        string="Usage", digits="Product Unit", required=True, aggregator="sum"
    )
    reading_from = fields.Float(
        string="Opening Reading", digits=(18, 6), aggregator=None
    )
    reading_to = fields.Float(string="Closing Reading", digits=(18, 6), aggregator=None)
    multiplier = fields.Float(digits=(12, 6), default=1.0, aggregator=None)
    quality = fields.Selection(QUALITY_LABELS, default="manual", required=True)
    version = fields.Integer(
        default=1, required=True, readonly=True, copy=False, aggregator=None
    )
    is_current = fields.Boolean(
        string="Current", default=True, required=True, readonly=True, copy=False
    )
    message_id = fields.Many2one(
        "energy.message",
        string="Source",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    _dates_ordered = models.Constraint(
        "CHECK (date_start <= date_end)", "A usage ends on or after its first day."
    )
    # also serves "the current usage of these points on these days"
    _one_current = models.Constraint(
        "EXCLUDE USING gist (point_id WITH =, quantity_type_id WITH =,"
        " daterange(date_start, date_end, '[]') WITH &&) WHERE (is_current)",
        "These days of the point already have a current usage.",
    )

    @api.depends("point_id", "date_end")
    def _compute_partner_id(self):
        for usage in self:
            usage.partner_id = usage.point_id._get_customer_on(usage.date_end)

    @api.depends("point_id", "date_start", "date_end")
    def _compute_display_name(self):
        for usage in self:
            usage.display_name = (
                f"{usage.point_id.code or ''} {usage.date_start} – {usage.date_end}"
            )

    # === Entered by hand ===

    @api.model_create_multi
    def create(self, vals_list):
        """A quantity entered by hand replaces the current one of its days.

        :raises UserError: when it would leave days of the replaced one without usage
        """
        rows = [self._prepare_row(vals) for vals in vals_list]
        plan = self._plan(rows, keep_unchanged=False)
        if plan.refused:
            (point_id, _type_id), (code, span) = next(iter(plan.refused.items()))
            raise UserError(self._refusal(point_id, code, span))
        self._retire([usage_id for usage_id, _point_id in plan.retired])
        usages = super().create(
            [
                {**vals, "version": row["version"], "is_current": True}
                for vals, row in zip(vals_list, rows, strict=True)
            ]
        )
        usages.point_id._mark_sources_changed(
            {usage.point_id.id: (usage.date_start, usage.date_end) for usage in usages}
        )
        return usages

    def write(self, vals):
        if not vals.keys() <= {"is_current"}:
            raise UserError(
                self.env._(
                    "A settled usage is never overwritten. Enter the corrected "
                    "quantity as a new usage of the same days: it becomes the next "
                    "version."
                )
            )
        return super().write(vals)

    @api.model
    def _prepare_row(self, vals):
        """Values of a form as a row of ``_plan``."""
        defaults = self.default_get(["multiplier", "quality"])
        row = {**defaults, **vals}
        for name in ("date_start", "date_end"):
            row[name] = fields.Date.to_date(row.get(name))
        for name in NUMBERS:
            row[name] = to_decimal(row.get(name) or 0)
        return row

    @api.model
    def _refusal(self, point_id, code, span):
        point = self.env["energy.metering.point"].browse(point_id).code
        if code == "usage_twice":
            return self.env._(
                "Point %(point)s: two of the quantities are for the same days "
                "(%(start)s – %(end)s).",
                point=point,
                start=span.start,
                end=span.end,
            )
        return self.env._(
            "Point %(point)s: the usage from %(start)s to %(end)s would be replaced in "
            "part only. Enter quantities for all of its days together.",
            point=point,
            start=span.start,
            end=span.end,
        )

    # === Stored by imports ===

    @api.model
    def _plan(self, rows, keep_unchanged=True):
        """Compare new quantities with the current ones.

        A row equal to the current one changes nothing. Any other replaces the current
        rows of its days as their next version, provided all days of those get a new
        quantity too. Sets ``version`` in the rows.

        :param list rows: dictionaries with the keys of COLUMNS; numbers are Decimal
        :return: UsagePlan; nothing is written
        """
        current = self._get_current(rows)
        groups = defaultdict(list)
        for row in rows:
            groups[row["point_id"], row["quantity_type_id"]].append(row)
        plan = UsagePlan()
        for key, group in groups.items():
            stored = current.get(key, [])
            if keep_unchanged:
                equal = {
                    (old["date_start"], old["date_end"]): _content(old)
                    for old in stored
                }
                fresh = [
                    row
                    for row in group
                    if equal.get((row["date_start"], row["date_end"])) != _content(row)
                ]
            else:
                fresh = group
            self._plan_group(plan, key, group, fresh, stored)
        return plan

    @api.model
    def _plan_group(self, plan, key, group, fresh, stored):
        """Add what happens to one quantity of one point to the plan."""
        twice = overlaps([_span(row) for row in group])
        if twice:
            plan.refused[key] = ("usage_twice", twice[0])
            return
        spans = [_span(row) for row in fresh]
        replaced = [
            old for old in stored if any(span.overlaps(_span(old)) for span in spans)
        ]
        for old in replaced:
            # an estimate gives way to any real quantity of its days
            if old["quality"] != "estimated" and gaps(_span(old), spans):
                plan.refused[key] = ("usage_overlap", _span(old))
                return
        for row, span in zip(fresh, spans, strict=True):
            row["version"] = 1 + max(
                (old["version"] for old in replaced if span.overlaps(_span(old))),
                default=0,
            )
        plan.unchanged += [key[0]] * (len(group) - len(fresh))
        plan.fresh += fresh
        plan.retired += [(old["id"], key[0]) for old in replaced]

    @api.model
    def _get_current(self, rows):
        """Current usages of the points of rows, from their first to their last day.

        :return: ``{(point id, quantity type id): [dict, …]}``
        """
        current = defaultdict(list)
        if not rows:
            return current
        self.flush_model()
        for old in self.env.execute_query_dict(
            SQL(
                """
                SELECT id, point_id, quantity_type_id, date_start, date_end,
                       value::text, reading_from::text, reading_to::text,
                       multiplier::text, quality, version
                  FROM energy_usage
                 WHERE is_current AND point_id = ANY(%s)
                   AND daterange(date_start, date_end, '[]') && daterange(%s, %s, '[]')
                """,
                list({row["point_id"] for row in rows}),
                min(row["date_start"] for row in rows),
                max(row["date_end"] for row in rows),
            )
        ):
            current[old["point_id"], old["quantity_type_id"]].append(
                old | {name: as_decimal(old[name]) for name in NUMBERS}
            )
        return current

    @api.model
    def _get_closing(self, asked):
        """Closing readings of current usages.

        :param list asked: ``[(register id, last day), …]``
        :return: ``{(register id, last day): reading}``
        """
        if not asked:
            return {}
        self.flush_model()
        rows = [{"register_id": register, "day": day} for register, day in asked]
        return {
            (register, day): as_decimal(reading)
            for register, day, reading in self.env.execute_query(
                SQL(
                    """
                    SELECT u.register_id, u.date_end, u.reading_to::text
                      FROM energy_usage u
                      JOIN %s ON asked.register_id = u.register_id
                             AND asked.day = u.date_end
                     WHERE u.is_current AND u.reading_to IS NOT NULL
                    """,
                    as_table("asked", {"register_id": "int", "day": "date"}, rows),
                )
            )
        }

    @api.model
    def _apply(self, plan):
        """Store a plan: the replaced rows stay as older versions."""
        self.check_access("create")
        self._retire([usage_id for usage_id, _point_id in plan.retired])
        if plan.fresh:
            columns = names(COLUMNS)
            self.env.execute_query(
                SQL(
                    """
                    INSERT INTO energy_usage (%s, is_current, create_uid, create_date,
                                              write_uid, write_date)
                    SELECT %s, TRUE, %s, now() AT TIME ZONE 'UTC',
                           %s, now() AT TIME ZONE 'UTC'
                      FROM %s
                    """,
                    columns,
                    columns,
                    self.env.uid,
                    self.env.uid,
                    as_table("fresh", COLUMNS, plan.fresh),
                )
            )
        self.invalidate_model()

    @api.model
    def _withdraw(self, message):
        """Make the current usages of a message older versions without a successor.

        :return: list of ``(point id, first day, last day)``
        """
        usages = self.search(
            [("message_id", "=", message.id), ("is_current", "=", True)]
        )
        self._retire(usages.ids)
        return [(u.point_id.id, u.date_start, u.date_end) for u in usages]

    @api.model
    def _retire(self, usage_ids):
        self.browse(usage_ids).write({"is_current": False})
        self.flush_model(["is_current"])


def _span(row):
    return Span(row["date_start"], row["date_end"])


def _content(row):
    return tuple(row[name] for name in CONTENT)
