"""What the life of an account needs besides the demo; runs in an Odoo shell.

Expects `env` of the demo. The network ERP West gets a profile for its confirmations
and a template for the customers they bring; Vita Dairy is nobody's customer yet.
"""

CONFIRMATION = {
    "name": "ERP West, confirmations",
    "kind": "confirmations",
    "columns": {
        "point": "Point",
        "status": "Status",
        "customer": "Customer",
        "company_number": "Number",
        "street": "Street",
        "city": "City",
        "capacity": "kW",
        "date_from": "From",
        "reason": "Reason",
    },
    "statuses": {"new": "new", "rejected": "rejected"},
}
KNOWN = "32Z103775993241303436285257740001"


def make(env):
    """Make profile, template and a prospect."""
    env["res.partner"].create(
        {"name": "Vita Dairy", "email": "vita@example.com", "is_company": True}
    )
    point = env["energy.metering.point"].search([("code", "=", KNOWN)])
    agreement = point.agreement_ids
    network, tariff = point.network_id, agreement.term_ids.tariff_id
    profile = env["billing.profile"].create(
        {
            "name": "By mail, when it is clean",
            "grouping": "account",
            "payment_term_id": env.ref("account.account_payment_term_15days").id,
        }
    )
    Profile = env["energy.table.profile"]
    Profile.create(
        {
            **Profile._prepare_from_dict(CONFIRMATION),
            "network_id": network.id,
            "file_pattern": "west_confirmation*.csv",
        }
    )
    env["energy.onboarding.template"].create(
        {
            "name": "Businesses of ERP West",
            "network_id": network.id,
            "type_id": agreement.type_id.id,
            "tariff_id": tariff.id,
            "profile_id": profile.id,
            "point_measurement": "interval",
            "capacity_type_id": env.ref("energy_billing.quantity_type_capacity").id,
        }
    )


if "env" in globals():
    make(env)  # noqa: F821
    env.cr.commit()  # noqa: F821
