"""The pure packages import without Odoo: ``rating``, ``market``, ``postage`` …"""

import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

ADDONS = Path(__file__).resolve().parents[2] / "addons"
for addon in (
    "billing_advance",
    "billing_base",
    "billing_broker",
    "energy_billing",
    "energy_connection",
    "energy_forecast",
    "energy_offer",
    "postal_billing",
):
    sys.path.insert(0, str(ADDONS / addon))

# a busy machine is no reason for a test to fail
settings.register_profile(
    "unit", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("unit")
