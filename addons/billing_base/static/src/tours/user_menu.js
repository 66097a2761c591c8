import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

registry.category("user_menuitems").add("billing_guided_tours", (env) => ({
  type: "item",
  id: "billing_guided_tours",
  description: _t("Guided Tours"),
  callback: () => env.services.action.doAction("billing_base.web_tour_tour_action"),
  sequence: 35,
}));
