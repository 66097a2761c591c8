"""Readings that customers enter themselves."""

from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from odoo.addons.billing_base.rating import to_decimal
from odoo.addons.billing_base.tools import format_number

from ..bulk import as_decimal

UNUSUAL = 3
"""From so many times the usual use a day on, or its inverse, the customer is asked."""
ROLLED = Decimal("0.1")
"""A register may have started again within this part of its range."""
HOURS = 24


class EnergyReading(models.Model):
    _inherit = "energy.reading"

    told_by_id = fields.Many2one(
        "res.partner",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The customer who entered the reading in the portal. Imports do not count "
        "from it and replace it.",
    )
    photo_count = fields.Integer(string="Photos", compute="_compute_photo_count")

    def _compute_photo_count(self):
        counts = dict(
            self.env["ir.attachment"]._read_group(
                [("res_model", "=", self._name), ("res_id", "in", self.ids)],
                ["res_id"],
                ["__count"],
            )
        )
        for reading in self:
            reading.photo_count = counts.get(reading.id, 0)

    def action_view_photos(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Photos"),
            "res_model": "ir.attachment",
            "view_mode": "kanban,form",
            "domain": [("res_model", "=", self._name), ("res_id", "=", self.id)],
        }

    @api.model
    def _tell(self, installation, register, day, value, partner, confirmed=False):
        """Store what a customer read, once for a register and day.

        :param installation: energy.installation of the register's meter at a point
            that the customer has on the day
        :param Decimal value: state of the register
        :param partner: res.partner who tells it
        :param confirmed: he was asked about an unusual value and stays with it
        :return: ``(energy.reading, question)``: a question and no reading where the
            value is possible but unusual and not confirmed
        :raises UserError: in words for the customer, when the value is impossible
        """
        current = self._get_current([register.id], [day]).get((register.id, day))
        if current and current["value"] == value:
            return self.browse(current["id"]), ""
        if current and not current["told_by_id"]:
            raise UserError(
                self.env._(
                    "There is already a reading of %(day)s: %(value)s. Ask us if it is "
                    "wrong.",
                    day=format_date(self.env, day),
                    value=format_number(self.env, current["value"]),
                )
            )
        used, days = self._check_told(installation, register, day, value)
        question = self._ask_told(installation, register, used, days)
        if question and not confirmed:
            return self.browse(), question
        reading = self.create(
            {
                "register_id": register.id,
                "date": day,
                "value": float(value),
                "quality": "manual",
                "point_id": installation.point_id.id,
                "told_by_id": partner.id,
            }
        )
        return reading, ""

    @api.model
    def _check_told(self, installation, register, day, value):
        """Refuse what cannot be.

        :return: what was used since the reading before, and in how many days; None and
            0 without one
        """
        _ = self.env._
        if day > fields.Date.context_today(self):
            raise UserError(_("The date is in the future. Enter the day you read."))
        if day < installation.date_start - timedelta(days=1) or (
            installation.date_end and day > installation.date_end
        ):
            raise UserError(_("The meter was not installed on this day."))
        limit = Decimal(10) ** register.digits
        if not 0 <= value < limit:
            raise UserError(
                _(
                    "The register shows %(digits)s digits before the decimal mark. "
                    "Enter them without those behind it.",
                    digits=register.digits,
                )
            )
        before, after = self._get_neighbours(register, day)
        if after and after[1] < value and not self._may_roll(after[1], value, limit):
            raise UserError(
                _(
                    "The reading of %(day)s is %(value)s, which is less. Check the "
                    "date and the digits.",
                    day=format_date(self.env, after[0]),
                    value=format_number(self.env, after[1]),
                )
            )
        if not before:
            return None, 0
        used = value - before[1]
        if used < 0:
            if not self._may_roll(value, before[1], limit):
                raise UserError(
                    _(
                        "The reading of %(day)s was %(value)s, which is more. Check "
                        "the register and the digits.",
                        day=format_date(self.env, before[0]),
                        value=format_number(self.env, before[1]),
                    )
                )
            used += limit
        used *= to_decimal(installation.multiplier)
        days = (day - before[0]).days
        most = to_decimal(installation.point_id.capacity_kw) * HOURS * days
        if most and used > most:
            raise UserError(
                _(
                    "%(used)s in %(days)s days is more than your connection can carry. "
                    "Check the digits.",
                    used=format_number(self.env, used),
                    days=days,
                )
            )
        return used, days

    @api.model
    def _may_roll(self, low, high, limit):
        return low < limit * ROLLED and high >= limit * (1 - ROLLED)

    @api.model
    def _get_neighbours(self, register, day):
        """The current readings before and after a day: ``(day, value)`` or None."""
        self.flush_model()
        found = {
            is_before: (date, as_decimal(value))
            for is_before, date, value in self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT ON (date < %(day)s)
                           date < %(day)s, date, value::text
                      FROM energy_reading
                     WHERE register_id = %(register)s AND is_current
                       AND date <> %(day)s
                  ORDER BY date < %(day)s, abs(date - %(day)s)
                    """,
                    day=day,
                    register=register.id,
                )
            )
        }
        return found.get(True), found.get(False)

    @api.model
    def _ask_told(self, installation, register, used, days):
        """A question where the use a day is far from the usual one, else empty."""
        if not days:
            return ""
        self.env["energy.usage"].flush_model()
        [(value, length)] = self.env.execute_query(
            SQL(
                """
                SELECT sum(value)::text, sum(date_end - date_start + 1)
                  FROM (SELECT value, date_start, date_end FROM energy_usage
                         WHERE register_id = %s AND point_id = %s AND is_current
                      ORDER BY date_end DESC LIMIT 12) last
                """,
                register.id,
                installation.point_id.id,
            )
        )
        if not length:
            return ""
        usual, now = Decimal(value) / length, used / days
        if usual / UNUSUAL <= now <= usual * UNUSUAL:
            return ""
        return self.env._(
            "%(now)s a day is unusual: before it was %(usual)s. Check the digits. If "
            "they are right, confirm the reading.",
            now=format_number(self.env, round(now, 1)),
            usual=format_number(self.env, round(usual, 1)),
        )
