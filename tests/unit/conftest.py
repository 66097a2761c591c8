"""The pure packages import without Odoo: ``rating``, ``market``, ``documents``."""

import sys
from pathlib import Path

ADDONS = Path(__file__).resolve().parents[2] / "addons"
for addon in ("billing_base", "energy_billing"):
    sys.path.insert(0, str(ADDONS / addon))
