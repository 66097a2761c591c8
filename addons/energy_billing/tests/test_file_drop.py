"""Files dropped onto the list of received files."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged

from .common import READINGS_HEAD, EnergyCase

ROW = "N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310"
DROP = """
(async () => {
    const pause = () => new Promise((done) => setTimeout(done, 50));
    const find = async (selector) => {
        for (let i = 0; i < 1800; i++) {
            const node = document.querySelector(selector);
            if (node) {
                return node;
            }
            await pause();
        }
        throw new Error(`no ${selector}`);
    };
    const files = new DataTransfer();
    files.items.add(new File([%r], "dropped.csv", { type: "text/csv" }));
    const send = (node, type) =>
        node.dispatchEvent(
            new DragEvent(type, {
                bubbles: true, cancelable: true, dataTransfer: files,
            })
        );
    send(await find(".o_list_renderer"), "dragenter");
    send(await find(".o_drop_area"), "drop");
    await find(".o_form_view .o_statusbar_status button[data-value='processed']");
    console.log("test successful");
})();
"""


@tagged("post_install", "-at_install")
class TestFileDrop(EnergyCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.readings_profile.file_pattern = "*.csv"
        cls.content = "\n".join([READINGS_HEAD, ROW, ""])

    def _upload(self, user, **values):
        return (
            self.env["ir.attachment"]
            .with_user(user)
            .create({"name": "a.csv", "raw": self.content.encode(), **values})
        )

    def test_dropped_file_is_imported_by_the_profile_that_fits(self):
        new_test_user(
            self.env,
            login="dropping",
            groups="billing_base.group_billing_clerk",
            company_id=self.env.company.id,
        )
        # the first page of a new database waits for its style sheets and scripts
        self.browser_js(
            "/odoo/energy-messages",
            DROP % self.content,
            login="dropping",
            timeout=150,
        )
        self.assertEqual(self._usages(self.point).value, 310)
        self.assertEqual(self._usages(self.point).message_id.name, "dropped.csv")

    def test_results_are_told_by_file(self):
        clerk = self._user("clerk")
        files = self._upload(clerk) + self._upload(clerk, name="b.csv")
        Message = self.env["energy.message"].with_user(clerk)
        action = Message.create_document_from_attachment(files.ids)
        self.assertEqual(set(action["context"]["notifications"]), {"a.csv", "b.csv"})
        message = self.env["energy.message"].browse(action["res_id"])
        self.assertEqual(message.delivery_count, 2)
        self.assertFalse(files.exists())

    def test_only_files_uploaded_by_the_user_are_taken(self):
        clerk = self._user("clerk")
        Message = self.env["energy.message"].with_user(clerk)
        for attachment in (
            self._upload(self.env.user),
            self._upload(clerk, res_model="energy.meter", res_id=self.meter.id),
        ):
            with self.assertRaises(UserError):
                Message.create_document_from_attachment(attachment.ids)
            self.assertTrue(attachment.exists())

    def test_viewers_import_nothing(self):
        viewer = self._user("viewer")
        with self.assertRaises(AccessError):
            self.env["energy.message"].with_user(
                viewer
            ).create_document_from_attachment([])
