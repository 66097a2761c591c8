from collections import defaultdict
from dataclasses import dataclass, field

from odoo import api, models

from ..market.errors import ERROR, WARNING, Finding


@dataclass(frozen=True)
class Source:
    """What a message says, for a load of several messages at once.

    :param rows: what the parser handed out
    :param bad_points: codes of points of which it held something back
    """

    message: object
    rows: list
    bad_points: frozenset = frozenset()


@dataclass
class ImportResult:
    """What an import did.

    `changes` maps point ids to their first and last changed day, `counts` are values
    of fields of the message.
    """

    findings: list
    changes: dict = field(default_factory=dict)
    counts: dict = field(default_factory=dict)


class Report:
    """Findings of the checks against the database.

    An error takes its point out of the message, so its code is kept in `refused`.
    """

    def __init__(self):
        self.findings = []
        self.refused = set()
        self._told = set()

    def error(self, code, point, row=None, once=False, **params):
        self.refused.add(point)
        self._add(ERROR, code, point, row, once, params)

    def warning(self, code, point, row=None, once=False, **params):
        self._add(WARNING, code, point, row, once, params)

    def _add(self, level, code, point, row, once, params):
        """Keep a finding; with ``once`` the first of its code and point only."""
        key = (code, point)
        if once and key in self._told:
            return
        self._told.add(key)
        self.findings.append(Finding(level, code, row=row, point=point, params=params))


@dataclass(frozen=True, slots=True)
class KnownPoint:
    """What imports need to know of a metering point; capacity in kW or 0."""

    id: int
    code: str
    network_id: int
    capacity: float
    measurement: str


class EnergyImport(models.AbstractModel):
    """What the imports of all kinds of messages have in common."""

    _name = "energy.import"
    _description = "Import of a Message"

    @api.model
    def _import(self, message, fileobj):
        """Store what a file says.

        The caller holds a savepoint and rolls it back on MarketError, so a critical
        finding leaves nothing behind.

        :param message: energy.message with its profile
        :param fileobj: binary and seekable
        :return: ImportResult
        :raises MarketError: when the whole file cannot be used
        """
        raise NotImplementedError

    @api.model
    def _get_points(self, profile, point_codes):
        """Metering points of the profile's company and commodity by code.

        :return: ``{code: KnownPoint}``
        """
        points = self.env["energy.metering.point"].search_fetch(
            [
                ("company_id", "=", profile.company_id.id),
                ("commodity", "=", profile.commodity),
                ("code", "in", list(point_codes)),
            ],
            ["code", "network_id", "capacity_kw", "measurement"],
        )
        return {
            point.code: KnownPoint(
                point.id,
                point.code,
                point.network_id.id,
                point.capacity_kw,
                point.measurement,
            )
            for point in points
        }

    @api.model
    def _check_point(self, profile, report, code, point, row):
        """Find what is wrong with the point of a row.

        :param point: KnownPoint or None
        :return: whether the point can be used
        """
        network = profile.network_id
        if point is None:
            report.error("point_unknown", code, row, once=True)
            return False
        if network and point.network_id != network.id:
            own = self.env["energy.network"].browse(point.network_id)
            report.error(
                "point_network",
                code,
                row,
                once=True,
                network=own.name or "–",
                sender=network.name,
            )
            return False
        return True

    @api.model
    def _get_kinds(self):
        """Registers and channels: ``{code: energy.register.kind}``"""
        return {kind.code: kind for kind in self.env["energy.register.kind"].search([])}

    @api.model
    def _merge_days(self, spans):
        """First and last day of each point: ``{point id: (first, last)}``.

        :param spans: iterable of ``(point id, first day, last day)``
        """
        days = defaultdict(list)
        for point_id, first, last in spans:
            days[point_id] += (first, last)
        return {point_id: (min(dates), max(dates)) for point_id, dates in days.items()}
