from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Command

from ..market import ote, ote_values
from ..market.errors import WARNING, Finding
from .energy_import import ImportResult, Report


class EnergyBillingOrder(models.Model):
    """Messages of data to bill become orders."""

    _inherit = "energy.billing.order"

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
        rows = list(ote_values.reading_rows(reader, [block]))
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
