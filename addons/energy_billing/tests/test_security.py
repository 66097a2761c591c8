from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import EnergyCase

MODELS = (
    "energy.network",
    "energy.metering.point",
    "energy.meter",
    "energy.register",
    "energy.installation",
    "energy.reading",
    "energy.usage",
    "energy.interval",
    "energy.interval.history",
    "energy.message",
    "energy.message.finding",
    "energy.table.profile",
    "energy.table.profile.column",
    "energy.table.profile.text",
)


@tagged("post_install", "-at_install")
class TestSecurity(EnergyCase):
    def test_company_never_sees_another_s_records(self):
        self.readings_profile.text_ids = [
            Command.create({"kind": "quality", "text": "E", "value": "estimated"})
        ]
        self._import_readings(
            "N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310",
            "N-9;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310",
        )
        self._import_intervals(*self._month_of_intervals())
        self._import_intervals(*self._month_of_intervals(2))
        other = self.env["res.company"].create({"name": "Other"})
        user = new_test_user(
            self.env,
            login="other_admin",
            groups="billing_base.group_billing_admin",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for model in MODELS:
            with self.subTest(model):
                self.assertTrue(self.env[model].search_count([]))
                self.assertFalse(self.env[model].with_user(user).search_count([]))

    def test_viewer_changes_nothing(self):
        viewer = self._user("viewer")
        for model in MODELS:
            with self.subTest(model):
                records = self.env[model].with_user(viewer)
                records.check_access("read")
                for operation in ("write", "create", "unlink"):
                    with self.assertRaises(AccessError):
                        records.check_access(operation)

    def test_point_stays_in_its_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        with self.assertRaises(UserError):
            self.point.company_id = other

    def test_clerk_imports_but_does_not_change_profiles(self):
        clerk = self._user("clerk")
        with self.assertRaises(AccessError):
            self.readings_profile.with_user(clerk).decimal = ","
