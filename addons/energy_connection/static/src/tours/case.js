import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("connection_clerk", {
  steps: () => [
    {
      trigger: ".o_kanban_record:not(.o_kanban_ghost), .o_data_row .o_data_cell",
      content: _t("Each ordered job is a case. Open one that has no offer yet."),
      run: "click",
    },
    {
      trigger: ".o_form_view .o_notebook .nav-link[name=costs]",
      content: _t("All costs of the job stand here, whoever reported them."),
      run: "click",
    },
    {
      trigger: ".o_form_view .o_notebook .nav-link[name=shares]",
      content: _t("What others will pay of a shared part, and by which rule."),
      run: "click",
    },
    {
      trigger: ".o_form_view button[name=action_create_offer]",
      content: _t("Make the offer from the costs."),
      run: "click",
    },
    {
      trigger: ".o_form_view:has(button[name=action_connection_send]) button[name=action_open_connection_case]",
      content: _t("Send Offer mails the letter with a login. First look at the case again."),
      run: "click",
    },
    {
      trigger: ".o_form_view button[name=action_open_orders]",
      content: _t("Orders of contractors wait here until the customer accepts."),
      run: "click",
    },
  ],
});
