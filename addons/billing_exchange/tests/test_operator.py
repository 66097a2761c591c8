import base64
import csv
import io
import zipfile

from lxml import etree

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.billing_base.tests.test_e_invoice import EInvoiceCase


@tagged("post_install", "-at_install")
class TestOperator(EInvoiceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.method = cls.env.ref("billing_exchange.method_operator_bg")
        cls.profile.transmit_method_id = cls.method
        example = cls.env.ref("billing_exchange.profile_operator_bg").sudo()
        cls.operator = example.copy(
            {
                "company_id": cls.company.id,
                "code": "OP",
                "name_pattern": "{profile}-{number}",
                "active": True,
                "has_pdf": False,
            }
        ).sudo(False)
        cls.agreement.partner_id.ref = "K-100482"

    def _queued(self, agreements=None):
        moves = self._invoice(self._generate(agreements))
        return self.env["billing.delivery"]._queue(moves)

    def _archive(self, batch):
        content = io.BytesIO(base64.b64decode(batch.file))
        with zipfile.ZipFile(content) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def test_one_archive_with_valid_invoices_and_their_list(self):
        delivery = self._queued()
        batch = self.operator._run()
        self.assertEqual(delivery.exchange_batch_id, batch)
        move = delivery.move_id
        files = self._archive(batch)
        name = move.name.replace("/", "_") + ".xml"
        self.assertEqual(list(files), [name, "control.csv"])
        self.assertValid(files[name])
        control = io.StringIO(files["control.csv"].decode())
        rows = list(csv.reader(control, delimiter=";"))
        self.assertEqual(rows[1], [move.name, str(move.invoice_date), name, "156.97"])
        self.assertEqual(batch.totals, {"total": "156.97"})
        # handed over by whoever downloads it
        self.assertEqual(delivery.state, "sent")
        self.assertFalse(self.operator._run())

    def test_the_operators_own_elements(self):
        self._queued()
        self.operator.element_ids = [
            Command.create({"name": name, "kind": kind, "fixed": text, "path": path})
            for name, kind, text, path in (
                ("cac:OrderReference", "remove", False, False),
                ("cbc:Note", "field", False, "payment_reference"),
                ("cac:ContractDocumentReference/cbc:ID", "fixed", "CT-7", False),
                ("cac:ContractDocumentReference/cbc:ID@schemeID", "fixed", "X", False),
            )
        ]
        batch = self.operator._run()
        move = batch.delivery_ids.move_id
        (content,) = (
            text for name, text in self._archive(batch).items() if name.endswith("xml")
        )
        self.assertValid(content)
        root = etree.fromstring(content)
        self.assertIn("example:bg", self._texts(root, "cbc:CustomizationID")[0])
        self.assertEqual(self._texts(root, "cbc:BuyerReference"), ["K-100482"])
        self.assertEqual(self._texts(root, "cbc:Note"), [move.payment_reference])
        self.assertEqual(self._texts(root, "cac:OrderReference/cbc:ID"), [])
        contract = root.find("{*}ContractDocumentReference/{*}ID")
        self.assertEqual((contract.text, contract.get("schemeID")), ("CT-7", "X"))

    def test_an_element_that_is_none_is_refused(self):
        with self._refused(ValidationError, "no way to an element"):
            self.operator.element_ids = [Command.create({"name": "Note", "fixed": "x"})]
        with self._refused(ValidationError, "no field"):
            self.operator.element_ids = [
                Command.create(
                    {"name": "cbc:Note", "kind": "field", "path": "line_ids"}
                )
            ]
        delivery = self._queued()
        self.operator.element_ids = [
            Command.create({"name": "cbc:NoSuchThing", "fixed": "x"})
        ]
        self.assertFalse(self.operator._run())
        self.assertEqual(delivery.state, "failed")
        self.assertIn("NoSuchThing", delivery.message)

    def test_what_cannot_be_made_keeps_nobody_back(self):
        # without an address
        other = self._create_agreement("A-9", 5)
        deliveries = self._queued(self.agreement | other)
        bad = deliveries.filtered(lambda d: d.partner_id == other.partner_id)
        batch = self.operator._run()
        self.assertEqual(batch.record_count, 1)
        self.assertEqual(bad.state, "failed")
        self.assertTrue(bad.message)

    def test_sent_refused_and_sent_again_on_purpose(self):
        delivery = self._queued()
        self.operator.write(
            {
                "storage_id": self.env["fs.storage"]
                .create({"name": "Operator", "code": "op", "protocol": "memory"})
                .id,
                "folder": "out",
                "answer_folder": "in",
                "packing": "single",
            }
        )
        batch = self.operator._run()
        self.assertEqual(delivery.state, "batched")
        with self._refused(UserError, "goes with it"):
            delivery.action_send_again()
        batch._job_send_file()
        self.assertEqual(delivery.state, "sent")
        fs = self.operator.storage_id.fs
        name = delivery.move_id.name.replace("/", "_")
        self.assertEqual(fs.ls("out", detail=False), [f"/out/{name}.xml"])
        with self._refused(UserError, "with the operator"):
            batch._cancel("No")
        fs.makedirs("in", exist_ok=True)
        fs.pipe("in/OP-1.err", b"unknown buyer")
        batch._check_answers()
        self.assertEqual(delivery.state, "failed")
        self.assertIn("unknown buyer", delivery.message)
        again = delivery.action_send_again()
        self.assertEqual((again.state, again.number), ("waiting", 2))
        self.assertEqual(self.operator._run().delivery_ids, again)

    def test_a_cancelled_batch_gives_its_invoices_back(self):
        delivery = self._queued()
        batch = self.operator._run()
        batch._cancel("Wrong operator")
        self.assertEqual(delivery.state, "waiting")
        self.assertEqual(self.operator._run().delivery_ids, delivery)
