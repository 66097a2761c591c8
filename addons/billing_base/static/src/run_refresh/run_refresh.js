import { Component, useEffect, xml } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const EVERY = 3000;

/**
 * Reads the record again every few seconds for as long as its work is under way, so
 * that progress moves on the screen. Leaves a form alone in which someone is typing.
 */
export class RunRefresh extends Component {
  static template = xml`<span class="d-none"/>`;
  static props = { ...standardWidgetProps };

  setup() {
    useEffect(
      (isRunning) => {
        if (!isRunning) {
          return;
        }
        const timer = browser.setInterval(() => this.refresh(), EVERY);
        return () => browser.clearInterval(timer);
      },
      () => [this.props.record.data.state === "running"],
    );
  }

  async refresh() {
    const { record } = this.props;
    if (record.resId && !document.hidden && !(await record.isDirty())) {
      await record.load();
    }
  }
}

registry.category("view_widgets").add("billing_run_refresh", {
  component: RunRefresh,
  fieldDependencies: [{ name: "state", type: "selection" }],
});
