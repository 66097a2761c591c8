import logging
import os
from datetime import timedelta
from fnmatch import fnmatch
from pathlib import Path

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import config, email_normalize

_logger = logging.getLogger(__name__)

ROOT = "energy_billing.intake_root"
"""System parameter: the folder below which all watched folders lie."""


class EnergyIntake(models.Model):
    """Where files come from by themselves: a watched folder, an e-mail address.

    A file in the folder is imported and then moved to ``done`` or ``error``. Killed in
    between, the file is still there and is found to be known the next time.
    """

    _name = "energy.intake"
    _description = "Intake of Files"
    _inherit = ["mail.thread", "mail.alias.mixin"]
    _order = "name"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    profile_id = fields.Many2one(
        "energy.table.profile",
        check_company=True,
        ondelete="restrict",
        help="Empty: found for each file by its name or its first rows.",
    )
    folder = fields.Char(
        tracking=True,
        help="Below the intake folder of the server, for example north/incoming.",
    )
    pattern = fields.Char(
        string="File Names", default="*", required=True, help="For example *.csv"
    )
    quiet_minutes = fields.Integer(
        string="Untouched Minutes",
        default=2,
        help="A file is taken once nobody has written to it for so long.",
    )
    max_megabytes = fields.Integer(
        string="Largest File (MB)", default=2048, required=True
    )
    allowed_senders = fields.Char(
        tracking=True,
        help="E-mail addresses or domains, with commas between them. Mails of others "
        "are kept here and not imported. Empty: nobody's are imported.",
    )
    scanned_on = fields.Datetime(string="Last Look", readonly=True, copy=False)

    _max_positive = models.Constraint(
        "CHECK (max_megabytes > 0 AND quiet_minutes >= 0)",
        "The largest file and the untouched minutes cannot be negative.",
    )
    _folder_unique = models.UniqueIndex(
        "(folder) WHERE folder IS NOT NULL AND active",
        "This folder is watched already.",
    )

    @api.constrains("folder")
    def _check_folder(self):
        for intake in self.filtered("folder"):
            root = self._get_root()
            if not (root / intake.folder).resolve().is_relative_to(root):
                raise ValidationError(
                    self.env._(
                        "%(folder)s lies outside of the intake folder of the server.",
                        folder=intake.folder,
                    )
                )

    @api.model
    def _get_root(self):
        """The folder of the server below which watched folders lie."""
        given = self.env["ir.config_parameter"].sudo().get_param(ROOT)
        return Path(given or Path(config["data_dir"]) / "intake").resolve()

    # === The watched folder ===

    @api.model
    def _cron_scan(self):
        """Import what lies in the watched folders, a file in a transaction."""
        todo = []
        for intake in self.search([("folder", "!=", False)]):
            try:
                todo += [(intake, path) for path in intake._list_files()]
            except UserError as error:
                # a folder that is away stops the others no more than itself
                _logger.warning("intake %s: %s", intake.id, error)
        progress = self.env["ir.cron"]
        progress._commit_progress(remaining=len(todo))
        for intake, path in todo:
            # another process may look at the same folder
            if intake.try_lock_for_update():
                intake._take(path)
            if not progress._commit_progress(1):
                break

    def action_scan(self):
        """Look into the folder now."""
        self.ensure_one()
        paths = self._list_files()
        for path in paths:
            self._take(path)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._("%(count)s files were taken.", count=len(paths)),
                "type": "info",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _list_files(self):
        """Files ready to be taken, the oldest first: corrections come later."""
        self.ensure_one()
        folder = self._get_root() / self.folder
        if not folder.is_dir():
            raise UserError(
                self.env._(
                    "%(intake)s: there is no folder %(folder)s on the server. Make it, "
                    "with the right to write for the server.",
                    intake=self.name,
                    folder=folder,
                )
            )
        before = fields.Datetime.now() - timedelta(minutes=self.quiet_minutes)
        found = []
        for entry in os.scandir(folder):
            if not entry.is_file(follow_symlinks=False) or entry.name.startswith("."):
                continue
            modified = entry.stat().st_mtime
            if fnmatch(entry.name, self.pattern) and modified <= _timestamp(before):
                found.append((modified, entry.name))
        self.scanned_on = fields.Datetime.now()
        return [folder / name for _modified, name in sorted(found)]

    def _take(self, path):
        """Import a file; it is moved away after the commit."""
        self.ensure_one()
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            # taken by another process meanwhile
            return self.env["energy.message"]
        if size > self.max_megabytes << 20:
            self._message_log(
                body=self.env._(
                    "%(file)s has %(size)s MB, more than the %(limit)s MB allowed. It "
                    "lies in the folder “error”.",
                    file=path.name,
                    size=size >> 20,
                    limit=self.max_megabytes,
                )
            )
            self._move_after_commit(path, "error")
            return self.env["energy.message"]
        try:
            with self.env.cr.savepoint(), path.open("rb") as fileobj:
                message = self._deliver(path.name, fileobj)
        except psycopg2.Error:
            # the same content is imported by somebody else: the next look knows it
            _logger.info("%s is imported by another process", path)
            return self.env["energy.message"]
        good = message.state == "processed"
        self._move_after_commit(path, "done" if good else "error")
        return message

    def _deliver(self, name, content):
        """Hand a file over to the import.

        :param content: bytes or a binary file object
        :return: energy.message
        """
        Message = self.env["energy.message"].with_company(self.company_id)
        delivery = Message._deliver(
            self.profile_id.with_company(self.company_id), name, content
        )
        return delivery.energy_message_id

    def _move_after_commit(self, path, name):
        target = path.parent / name / fields.Date.to_string(fields.Date.today())

        def move():
            target.mkdir(parents=True, exist_ok=True)
            try:
                path.replace(_free_name(target / path.name))
            except FileNotFoundError:
                _logger.info("%s was moved away by another process", path)

        self.env.cr.postcommit.add(move)

    # === The e-mail address ===

    def _alias_get_creation_values(self):
        values = super()._alias_get_creation_values()
        values["alias_model_id"] = self.env["ir.model"]._get_id(self._name)
        if self.id:
            # mails arrive at this record instead of making new ones
            values["alias_force_thread_id"] = self.id
        return values

    def message_update(self, msg_dict, update_vals=None):
        """Import the attachments of a mail of an allowed sender."""
        self.ensure_one()
        sender = email_normalize(msg_dict.get("email_from") or "") or ""
        if self._is_allowed(sender):
            for attachment in msg_dict.get("attachments") or ():
                name, content = attachment[0], attachment[1]
                if isinstance(content, str):
                    content = content.encode()
                if fnmatch(name, self.pattern):
                    self._deliver(name, content)
        else:
            _logger.info("mail of %s to intake %s not imported", sender, self.id)
        return super().message_update(msg_dict, update_vals)

    def _is_allowed(self, sender):
        allowed = [
            text.strip().lower() for text in (self.allowed_senders or "").split(",")
        ]
        domain = sender.rpartition("@")[2]
        return bool(sender) and any(
            text in (sender, domain, f"@{domain}") for text in allowed if text
        )


def _timestamp(moment):
    """Seconds since 1970 of a time as Odoo stores it (UTC)."""
    return (moment - fields.Datetime.to_datetime("1970-01-01")).total_seconds()


def _free_name(path):
    """A name that no file of the folder has."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}_{number}{path.suffix}")
    return free
