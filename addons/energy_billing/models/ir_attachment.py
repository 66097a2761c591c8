import io
from contextlib import contextmanager

from odoo import models


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    @contextmanager
    def _open_energy_stream(self):
        """The content as a binary, seekable file object, not held in memory where the
        filestore has it."""
        self.ensure_one()
        self.check_access("read")
        if self.store_fname:
            with open(self._full_path(self.store_fname), "rb") as fileobj:
                yield fileobj
        else:
            yield io.BytesIO(self.raw or b"")
