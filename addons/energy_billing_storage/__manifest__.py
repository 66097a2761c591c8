{
    "name": "Energy Billing: Remote Folders",
    "summary": "Watched folders on SFTP servers and other storages",
    "version": "19.0.1.0.0",
    "category": "Accounting/Billing",
    "license": "AGPL-3",
    "author": "Odoo Billing maintainers",
    "depends": ["energy_billing", "fs_storage"],
    "external_dependencies": {"python": ["fsspec", "paramiko"]},
    "data": ["views/energy_intake_views.xml"],
    "auto_install": True,
}
