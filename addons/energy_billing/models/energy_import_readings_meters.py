from collections import defaultdict
from datetime import timedelta

from odoo import api, models
from odoo.fields import Command

from odoo.addons.billing_base.rating import to_decimal

ONE_DAY = timedelta(days=1)


class EnergyImportReadings(models.AbstractModel):
    """The meters that a table of readings names: found, entered, and read whole."""

    _inherit = "energy.import.readings"

    @api.model
    def _find_meters(self, profile, report, entries):
        """Set meter, register and multiplier of the entries."""
        meters = self._get_meters(profile, {entry.row.meter for entry in entries})
        if profile.create_meters:
            meters |= self._create_meters(profile, report, entries, meters)
        has_multiplier = profile._has_multiplier()
        for entry in entries:
            code = entry.row.meter
            if not code:
                continue
            meter = entry.meter = meters.get(code)
            if meter is None:
                report.warning(
                    "meter_unknown", entry.row.point, entry.row.row, meter=code
                )
                continue
            installation = self._find_installation(report, entry)
            if installation is None:
                continue
            entry.register = meter.register_ids.filtered(
                lambda register, kind=entry.kind: register.kind_id == kind
            )[:1]
            multiplier = to_decimal(installation.multiplier)
            if has_multiplier and entry.multiplier != multiplier:
                report.error(
                    "multiplier",
                    entry.row.point,
                    entry.row.row,
                    value=f"{entry.multiplier.normalize():f}",
                    expected=f"{multiplier.normalize():f}",
                )
            entry.multiplier = multiplier
        self._check_registers(report, entries)

    @api.model
    def _get_meters(self, profile, meter_codes):
        meters = self.env["energy.meter"].search(
            [
                ("company_id", "=", profile.company_id.id),
                ("commodity", "=", profile.commodity),
                ("code", "in", list(filter(None, meter_codes))),
            ]
        )
        return {meter.code: meter for meter in meters}

    @api.model
    def _create_meters(self, profile, report, entries, known):
        """Enter the meters of the file that are not known, with their installations.

        The installation of the point's former meter ends the day before. A meter whose
        days collide with a later installation is left to the clerk.

        :return: ``{code: energy.meter}``
        """
        new = {}
        for entry in entries:
            code = entry.row.meter
            if code and code not in known and entry.point.code not in report.refused:
                new.setdefault(code, []).append(entry)
        at_point = defaultdict(list)
        for code, group in new.items():
            start = min(entry.date_start or entry.date_end for entry in group)
            at_point[group[0].point.id].append((start, code))
        installations = self._make_room(at_point)
        new = {
            code: group
            for code, group in new.items()
            if (group[0].point.id, code) in installations
        }
        # a finding tells each new meter; a log entry would tell it again
        Meter = self.env["energy.meter"]
        silent = Meter.with_context(tracking_disable=True, mail_create_nolog=True)
        meters = silent.create(
            [
                {
                    "code": code,
                    "company_id": profile.company_id.id,
                    "commodity": profile.commodity,
                    "register_ids": [
                        Command.create({"kind_id": kind_id})
                        for kind_id in sorted({entry.kind.id for entry in group})
                    ],
                }
                for code, group in new.items()
            ]
        )
        meters = Meter.browse(meters.ids)
        self.env["energy.installation"].create(
            [
                {
                    **installations[group[0].point.id, meter.code],
                    "meter_id": meter.id,
                    "multiplier": float(group[0].multiplier),
                }
                for meter, group in zip(meters, new.values(), strict=True)
            ]
        )
        for code, group in new.items():
            row = group[0].row
            report.warning("meter_new", row.point, row.row, meter=code)
        return {meter.code: meter for meter in meters}

    @api.model
    def _make_room(self, at_point):
        """End the installations that new meters follow.

        :param dict at_point: ``{point id: [(first day, meter code), …]}``
        :return: values of the new installations by ``(point id, meter code)``
        """
        stored = self.env["energy.installation"].search(
            [("point_id", "in", list(at_point)), ("is_sub_meter", "=", False)]
        )
        by_point = stored.grouped(lambda installation: installation.point_id.id)
        values, ends = {}, defaultdict(stored.browse)
        for point_id, starts in at_point.items():
            starts = sorted(starts)
            first = starts[0][0]
            here = by_point.get(point_id, stored.browse())
            running = here.filtered(
                lambda i, first=first: not i.date_end or i.date_end >= first
            )
            if any(i.date_start >= first or i.date_end for i in running):
                continue
            ends[first - ONE_DAY] |= running
            following = [start for start, _code in starts[1:]] + [None]
            for (start, code), after in zip(starts, following, strict=True):
                values[point_id, code] = {
                    "point_id": point_id,
                    "date_start": start,
                    "date_end": after and after - ONE_DAY,
                }
        for day, installations in ends.items():
            installations.date_end = day
        stored.flush_recordset()
        return values

    @api.model
    def _find_installation(self, report, entry):
        """The installation of the entry's meter at its point, None after a finding."""
        start, end = entry.date_start or entry.date_end, entry.date_end
        during = entry.meter.installation_ids.filtered(
            lambda i: i.date_start <= end and (not i.date_end or i.date_end >= start)
        )
        here = during.filtered(lambda i: i.point_id.id == entry.point.id)
        row = entry.row
        if not here:
            if during:
                report.error(
                    "meter_elsewhere",
                    row.point,
                    row.row,
                    meter=row.meter,
                    other=during[0].point_id.code,
                )
            else:
                report.warning("meter_unknown", row.point, row.row, meter=row.meter)
            return None
        installation = here[0]
        last = installation.date_end
        if installation.date_start > start or (last and last < end):
            report.error(
                "meter_life",
                row.point,
                row.row,
                meter=row.meter,
                start=installation.date_start.isoformat(),
                end=last.isoformat() if last else "…",
                row_start=start.isoformat(),
                row_end=end.isoformat(),
            )
            return None
        return installation

    @api.model
    def _check_registers(self, report, entries):
        """A file that reads a meter reads all of its billed registers."""
        groups = defaultdict(list)
        for entry in entries:
            if entry.register:
                groups[entry.meter, entry.point.code].append(entry)
        for (meter, point), group in groups.items():
            read = self.env["energy.register"].union(*(e.register for e in group))
            missing = meter.register_ids.filtered("is_billed") - read
            if missing:
                report.error(
                    "registers_missing",
                    point,
                    group[0].row.row,
                    meter=meter.code,
                    registers=", ".join(missing.mapped("code")),
                )
