"""Points and a profile for the golden files of tests/data/messages."""

import importlib
import io
import sys
import zipfile
from pathlib import Path

from odoo.fields import Command

from .common import EnergyCase

DATA = Path(__file__).resolve().parents[3] / "tests" / "data"
FILES = DATA / "messages"

CDSIDIS = """<?xml version="1.0" encoding="UTF-8"?>
<CDSIDIS xmlns="http://www.ote-cr.cz/schema/idis" id="%(id)s" message-code="125"
 date-time="%(sent)s" dtd-version="1" dtd-release="1">
  <SenderIdentification id="8591824000007" coding-scheme="14" role="OTE"/>
  <ReceiverIdentification id="8591824556207" coding-scheme="14" role="SUP"/>
  %(reference)s
  <Location ean="%(ean)s" date-from="%(start)s" date-to="%(end)s" reason="periodic">
    <Meter id="%(meter)s" multiplier="1">
      <Register tariff="JT" value-from="%(old)s" value-to="%(new)s"
       quantity="%(quantity)s" unit="KWH" status="W"/>
    </Meter>
  </Location>
</CDSIDIS>
"""


def load_data(name):
    """A module of tests/data, which the demo uses too."""
    if str(DATA) not in sys.path:
        sys.path.append(str(DATA))
    return importlib.import_module(name)


class MarketCase(EnergyCase):
    """A Czech network with the two points of the golden DUF, each with its meter."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cz = cls.env["energy.network"].create(
            {
                "name": "Distribution CZ",
                "code": "CZ",
                "partner_id": cls.env["res.partner"]
                .create({"name": "Distribution CZ", "email": "dist@example.com"})
                .id,
                "tz": "Europe/Prague",
                "code_scheme": "gsrn",
            }
        )
        cls.market_profile = cls.env["energy.table.profile"].create(
            {
                "name": "Market operator",
                "kind": "market",
                "network_id": cls.cz.id,
                "timezone": "Europe/Prague",
                "sender_code": "8591824000007",
                "receiver_code": "8591824556207",
                "tolerance": "0.01",
                "create_meters": True,
            }
        )
        cls.two_tariff, cls.exchanged, cls.profiled = cls.env[
            "energy.metering.point"
        ].create(
            [
                {"code": "859182400501380873", "network_id": cls.cz.id},
                {"code": "859182400700227603", "network_id": cls.cz.id},
                {
                    "code": "859182400123456789",
                    "network_id": cls.cz.id,
                    "measurement": "interval",
                },
            ]
        )
        cls.floating_type = cls.env["billing.agreement.type"].create(
            {
                "name": "Floating Supply",
                "code": "FS",
                "cycle_id": cls.cycle.id,
                "segment_type_id": cls.env.ref("billing_base.segment_type_metered").id,
                "quantity_type_id": cls.energy.id,
                "billed_on": "order",
            }
        )

    def _import_golden(self, name, profile=None):
        content = (FILES / name).read_bytes()
        return self.env["energy.message"]._import_file(
            profile or self.market_profile, name, content
        )

    def _duf(self, **values):
        """A message of data to bill of one register, as text."""
        return (
            CDSIDIS
            % {
                "id": "D-1",
                "sent": "2026-02-01T08:00:00+01:00",
                "reference": "",
                "ean": self.exchanged.code,
                "start": "2026-01-01",
                "end": "2026-01-31",
                "meter": "80000001",
                "old": "1000",
                "new": "1310",
                "quantity": "310",
                **values,
            }
        ).encode()

    def _import_duf(self, **values):
        content = self._duf(**values)
        return self.env["energy.message"]._import_file(
            self.market_profile, f"{values.get('id', 'D-1')}.xml", content
        )

    def _zip(self, members):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return stream.getvalue()

    def _create_floating_agreement(self, point, date_start="2025-01-01"):
        agreement = self._create_point_agreement(point)
        agreement.term_ids.unlink()
        agreement.write(
            {
                "type_id": self.floating_type.id,
                "date_start": date_start,
                "term_ids": [
                    Command.create(
                        {
                            "date_start": date_start,
                            "tariff_id": self.energy_tariff.id,
                        }
                    )
                ],
            }
        )
        return agreement
