"""What the overview shows of energy: files, measurement, points to bill."""

from odoo import models

from odoo.addons.billing_base.models.billing_cockpit import Step


class BillingCockpit(models.AbstractModel):
    _inherit = "billing.cockpit"

    def _get_lanes(self, scope):
        lanes = super()._get_lanes(scope)
        own = ("company_id", "=", scope.company.id)
        if scope.period and self._has("energy.metering.point", own):
            lanes.append(("energy", 20, self.env._("Measurement"), "billing"))
        return lanes

    def _get_steps(self):
        _ = self.env._
        return [
            *super()._get_steps(),
            Step("files", "energy", _("Received Files"), "energy.message", 10),
            Step(
                "measurement",
                "energy",
                _("Completeness"),
                "energy.completeness",
                20,
                is_slow=True,
            ),
            Step(
                "points",
                "energy",
                _("Points to Bill"),
                "energy.billing.work",
                30,
                is_slow=True,
            ),
        ]

    def _read_files(self, scope):
        """Files and messages with values of the period's days."""
        _ = self.env._
        own = ("company_id", "=", scope.company.id)
        days = [
            own,
            ("date_start", "<=", scope.period.date_end),
            ("date_end", ">=", scope.period.date_start),
        ]
        action = "energy_billing.energy_message_action"
        Message = self.env["energy.message"]
        bad = [own, ("state", "in", ("rejected", "error"))]
        flawed = [*days, ("state", "=", "processed"), ("error_count", ">", 0)]
        waiting = [own, ("state", "=", "new")]
        return [
            self._figure(
                "received",
                _("With Values of the Period"),
                Message.search_count(days),
                self._list(action, days),
            ),
            self._figure(
                "waiting",
                _("Not Yet Imported"),
                Message.search_count(waiting),
                self._list(action, waiting),
                tone="warning",
            ),
            self._figure(
                "flawed",
                _("Imported with Errors"),
                Message.search_count(flawed),
                self._list(action, flawed),
                tone="warning",
            ),
            self._figure(
                "refused",
                _("Nothing Imported"),
                Message.search_count(bad),
                self._list(action, bad),
                tone="danger",
                late=_("Received Files Not Imported"),
            ),
        ]

    def _read_measurement(self, scope):
        """Metering points by how much of the period was received."""
        return self._read_statuses(
            scope,
            "energy.completeness",
            "energy_billing.energy_completeness_action",
            {
                "missing": "danger",
                "partial": "warning",
                "estimated": "warning",
                "late": "warning",
                "received": "success",
            },
        )

    def _read_points(self, scope):
        """Points by what is to be done with them."""
        return self._read_statuses(
            scope,
            "energy.billing.work",
            "energy_billing.energy_billing_work_action",
            {
                "to_bill": "",
                "calendar": "",
                "different": "danger",
                "variants": "warning",
                "missing": "danger",
                "corrected": "danger",
                "unordered": "warning",
                "billed": "success",
            },
        )

    def _read_statuses(self, scope, model, action, tones):
        """A figure for each status that occurs, in the order of ``tones``."""
        own = [("period_id", "=", scope.period.id)]
        Model = self.env[model]
        found = dict(Model._read_group(own, ["status"], ["__count"]))
        labels = dict(Model._fields["status"]._description_selection(self.env))
        return [
            self._figure(
                status,
                labels[status],
                found[status],
                self._list(action, [*own, ("status", "=", status)]),
                tone=tone,
            )
            for status, tone in tones.items()
            if status in found
        ]

    def _get_setup(self, scope):
        _ = self.env._
        own = ("company_id", "=", scope.company.id)
        return [
            *super()._get_setup(scope),
            (
                55,
                _("Distributor or network"),
                _("Whose files you receive, and how its points are numbered."),
                self._has("energy.network", own),
                "energy_billing.energy_network_action",
            ),
            (
                62,
                _("Metering points"),
                _("They come with the go-live import or with confirmations."),
                self._has("energy.metering.point", own),
                "energy_billing.energy_metering_point_action",
            ),
            (
                80,
                _("First file imported"),
                _("Readings, intervals or market messages of a month."),
                self._has("energy.message", own),
                "energy_billing.energy_import_wizard_action",
            ),
        ]
