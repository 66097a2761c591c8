"""Files that are too large for memory, and rows that are too many."""

import hashlib
import io
import os
import tempfile
from contextlib import contextmanager

from odoo.tools import SQL

BLOCK = 1 << 20


def iter_rows(env, query, size=5000):
    """Rows of an ``SQL`` query by a cursor of the server, ``size`` at a time."""
    env.cr.execute(SQL("DECLARE billing_rows NO SCROLL CURSOR FOR %s", query))
    try:
        while True:
            env.cr.execute(SQL("FETCH %s FROM billing_rows", size))
            rows = env.cr.fetchall()
            if not rows:
                break
            yield from rows
    finally:
        if not env.cr.closed and not _is_aborted(env.cr):
            env.cr.execute("CLOSE billing_rows")


def _is_aborted(cr):
    # psycopg2.extensions.TRANSACTION_STATUS_INERROR: nothing can be executed any more
    return cr.connection.info.transaction_status == 3


def attach_stream(record, field, name, fileobj, mimetype="application/octet-stream"):
    """Store a file object as the binary field of a record, without reading it whole.

    Binary fields take base64 in memory; the attachment is therefore created empty and
    pointed to the file by SQL, because the ORM strips those columns.

    :param fileobj: binary, at its beginning
    :return: ``(SHA-256, size in bytes)``
    """
    record.ensure_one()
    record.check_access("write")
    Attachment = record.env["ir.attachment"].sudo()
    # the field's own attachment, which users can only make through the field
    attachment = Attachment.create(
        {
            "name": name,
            "res_model": record._name,
            "res_field": field,
            "res_id": record.id,
            "type": "binary",
            "mimetype": mimetype,
            "company_id": record.company_id.id,
        }
    )
    if Attachment._storage() != "file":
        raw = fileobj.read()
        attachment.write({"raw": raw, "mimetype": mimetype})
        record.invalidate_recordset([field])
        return hashlib.sha256(raw).hexdigest(), len(raw)
    place, sha1, sha256, size = _store(Attachment, fileobj)
    attachment.flush_recordset()
    record.env.cr.execute(
        SQL(
            "UPDATE ir_attachment SET store_fname = %s, checksum = %s,"
            " file_size = %s, db_datas = NULL WHERE id = %s",
            place,
            sha1,
            size,
            attachment.id,
        )
    )
    attachment.invalidate_recordset()
    record.invalidate_recordset([field])
    return sha256, size


def get_attachment(record, field):
    """The attachment behind a binary field; access is that to the record."""
    record.ensure_one()
    record.check_access("read")
    return (
        record.env["ir.attachment"]
        .sudo()
        .search(
            [
                ("res_model", "=", record._name),
                ("res_field", "=", field),
                ("res_id", "=", record.id),
            ],
            limit=1,
        )
    )


@contextmanager
def open_attachment(attachment):
    """A stored file as a binary, seekable file object."""
    if attachment.store_fname:
        with open(attachment._full_path(attachment.store_fname), "rb") as fileobj:
            yield fileobj
    else:
        yield io.BytesIO(attachment.raw or b"")


def hash_stream(fileobj):
    """SHA-256 of what is left of a file object, read in blocks."""
    digest = hashlib.sha256()
    while block := fileobj.read(BLOCK):
        digest.update(block)
    return digest.hexdigest()


def hash_attachment(attachment):
    """SHA-256 of a stored file."""
    with open_attachment(attachment) as fileobj:
        return hash_stream(fileobj)


def _store(Attachment, fileobj):
    """Write a stream into the filestore under its SHA-1, as Odoo does.

    :return: ``(name in the filestore, SHA-1, SHA-256, size in bytes)``
    """
    store = Attachment._filestore()
    os.makedirs(store, exist_ok=True)
    sha1, sha256, size = hashlib.sha1(usedforsecurity=False), hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(dir=store, delete=False) as target:
        try:
            while block := fileobj.read(BLOCK):
                sha1.update(block)
                sha256.update(block)
                size += len(block)
                target.write(block)
            target.flush()
            digest = sha1.hexdigest()
            name = f"{digest[:2]}/{digest}"
            path = Attachment._full_path(name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            os.replace(target.name, path)
        except BaseException:
            os.unlink(target.name)
            raise
    # if the transaction fails, the file is collected as garbage
    Attachment._mark_for_gc(name)
    return name, digest, sha256.hexdigest(), size
