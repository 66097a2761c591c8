import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

const ENTRY = "[name=line_ids] .o_selected_row";

registry.category("web_tour.tours").add("postal_counter", {
  steps: () => [
    {
      trigger: ".o_control_panel .o_list_button_add",
      content: _t("Begin a specification. On the keyboard: Alt and C."),
      run: "click",
    },
    {
      trigger: ".o_field_widget[name=partner_id] input",
      content: _t("Type the partner's name and take him with Enter."),
      tooltipPosition: "right",
      run: "edit Bank",
    },
    {
      isActive: ["auto"],
      trigger: ".o-autocomplete--dropdown-item a:contains(Bank)",
      run: "click",
    },
    {
      trigger: "[name=line_ids] .o_field_x2many_list_row_add a",
      content: _t("Add an entry. Tab leads here, Enter begins the entry."),
      run: "click",
    },
    {
      trigger: `${ENTRY} [name=item_id] input`,
      content: _t("Type the service's code, then Enter."),
      run: "edit L2",
    },
    {
      isActive: ["auto"],
      trigger: ".o-autocomplete--dropdown-item a:contains(Registered)",
      run: "click",
    },
    {
      trigger: `${ENTRY} [name=quantity] input`,
      content: _t("How many. The price shows at once; Enter begins the next entry."),
      run: "edit 10",
    },
    {
      trigger: ".o_form_view .o_form_button_save, .o_control_panel .o_form_button_save",
      content: _t("Save. On the keyboard: Alt and S."),
      run: "click",
    },
    {
      trigger: ".o_form_view button[name=action_check]",
      content: _t("Check says that it is complete. On the keyboard: Alt and K."),
      run: "click",
    },
    {
      trigger: ".o_arrow_button_current[data-value=checked]",
    },
  ],
});
