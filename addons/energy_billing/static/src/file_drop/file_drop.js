import { FileUploadListController } from "@account/views/file_upload_list/file_upload_list_controller";
import { FileUploadListRenderer } from "@account/views/file_upload_list/file_upload_list_renderer";
import { fileUploadListView } from "@account/views/file_upload_list/file_upload_list_view";
import { onWillStart } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";

/** Account's list onto which files are dropped, for the files of distributors. */
class FileDropController extends FileUploadListController {
  setup() {
    super.setup();
    onWillStart(async () => {
      this.hideUploadButton = !(await user.hasGroup("billing_base.group_billing_clerk"));
    });
  }
}

class FileDropRenderer extends FileUploadListRenderer {
  setup() {
    super.setup();
    this.dropZoneTitle = _t("Drop the files to import");
    this.dropZoneDescription = _t("Each is imported by the profile that fits it.");
  }

  // account takes pasted invoices; texts are pasted into fields here
  async onPaste() {}
}

registry.category("views").add("energy_file_drop", {
  ...fileUploadListView,
  Controller: FileDropController,
  Renderer: FileDropRenderer,
});
