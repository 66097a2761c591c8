import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("energy_customer_service", {
  steps: () => [
    {
      isActive: ["manual"],
      trigger: ".o_kanban_record:not(.o_kanban_ghost), .o_data_row .o_data_cell",
      content: _t("Search by name, number or address. Open the customer."),
      run: "click",
    },
    {
      trigger: ".o_form_view button[name=action_view_energy_points]",
      content: _t("All of a customer is behind these buttons. Open the points."),
      run: "click",
    },
    {
      trigger: ".o_list_view .o_data_row td[name=point_id]",
      content: _t("A row for each point, past ones too. Open the one he asks about."),
      run: "click",
    },
    {
      trigger: ".o_form_view button[name=action_view_segments]",
      content: _t("What was billed, month by month."),
      run: "click",
    },
    {
      trigger: ".o_list_view .o_data_row td[name=agreement_id]",
      content: _t("Open the month he asks about."),
      run: "click",
    },
    {
      trigger: ".o_form_view button[name=action_explain]",
      content: _t("Readings, prices and days of each amount: read it out."),
      run: "click",
    },
    {
      trigger: ".o_billing_explanation",
    },
  ],
});
