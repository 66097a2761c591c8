from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from ..bulk import as_table
from ..market import ote
from ..market.errors import ERROR, WARNING, Finding
from .energy_import import ImportResult, Report, Source

DEAD_SEGMENTS = ("cancelling", "cancelled")


class EnergyBillingOrder(models.Model):
    """What makes a point billable for a span of its own: the data to bill of a market
    message, or an order by hand.

    A later order of the same days replaces an earlier one; a cancelled one bills
    nothing. The active period selects orders, it doesn't cut them.
    """

    _name = "energy.billing.order"
    _description = "Billing Order"
    _inherit = ["mail.thread"]
    _order = "received_on desc, id desc"
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
    commodity = fields.Selection(related="point_id.commodity", store=True)
    network_id = fields.Many2one(related="point_id.network_id", store=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", compute="_compute_billing"
    )
    agreement_id = fields.Many2one(
        "billing.agreement",
        compute="_compute_billing",
        help="The metered agreement of the point in these days.",
    )
    message_id = fields.Many2one(
        "energy.message",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    date_start = fields.Date(string="From", required=True)
    date_end = fields.Date(string="To", required=True)
    received_on = fields.Datetime(
        string="Received", default=fields.Datetime.now, required=True, readonly=True
    )
    reason = fields.Char(help="Why it is to be billed, as the message says.")
    rate = fields.Char(string="Distribution Rate", readonly=True)
    breaker_phases = fields.Integer(string="Phases", readonly=True, aggregator=None)
    breaker_amps = fields.Float(
        string="Main Circuit-Breaker (A)",
        digits=(8, 1),
        readonly=True,
        aggregator=None,
    )
    reserved_capacity = fields.Float(
        string="Reserved Capacity (kW)", digits=(12, 3), readonly=True, aggregator=None
    )
    quantity = fields.Float(digits="Product Unit", min_display_digits=2, readonly=True)
    state = fields.Selection(
        [("open", "Valid"), ("replaced", "Replaced"), ("cancelled", "Cancelled")],
        default="open",
        required=True,
        readonly=True,
        tracking=True,
        copy=False,
        index=True,
    )
    variant = fields.Integer(
        default=1,
        readonly=True,
        copy=False,
        aggregator=None,
        help="Which order of these days it is.",
    )
    replaces_id = fields.Many2one(
        "energy.billing.order",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
    )
    line_ids = fields.One2many(
        "energy.billing.order.line", "order_id", string="Registers", readonly=True
    )
    measurement = fields.Selection(
        [
            ("none", "Not measured"),
            ("same", "As measured"),
            ("different", "Differs"),
            ("ordered", "By order"),
        ],
        compute="_compute_measurement",
        help="Whether the stored measurement of these days is what the message says.",
    )
    segment_id = fields.Many2one("billing.segment", compute="_compute_billing")
    segment_state = fields.Selection(
        selection="_selection_segment_state",
        string="Billing",
        compute="_compute_billing",
    )
    is_to_rebill = fields.Boolean(
        string="Corrected After Invoicing",
        compute="_compute_billing",
        help="Days of it are invoiced on data that are not valid any more.",
    )

    _dates_ordered = models.Constraint(
        "CHECK (date_start <= date_end)", "An order ends on or after its first day."
    )
    # valid orders of a point never overlap; also serves "the orders of these points"
    _one_valid = models.Constraint(
        "EXCLUDE USING gist (point_id WITH =,"
        " daterange(date_start, date_end, '[]') WITH &&) WHERE (state = 'open')",
        "The point already has a valid billing order for some of these days.",
    )

    @api.depends("point_id", "date_start", "date_end")
    def _compute_display_name(self):
        for order in self:
            order.display_name = (
                f"{order.point_id.code or ''} {order.date_start} – {order.date_end}"
            )

    def _compute_measurement(self):
        states = self._get_measurement_states()
        for order in self:
            order.measurement = states.get(order.id, "ordered")

    def _selection_segment_state(self):
        segments = self.env["billing.segment"]
        return segments._fields["state"]._description_selection(self.env)

    def _compute_billing(self):
        Agreement, Segment = self.env["billing.agreement"], self.env["billing.segment"]
        found = self._get_billing()
        states = self._get_measurement_states()
        for order in self:
            row = found.get(order.id, {})
            order.agreement_id = Agreement.browse(row.get("agreement_id"))
            order.partner_id = order.agreement_id.partner_id
            order.segment_id = Segment.browse(row.get("segment_id"))
            order.segment_state = order.segment_id.state
            order.is_to_rebill = row.get("is_wrong", False) or (
                row.get("is_frozen", False)
                and order.state == "open"
                and states.get(order.id, "same") != "same"
            )

    # === Entered ===

    @api.model_create_multi
    def create(self, vals_list):
        """An order replaces the valid ones of its days."""
        rows = [
            {
                "point_id": vals["point_id"],
                "date_start": fields.Date.to_date(vals["date_start"]),
                "date_end": fields.Date.to_date(vals["date_end"]),
                "received_on": vals.setdefault("received_on", fields.Datetime.now()),
            }
            for vals in vals_list
        ]
        replaced, later = self._replace(rows)
        for number, vals in enumerate(vals_list):
            if number in replaced:
                order_id, variant = replaced[number]
                vals |= {"replaces_id": order_id, "variant": variant + 1}
            if number in later:
                # an older message that came late: kept, but not billed by
                vals["state"] = "replaced"
        return super().create(vals_list)

    @api.model
    def _replace(self, rows):
        """Make the valid orders of these days replaced ones, unless they are younger.

        :param rows: dictionaries with point_id, date_start, date_end and received_on
        :return: by the number of the row: ``(id, variant)`` of the latest order it
            replaces, and the set of rows that a younger order stands against
        """
        self.flush_model()
        numbered = [
            row
            | {
                "number": number,
                "received_on": fields.Datetime.to_string(row["received_on"]),
            }
            for number, row in enumerate(rows)
        ]
        columns = {
            "number": "int",
            "point_id": "int",
            "date_start": "date",
            "date_end": "date",
            "received_on": "text",
        }
        overlapping = SQL(
            "o.point_id = v.point_id AND o.state = 'open'"
            " AND daterange(o.date_start, o.date_end, '[]')"
            " && daterange(v.date_start, v.date_end, '[]')"
        )
        given = as_table("v", columns, numbered)
        later = {
            number
            for (number,) in self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT v.number FROM %s
                      JOIN energy_billing_order o ON %s
                       AND o.received_on > v.received_on::timestamp
                    """,
                    given,
                    overlapping,
                )
            )
        }
        latest = {}
        for number, order_id, variant in self.env.execute_query(
            SQL(
                """
                UPDATE energy_billing_order o
                   SET state = 'replaced', write_uid = %s,
                       write_date = now() AT TIME ZONE 'UTC'
                  FROM %s
                 WHERE %s AND NOT v.number = ANY(%s::int[])
             RETURNING v.number, o.id, o.variant
                """,
                self.env.uid,
                given,
                overlapping,
                list(later),
            )
        ):
            latest[number] = max(latest.get(number, (0, 0)), (order_id, variant))
        self.invalidate_model(["state"])
        return latest, later

    def action_cancel(self):
        """Take orders back; what is invoiced is listed for cancellation."""
        self.filtered(lambda order: order.state == "open").state = "cancelled"

    # === Received ===

    @api.model
    def _receive(self, profile, pairs):
        """Orders of messages of data to bill; see ``energy.import.market._load``."""
        importer = self.env["energy.import"]
        points = importer._get_points(
            profile, {code for _message, parsed in pairs for code in parsed.points}
        )
        kinds = importer._get_kinds()
        known = self._get_known(pairs)
        results, values = {}, []
        for message, parsed in pairs:
            report = Report()
            found = [
                (message, block, point)
                for block, point in self._identify(profile, report, parsed, points)
            ]
            fresh = [
                self._prepare_order(message, parsed, block, point, kinds, report)
                for message, block, point in found
                if (message.id, point.id, block.values["date_from"]) not in known
            ]
            fresh = [vals for vals in fresh if vals]
            values += fresh
            results[message.id] = ImportResult(
                report.findings,
                {},
                {
                    "row_count": len(parsed.content),
                    "point_count": len({point.id for _m, _b, point in found}),
                    "new_count": 0,
                    "replaced_count": 0,
                    "unchanged_count": len(found) - len(fresh),
                },
            )
        silent = self.with_context(tracking_disable=True, mail_create_nolog=True)
        orders = self.browse(silent.create(values).ids)
        orders._count_into(results)
        orders._warn_of_contract(results)
        allowed = orders.filtered(lambda o: o.state == "open")._filter_by_rule(profile)
        for message_id, loaded in allowed._load_measurement(profile).items():
            results[message_id].findings += loaded.findings
            results[message_id].changes |= loaded.changes
        return results

    @api.model
    def _get_known(self, pairs):
        """Orders of messages that are read again: keys of message, point and day."""
        known = self.search([("message_id", "in", [m.id for m, _parsed in pairs])])
        return {(o.message_id.id, o.point_id.id, o.date_start) for o in known}

    @api.model
    def _identify(self, profile, report, parsed, points):
        """Yield blocks with their points, without those that cannot be used."""
        spans = defaultdict(list)
        for block in parsed.content:
            point = points.get(block.point)
            if not self.env["energy.import"]._check_point(
                profile, report, block.point, point, block.row
            ):
                continue
            start, end = block.values["date_from"], block.values["date_to"]
            if start > end:
                report.error(
                    "dates_reversed", block.point, block.row, date_to=end.isoformat()
                )
                continue
            if any(start <= last and first <= end for first, last in spans[point.id]):
                report.error(
                    "usage_twice",
                    block.point,
                    block.row,
                    start=start.isoformat(),
                    end=end.isoformat(),
                )
                continue
            spans[point.id].append((start, end))
            yield block, point

    @api.model
    def _prepare_order(self, message, parsed, block, point, kinds, report):
        """Values of the order of a block, None when one of its registers is wrong."""
        reader = ote.XmlMessage(parsed.layout, parsed.header, iter(()))
        rows = list(ote.reading_rows(reader, [block]))
        report.findings += reader.findings
        if block.point in reader.bad_points:
            report.refused.add(block.point)
            return None
        lines = [_line_vals(row, kinds, block) for row in rows]
        values = block.values
        return {
            "point_id": point.id,
            "message_id": message.id,
            "received_on": message.sent_on or fields.Datetime.now(),
            "date_start": values["date_from"],
            "date_end": values["date_to"],
            "reason": values.get("reason"),
            "rate": values.get("rate"),
            "breaker_phases": values.get("breaker_phases") or 0,
            "breaker_amps": float(values.get("breaker_amps") or 0),
            "reserved_capacity": float(values.get("reserved_capacity") or 0),
            "quantity": float(sum((row.quantity for row in rows), Decimal())),
            "line_ids": [Command.create(line) for line in lines],
        }

    def _count_into(self, results):
        """Add what was made to the figures of the messages."""
        for order in self:
            counts = results[order.message_id.id].counts
            counts["replaced_count" if order.variant > 1 else "new_count"] += 1
            start, end = order.date_start, order.date_end
            counts["date_start"] = min(counts.get("date_start", start), start)
            counts["date_end"] = max(counts.get("date_end", end), end)

    def _warn_of_contract(self, results):
        """Tell orders without agreement and circuit-breakers unlike the point's."""
        for order in self:
            findings = results[order.message_id.id].findings
            point = order.point_id
            if not order.agreement_id:
                findings.append(
                    Finding(WARNING, "order_no_agreement", point=point.code)
                )
            told = (order.breaker_phases, order.breaker_amps)
            known = (int(point.breaker_phases or 0), point.breaker_amps)
            if all(told) and all(known) and told != known:
                findings.append(
                    Finding(
                        WARNING,
                        "breaker_differs",
                        point=point.code,
                        params={
                            "told": f"{told[0]}x{told[1]:g} A",
                            "known": f"{known[0]}x{known[1]:g} A",
                        },
                    )
                )

    def _filter_by_rule(self, profile):
        """Orders whose data become the measured values at once."""
        if profile.measurement_rule == "always":
            return self
        if profile.measurement_rule == "manual":
            return self.browse()
        return self.filtered(lambda order: order.segment_id.state != "frozen")

    # === Measurement ===

    def action_write_measurement(self):
        """Make what the messages say the measured values, as their next version."""
        refused = []
        for profile, orders in (
            self.filtered("line_ids")
            .grouped(lambda order: order.message_id.profile_id)
            .items()
        ):
            results = orders._load_measurement(profile)
            changes = {}
            for result in results.values():
                changes |= result.changes
                refused += [f for f in result.findings if f.level == ERROR]
            self.env["energy.metering.point"]._mark_sources_changed(changes)
        if refused:
            Finding_ = self.env["energy.message.finding"]
            raise UserError(
                "\n".join(
                    f"{finding.point}: {Finding_._render(finding.code, finding.params)}"
                    for finding in refused[:20]
                )
            )
        self._message_log_batch(
            bodies={
                order.id: self.env._("The message was written into measurement.")
                for order in self
            }
        )

    def _load_measurement(self, profile):
        """Store the registers of orders as usages and readings.

        :param profile: energy.table.profile of their messages
        :return: ``{message id: ImportResult}``
        """
        results = {}
        for orders in self._in_rounds():
            sources = []
            for message, group in orders.grouped("message_id").items():
                rows = [line._to_row() for line in group.line_ids]
                if rows:
                    sources.append(Source(message, rows))
            for message_id, loaded in (
                self.env["energy.import.readings"]._load(profile, sources).items()
            ):
                known = results.setdefault(message_id, ImportResult([]))
                known.findings += loaded.findings
                known.changes |= loaded.changes
        return results

    def _in_rounds(self):
        """The orders in sets in which each point is once, in the order of days."""
        rounds = defaultdict(list)
        seen = defaultdict(int)
        for order in self.sorted(lambda o: (o.date_start, o.id)):
            rounds[seen[order.point_id]].append(order.id)
            seen[order.point_id] += 1
        return [self.browse(ids) for _number, ids in sorted(rounds.items())]

    def _get_measurement_states(self):
        """Compare orders with the stored measurement, in one statement.

        :return: ``{order id: "none", "same" or "different"}``; orders without
            registers are left out
        """
        self._flush_sources()
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT l.order_id,
                           CASE WHEN bool_and(u.id IS NOT NULL) THEN 'same'
                                WHEN bool_or(any_usage.id IS NOT NULL) THEN 'different'
                                ELSE 'none' END
                      FROM energy_billing_order_line l
                      JOIN energy_billing_order o ON o.id = l.order_id
                      JOIN energy_register_kind k ON k.id = l.register_kind_id
                 LEFT JOIN energy_usage u ON u.point_id = o.point_id AND u.is_current
                       AND u.quantity_type_id = k.quantity_type_id
                       AND u.date_start = l.date_start AND u.date_end = l.date_end
                       AND u.value = l.value
                 LEFT JOIN LATERAL (
                           SELECT a.id FROM energy_usage a
                            WHERE a.point_id = o.point_id AND a.is_current
                              AND daterange(a.date_start, a.date_end, '[]')
                                  && daterange(l.date_start, l.date_end, '[]')
                            LIMIT 1) any_usage ON TRUE
                     WHERE l.order_id = ANY(%s)
                  GROUP BY l.order_id
                    """,
                    self.ids,
                )
            )
        )

    # === Billing ===

    def _get_billing(self):
        """Agreement, live segment and invoiced days of orders, in one statement.

        `is_frozen` tells that days of it are invoiced, `is_wrong` that they are and
        should not be as they are: the order was taken back, or its days or the
        measurement changed.

        :return: ``{order id: {"agreement_id", "segment_id", "is_frozen", "is_wrong"}}``
        """
        self._flush_sources()
        return {
            row["id"]: row
            for row in self.env.execute_query_dict(
                SQL(
                    """
                    SELECT o.id, a.id AS agreement_id, s.id AS segment_id,
                           COALESCE(s.frozen, FALSE) AS is_frozen,
                           COALESCE(s.frozen AND (
                               (o.state = 'open' AND (s.is_stale OR s.differs))
                               OR (o.state = 'cancelled' AND NOT EXISTS (
                                   SELECT 1 FROM energy_billing_order n
                                    WHERE n.point_id = o.point_id AND n.state = 'open'
                                      AND daterange(n.date_start, n.date_end, '[]')
                                          && daterange(o.date_start, o.date_end, '[]')
                               ))), FALSE) AS is_wrong
                      FROM energy_billing_order o
                 LEFT JOIN LATERAL (
                           SELECT a.id, GREATEST(a.date_start, o.date_start) AS first,
                                  LEAST(a.date_end, o.date_end) AS last
                             FROM billing_agreement a
                             JOIN billing_segment_type t ON t.id = a.segment_type_id
                              AND t.algorithm = 'metered'
                            WHERE a.point_id = o.point_id AND a.active
                              AND daterange(a.date_start, a.date_end, '[]')
                                  && daterange(o.date_start, o.date_end, '[]')
                         ORDER BY a.date_start DESC LIMIT 1) a ON TRUE
                 LEFT JOIN LATERAL (
                           SELECT s.id, s.state = 'frozen' AS frozen,
                                  COALESCE(s.is_stale, FALSE) AS is_stale,
                                  (s.date_start, s.date_end)
                                      <> (a.first, a.last) AS differs
                             FROM billing_segment s
                            WHERE s.agreement_id = a.id AND s.is_exclusive
                              AND s.state NOT IN %s
                              AND daterange(s.date_start, s.date_end, '[]')
                                  && daterange(o.date_start, o.date_end, '[]')
                         ORDER BY s.state = 'frozen' DESC, s.id DESC LIMIT 1) s ON TRUE
                     WHERE o.id = ANY(%s)
                    """,
                    DEAD_SEGMENTS,
                    self.ids,
                )
            )
        }

    def _flush_sources(self):
        for model in (
            "energy.billing.order",
            "energy.billing.order.line",
            "energy.usage",
            "billing.agreement",
            "billing.segment",
        ):
            self.env[model].flush_model()

    def action_generate(self):
        """Make or make anew the segments of the marked orders, in the active period."""
        agreements = self.agreement_id
        segments = self.env["billing.segment"]
        for cycle, group in agreements.grouped("cycle_id").items():
            period = cycle.period_ids.filtered("is_active")
            if not period:
                raise UserError(
                    self.env._(
                        "Billing cycle %(cycle)s has no active period. Activate the "
                        "period these orders are to be billed in.",
                        cycle=cycle.display_name,
                    )
                )
            segments |= self.env["billing.generator"]._generate(group, period)
        self.invalidate_recordset()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_segment_action"
        )
        action["domain"] = [("id", "in", (segments | self.segment_id).ids)]
        action["context"] = {}
        return action

    def action_rebill(self):
        """Cancel what was invoiced on data that are not valid any more, write the
        messages into measurement and make the replacements."""
        reason = self.env.ref("energy_billing.reason_cancel_message")
        # what it stands on is no field of its own and may have changed meanwhile
        self.invalidate_recordset()
        wrong = self.filtered("is_to_rebill")
        if not wrong:
            raise UserError(
                self.env._("Nothing of the marked orders was invoiced on older data.")
            )
        wrong._get_invoiced()._cancel(reason)
        valid = wrong.filtered(lambda order: order.state == "open")
        valid.action_write_measurement()
        self.invalidate_recordset()
        return valid.action_generate() if valid else True

    def _get_invoiced(self):
        """Frozen segments of the days of these orders."""
        self._flush_sources()
        found = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT s.id
                  FROM energy_billing_order o
                  JOIN billing_agreement a ON a.point_id = o.point_id
                  JOIN billing_segment s ON s.agreement_id = a.id AND s.is_exclusive
                   AND s.state = 'frozen'
                   AND daterange(s.date_start, s.date_end, '[]')
                       && daterange(o.date_start, o.date_end, '[]')
                 WHERE o.id = ANY(%s)
                """,
                self.ids,
            )
        )
        return self.env["billing.segment"].browse(row[0] for row in found)


def _line_vals(row, kinds, block):
    """Values of a line from a parsed register."""
    kind = kinds.get(row.register)
    has_readings = row.reading_from is not None and row.reading_to is not None
    return {
        "register_kind_id": kind.id if kind else False,
        "register_code": row.register,
        "meter_code": row.meter,
        "date_start": row.date_from or block.values["date_from"],
        "date_end": row.date_to,
        "reading_from": float(row.reading_from) if has_readings else 0,
        "reading_to": float(row.reading_to) if has_readings else 0,
        "has_readings": has_readings,
        "multiplier": float(row.multiplier),
        "value": float(row.quantity),
        "quality": row.quality,
        "row_number": row.row,
    }
