from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..folders import StorageFolder


class EnergyIntake(models.Model):
    """A watched folder may lie in a storage, such as an SFTP server."""

    _inherit = "energy.intake"

    storage_id = fields.Many2one(
        "fs.storage",
        ondelete="restrict",
        index="btree_not_null",
        tracking=True,
        help="Where the folder lies, such as an SFTP server; empty: on this server.",
    )

    _folder_unique = models.UniqueIndex(
        "(folder, COALESCE(storage_id, 0)) WHERE folder IS NOT NULL AND active",
        "This folder is watched already.",
    )

    @api.constrains("folder", "storage_id")
    def _check_folder(self):
        remote = self.filtered("storage_id")
        for intake in remote.filtered("folder"):
            if ".." in intake.folder.split("/"):
                raise ValidationError(
                    self.env._(
                        "%(folder)s lies outside of the storage.",
                        folder=intake.folder,
                    )
                )
        return super(EnergyIntake, self - remote)._check_folder()

    def _get_folder(self):
        storage = self.storage_id.sudo()  # clerks use a storage, they don't see it
        if not storage:
            return super()._get_folder()
        return StorageFolder(storage, self.folder)
