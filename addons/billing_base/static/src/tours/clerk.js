import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

const DONE = ".o_form_view:has(.o_arrow_button_current[data-value=done])";

registry.category("web_tour.tours").add("billing_clerk", {
  steps: () => [
    {
      trigger: ".o_kanban_record button[name=action_bill]",
      content: _t("This is the active period. Bill it."),
      run: "click",
    },
    {
      trigger: ".o_form_view button[name=action_start]",
      content: _t("Start. Each agreement is calculated and checked; nothing is sent."),
      run: "click",
    },
    {
      trigger: `${DONE} button.oe_stat_button[name=action_open_errors]`,
      content: _t("What has an error is held back. Look at it."),
      run: "click",
    },
    {
      trigger: ".o_list_view .o_data_row td[name=finding]",
      content: _t("Each row says what is wrong. Open one."),
      run: "click",
    },
    {
      trigger: ".o_form_view .o_notebook .nav-link[name=findings]",
      content: _t("Here is what to do. Correct the source, then choose Regenerate."),
      run: "click",
    },
    {
      trigger: ".o_form_view:has([name=result_ids] .o_data_row) .o_back_button",
      content: _t("Back to the errors."),
      run: "click",
    },
    {
      trigger: ".o_control_panel:not(:has(.o_form_status_indicator)) .o_back_button",
      content: _t("Back to the run."),
      run: "click",
    },
    {
      trigger: `${DONE} button[name=action_continue]`,
      content: _t("What is ready need not wait for the errors. Invoice it."),
      run: "click",
    },
    {
      trigger: ".modal .modal-footer .btn-primary",
      content: _t("Invoices get their numbers now. In a real month, look first."),
      run: "click",
    },
    {
      trigger: `${DONE} button.oe_stat_button[name=action_open_invoices]`,
      content: _t("The invoices of this run."),
      run: "click",
    },
    {
      trigger: ".o_list_view .o_data_row .o_data_cell",
      content: _t("Open one. The calculator of a line says how it was calculated."),
      run: "click",
    },
  ],
});
