import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("billing_admin", {
  steps: () => [
    {
      trigger: ".o_list_view .o_data_row td[name=note]",
      content: _t("A role says what somebody may do. Open one."),
      run: "click",
    },
    {
      trigger: ".o_form_view [name=permission_ids] .o_data_row",
    },
    {
      trigger: ".o_form_view button[name=action_view_users]",
      content: _t("Its permissions are listed here. Look who has the role."),
      run: "click",
    },
    {
      trigger: ".o_list_view .o_data_row td[name=login]",
      content: _t("New makes a user, Invite sends the link. Open a user."),
      run: "click",
    },
    {
      trigger: ".o_form_view button[name=action_view_permissions]",
      content: _t("A user may have several roles. See what they add up to."),
      run: "click",
    },
    {
      trigger: ".o_control_panel:not(:has(.o_form_status_indicator)) .o_back_button",
      content: _t("Who May Do What shows all users at once, also in Excel."),
      run: "click",
    },
    {
      trigger: ".o_form_view [name=role_ids]",
    },
  ],
});
