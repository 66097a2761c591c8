from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from odoo import api, models

from odoo.addons.billing_base.rating import round_quantity

from ..market.tables import ReadingRow, parse_readings
from .energy_import import ImportResult, KnownPoint, Report, Source

ONE_DAY = timedelta(days=1)


@dataclass(slots=True)
class _Entry:
    """A row of the file with what the database knows of it."""

    message: object
    row: ReadingRow
    point: KnownPoint
    kind: object
    date_start: date | None
    date_end: date
    reading_from: Decimal | None
    reading_to: Decimal | None
    value: Decimal | None
    multiplier: Decimal
    meter: object = None
    register: object = None


class EnergyImportReadings(models.AbstractModel):
    """Register readings and usages of a table.

    Each step takes what is wrong out by the codes in ``report.refused``; what is left
    is stored together at the end.
    """

    _name = "energy.import.readings"
    _inherit = "energy.import"
    _description = "Import of Register Readings"

    @api.model
    def _import(self, message, fileobj):
        parsed = parse_readings(message.profile_id._to_table_profile(), fileobj)
        rows = list(parsed)
        source = Source(message, rows, frozenset(parsed.bad_points))
        result = self._load(message.profile_id, [source])[message.id]
        result.findings = parsed.findings + result.findings
        result.counts["row_count"] = parsed.rows_read
        return result

    @api.model
    def _load(self, profile, sources):
        """Check and store the rows of several messages together.

        :param profile: energy.table.profile of all of them
        :param sources: list of Source; no point is in two of them
        :return: ``{message id: ImportResult}``
        """
        report = Report()
        for source in sources:
            # a point with an unreadable row is held back as a whole
            report.refused |= source.bad_points
        entries = self._identify(profile, report, sources)
        self._find_meters(profile, report, entries)
        self._find_openings(report, entries)
        self._check(profile, report, entries)
        return self._store(report, sources, entries)

    @api.model
    def _identify(self, profile, report, sources):
        """Rows with their points and register kinds."""
        rows = [(source.message, row) for source in sources for row in source.rows]
        points = self._get_points(profile, {row.point for _message, row in rows})
        kinds = self._get_kinds()
        entries = []
        for message, row in rows:
            point = points.get(row.point)
            if row.point in report.refused and point:
                continue
            if not self._check_point(profile, report, row.point, point, row.row):
                continue
            kind = kinds.get(row.register)
            if kind is None:
                report.error("register_unknown", row.point, row.row, value=row.register)
                continue
            entries.append(
                _Entry(
                    message=message,
                    row=row,
                    point=point,
                    kind=kind,
                    date_start=row.date_from,
                    date_end=row.date_to,
                    reading_from=None if kind._is_level() else row.reading_from,
                    reading_to=row.reading_to,
                    value=row.quantity,
                    multiplier=row.multiplier,
                )
            )
        return entries

    # === Readings and quantities ===

    @api.model
    def _find_openings(self, report, entries):
        """Complete first days, opening readings and quantities."""
        open_entries = [
            entry
            for entry in entries
            if entry.date_start is None
            or (
                entry.value is None
                and entry.reading_from is None
                and not entry.kind._is_level()
            )
        ]
        stored = self.env["energy.reading"]._get_last_before(
            [(e.register.id, e.date_end) for e in open_entries if e.register]
        )
        for entry in open_entries:
            register = entry.register.id if entry.register else None
            found = stored.get((register, entry.date_end))
            if found is None:
                report.error(
                    "opening_missing",
                    entry.row.point,
                    entry.row.row,
                    day=entry.date_end.isoformat(),
                )
                continue
            day, value = found
            if entry.date_start is None:
                entry.date_start = day + ONE_DAY
            if entry.kind._is_level():
                continue
            if entry.reading_from is None and entry.date_start == day + ONE_DAY:
                entry.reading_from = value
        for entry in entries:
            if entry.point.code in report.refused:
                continue
            if entry.value is None:
                entry.value = self._get_difference(entry)
                if entry.value is None:
                    report.error(
                        "opening_missing",
                        entry.row.point,
                        entry.row.row,
                        day=entry.date_start.isoformat(),
                    )
                    continue
            entry.value = round_quantity(entry.value)

    @api.model
    def _get_difference(self, entry):
        """Closing less opening reading times multiplier, over a rollover; or None.

        A register of a level tells it with the closing reading alone.
        """
        if entry.kind._is_level():
            told = entry.reading_to
            return None if told is None else told * entry.multiplier
        if entry.reading_from is None or entry.reading_to is None:
            return None
        difference = entry.reading_to - entry.reading_from
        if difference < 0 and entry.register:
            difference += Decimal(10) ** entry.register.digits
        return difference * entry.multiplier

    @api.model
    def _check(self, profile, report, entries):
        """Compare with stored readings and with what the connection can carry."""
        usable = [e for e in entries if e.point.code not in report.refused]
        self._check_capacity(profile, report, usable)
        self._check_difference(profile, report, usable)
        self._check_chain(report, usable)

    @api.model
    def _check_capacity(self, profile, report, entries):
        factor = profile.capacity_factor
        for entry in entries:
            days = (entry.date_end - entry.date_start).days + 1
            most = entry.point.capacity * factor * days * 24
            if entry.value < 0 and not profile.allow_negative:
                report.error(
                    "negative_quantity",
                    entry.row.point,
                    entry.row.row,
                    value=f"{entry.value:f}",
                )
            elif most and entry.value > most:
                report.error(
                    "impossible_quantity",
                    entry.row.point,
                    entry.row.row,
                    value=f"{entry.value:f}",
                    capacity=f"{entry.point.capacity:g}",
                    days=days,
                )

    @api.model
    def _check_difference(self, profile, report, entries):
        """The parser compares where the file states the multiplier, here the rest."""
        tolerance = Decimal(profile.tolerance)
        if tolerance < 0 or profile._has_multiplier():
            return
        for entry in entries:
            expected = self._get_difference(entry)
            if entry.row.quantity is None or expected is None:
                continue
            if abs(entry.value - expected) > tolerance:
                report.error(
                    "difference",
                    entry.row.point,
                    entry.row.row,
                    quantity=f"{entry.value:f}",
                    expected=f"{expected:f}",
                )

    @api.model
    def _check_chain(self, report, entries):
        """An opening reading is the closing reading of the usage before.

        Where no usage ends there, the reading was only ever stated as an opening one
        and is corrected.
        """
        before = {}
        for entry in entries:
            if entry.register and entry.reading_to is not None:
                before[entry.register.id, entry.date_end] = entry.reading_to
        openings = [e for e in entries if e.register and e.reading_from is not None]
        stored = self.env["energy.usage"]._get_closing(
            [(e.register.id, e.date_start - ONE_DAY) for e in openings]
        )
        readings = self.env["energy.reading"]._get_current(
            [e.register.id for e in openings],
            [e.date_start - ONE_DAY for e in openings],
        )
        for entry in openings:
            day = entry.date_start - ONE_DAY
            key = (entry.register.id, day)
            closing = before.get(key, stored.get(key))
            params = {
                "day": day.isoformat(),
                "value": f"{entry.reading_from.normalize():f}",
            }
            if closing is not None and closing != entry.reading_from:
                params["stored"] = f"{closing.normalize():f}"
                report.error(
                    "reading_differs", entry.row.point, entry.row.row, **params
                )
            elif closing is None and key in readings:
                known = readings[key]["value"]
                if known != entry.reading_from:
                    params["stored"] = f"{known.normalize():f}"
                    report.warning(
                        "reading_corrected", entry.row.point, entry.row.row, **params
                    )

    # === Storing ===

    @api.model
    def _store(self, report, sources, entries):
        Usage, Reading = self.env["energy.usage"], self.env["energy.reading"]
        usable = [e for e in entries if e.point.code not in report.refused]
        plan = Usage._plan([self._prepare_usage(e) for e in usable])
        by_id = {entry.point.id: entry for entry in usable}
        for (point_id, _type_id), (code, span) in plan.refused.items():
            row = by_id[point_id].row
            report.error(
                code,
                row.point,
                row.row,
                start=span.start.isoformat(),
                end=span.end.isoformat(),
            )
        usable = [e for e in usable if e.point.code not in report.refused]
        plan = plan.without(
            {e.point.id for e in by_id.values() if e.point.code in report.refused}
        )
        Usage._apply(plan)
        Reading._apply(*Reading._plan(self._prepare_readings(usable)))
        return self._make_results(report, sources, usable, plan)

    @api.model
    def _make_results(self, report, sources, usable, plan):
        """What the load did, by message: ``{message id: ImportResult}``."""
        of_point = {e.point.id: e.message.id for e in usable}
        of_code = {
            row.point: source.message.id for source in sources for row in source.rows
        }
        spans, fresh = defaultdict(list), defaultdict(list)
        unchanged, findings = defaultdict(int), defaultdict(list)
        for entry in usable:
            spans[entry.message.id].append(
                (entry.point.id, entry.date_start, entry.date_end)
            )
        for row in plan.fresh:
            fresh[row["message_id"]].append(row)
        for point_id in plan.unchanged:
            unchanged[of_point[point_id]] += 1
        for finding in report.findings:
            findings[of_code[finding.point]].append(finding)
        return {
            source.message.id: ImportResult(
                findings=findings[source.message.id],
                changes=self._merge_days(
                    (row["point_id"], row["date_start"], row["date_end"])
                    for row in fresh[source.message.id]
                ),
                counts=self._count(
                    source,
                    spans[source.message.id],
                    fresh[source.message.id],
                    unchanged[source.message.id],
                ),
            )
            for source in sources
        }

    @api.model
    def _count(self, source, spans, fresh, unchanged):
        return {
            "row_count": len(source.rows),
            "point_count": len({point_id for point_id, _f, _l in spans}),
            "new_count": sum(row["version"] == 1 for row in fresh),
            "replaced_count": sum(row["version"] > 1 for row in fresh),
            "unchanged_count": unchanged,
            "date_start": min((start for _p, start, _e in spans), default=False),
            "date_end": max((end for _p, _s, end in spans), default=False),
        }

    @api.model
    def _prepare_usage(self, entry):
        return {
            "point_id": entry.point.id,
            "company_id": entry.message.company_id.id,
            "quantity_type_id": entry.kind.quantity_type_id.id,
            "register_id": entry.register.id if entry.register else None,
            "meter_code": entry.row.meter,
            "date_start": entry.date_start,
            "date_end": entry.date_end,
            "value": entry.value,
            "reading_from": entry.reading_from,
            "reading_to": entry.reading_to,
            "multiplier": entry.multiplier,
            "quality": entry.row.quality,
            "message_id": entry.message.id,
        }

    @api.model
    def _prepare_readings(self, entries):
        """Opening and closing readings, once for each register and day."""
        rows = {}
        for entry in entries:
            if not entry.register:
                continue
            for day, value in (
                (entry.date_start - ONE_DAY, entry.reading_from),
                (entry.date_end, entry.reading_to),
            ):
                if value is not None:
                    rows[entry.register.id, day] = {
                        "register_id": entry.register.id,
                        "meter_id": entry.meter.id,
                        "company_id": entry.message.company_id.id,
                        "point_id": entry.point.id,
                        "date": day,
                        "value": value,
                        "quality": entry.row.quality,
                        "message_id": entry.message.id,
                    }
        return list(rows.values())
