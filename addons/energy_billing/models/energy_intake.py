import logging
from datetime import UTC, timedelta
from fnmatch import fnmatch
from pathlib import Path

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import config, email_normalize, mute_logger

from ..folders import LocalFolder

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
    problem = fields.Char(
        readonly=True, copy=False, help="Why the last look found no folder."
    )

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
            if not intake._try_lock():
                continue
            try:
                todo += [(intake, name) for name in intake._list_files()]
            except UserError as error:
                # a folder that is away stops the others no more than itself
                _logger.warning("intake %s: %s", intake.id, error)
                intake.problem = str(error)
        progress = self.env["ir.cron"]
        progress._commit_progress(remaining=len(todo))
        for intake, name in todo:
            if intake._try_lock():
                intake._take(name)
            if not progress._commit_progress(1):
                break

    def _try_lock(self):
        """Whether no other process looks at the same folder."""
        try:
            with self.env.cr.savepoint(flush=False), mute_logger("odoo.sql_db"):
                return bool(self.try_lock_for_update())
        except psycopg2.errors.SerializationFailure:
            # it has done so since this transaction began
            return False

    def action_scan(self):
        """Look into the folder now."""
        self.ensure_one()
        names = self._list_files()
        for name in names:
            self._take(name)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._("%(count)s files were taken.", count=len(names)),
                "type": "info",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _get_folder(self):
        """The watched folder; see ``folders.LocalFolder``."""
        self.ensure_one()
        return LocalFolder(self._get_root() / self.folder)

    def _list_files(self):
        """Names of files ready to be taken, the oldest first: corrections come later.

        :raises UserError: when the folder cannot be read
        """
        folder = self._get_folder()
        before = fields.Datetime.now() - timedelta(minutes=self.quiet_minutes)
        try:
            found = folder.list()
        except FileNotFoundError as error:
            raise UserError(
                self.env._(
                    "%(intake)s: there is no folder %(folder)s. Make it, with the "
                    "right to write for the server.",
                    intake=self.name,
                    folder=folder,
                )
            ) from error
        except OSError as error:
            raise UserError(
                self.env._(
                    "%(intake)s: folder %(folder)s cannot be read: %(reason)s",
                    intake=self.name,
                    folder=folder,
                    reason=error,
                )
            ) from error
        self.write({"scanned_on": fields.Datetime.now(), "problem": False})
        return [
            name
            for modified, name in sorted(found)
            if fnmatch(name, self.pattern) and modified <= before.replace(tzinfo=UTC)
        ]

    def _take(self, name):
        """Import a file; it is moved away after the commit.

        :return: energy.message, empty when the file was left where it is
        """
        folder = self._get_folder()
        nothing = self.env["energy.message"]
        try:
            size = folder.size(name)
            if size > self.max_megabytes << 20:
                self._message_log(
                    body=self.env._(
                        "%(file)s has %(size)s MB, more than the %(limit)s MB allowed. "
                        "It lies in the folder “error”.",
                        file=name,
                        size=size >> 20,
                        limit=self.max_megabytes,
                    )
                )
                self._move_after_commit(folder, name, "error")
                return nothing
            with self.env.cr.savepoint(), folder.open(name) as fileobj:
                message = self._deliver(name, fileobj)
        except FileNotFoundError:
            # taken by another process meanwhile
            return nothing
        except OSError as error:
            # the connection broke: the next look finds the file again
            _logger.warning("intake %s: %s: %s", self.id, name, error)
            self.problem = f"{name}: {error}"
            return nothing
        except psycopg2.Error:
            # the same content is imported by somebody else: the next look knows it
            _logger.info("%s in %s is imported by another process", name, folder)
            return nothing
        good = message.state == "processed"
        self._move_after_commit(folder, name, "done" if good else "error")
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

    def _move_after_commit(self, folder, name, target):
        target = f"{target}/{fields.Date.to_string(fields.Date.today())}"

        def move():
            try:
                folder.move(name, target)
            except OSError as error:
                # it is known the next time and moved then
                _logger.info("%s stays in %s: %s", name, folder, error)

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
