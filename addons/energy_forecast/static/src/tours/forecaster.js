import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("energy_forecaster", {
  steps: () => [
    {
      isActive: ["manual"],
      trigger: ".o_list_button_add",
      content: _t("A forecast is of days to come. Make one and choose its days."),
      run: "click",
    },
    {
      isActive: ["auto"],
      trigger: ".o_list_view .o_data_row .o_data_cell",
      run: "click",
    },
    {
      trigger: ".o_form_view button[name=action_run]",
      content: _t("Make it. Each series takes the model that erred least."),
      run: "click",
    },
    {
      trigger: ".o_form_view:has(.o_arrow_button_current[data-value=done]) button[name=action_view_chart]",
      content: _t("Look at it. The shaded band is where it will probably be."),
      run: "click",
    },
    {
      trigger: ".o_energy_chart:has(canvas) .o_energy_draw",
      content: _t("You know better? Draw the curve, say why, save."),
      run: "click",
    },
    {
      trigger: ".o_control_panel .o_back_button",
      content: _t("Back to the forecast."),
      run: "click",
    },
    {
      trigger: ".o_form_view button[name=action_approve]",
      content: _t("Approve what you stand for. Only then is it nominated."),
      run: "click",
    },
    {
      trigger: ".o_arrow_button_current[data-value=approved]",
    },
  ],
});
