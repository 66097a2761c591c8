/** The overview of billing: the chain of a period's steps, what is late, what is at
 * work, comparison and charts. The server computes all of it, this shows it and opens
 * the list behind each number. */
import { Component, onWillStart, onWillUnmount, useEffect, useRef, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { loadBundle } from "@web/core/assets";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatCurrency } from "@web/core/currency";
import { formatFloat, formatInteger } from "@web/views/fields/formatters";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const EVERY = 5000;
const COLORS = ["#0f766e", "#b45309", "#1d4ed8", "#7c3aed", "#be123c", "#4d7c0f", "#475569"];

export class CockpitChart extends Component {
  static template = "billing_base.CockpitChart";
  static props = { chart: Object };

  setup() {
    this.canvas = useRef("canvas");
    useEffect(
      (content) => {
        const chart = new Chart(this.canvas.el, this.config);
        return () => chart.destroy();
      },
      () => [JSON.stringify(this.props.chart)],
    );
  }

  get config() {
    const { type, labels, sets } = this.props.chart;
    const isRound = type === "doughnut";
    return {
      type,
      data: {
        labels,
        datasets: sets.map((set, index) => ({
          label: set.name,
          data: set.values,
          backgroundColor: isRound ? COLORS : COLORS[index],
          borderColor: isRound ? "#ffffff" : COLORS[index],
          borderWidth: type === "line" ? 2 : 1,
        })),
      },
      options: {
        responsive: true,
        maintainAspectRatio: false,
        animation: false,
        plugins: { legend: { display: isRound || sets.length > 1, position: "right" } },
        scales: isRound ? {} : { y: { beginAtZero: true } },
      },
    };
  }
}

export class Cockpit extends Component {
  static template = "billing_base.Cockpit";
  static components = { Layout, CockpitChart };
  static props = { ...standardActionServiceProps };

  setup() {
    this.orm = useService("orm");
    this.action = useService("action");
    this.state = useState({ periodId: false, data: null, slow: {}, isLoading: false });
    onWillStart(async () => {
      await Promise.all([loadBundle("web.chartjs_lib"), this.load()]);
      this.loadSlow();
    });
    useEffect(
      (isRunning) => {
        if (isRunning) {
          const timer = browser.setInterval(() => this.refresh(), EVERY);
          return () => browser.clearInterval(timer);
        }
      },
      () => [this.state.data.work.some((row) => row.state === "running")],
    );
    onWillUnmount(() => {
      this.isGone = true;
    });
  }

  get display() {
    return { controlPanel: {} };
  }

  get options() {
    const params = this.props.action.params || {};
    return { period_id: this.state.periodId, business: params.business || false };
  }

  get late() {
    const slow = this.state.data.lanes.flatMap((lane) =>
      lane.steps.flatMap((step) =>
        this.figures(step)
          .filter((figure) => step.is_slow && figure.late)
          .map((figure) => ({ ...figure, step: step.name })),
      ),
    );
    return [...this.state.data.late, ...slow];
  }

  get setupDone() {
    return this.state.data.setup.filter((row) => row.is_done).length;
  }

  get unitNames() {
    return { last: _t("Last period"), year: _t("A year ago") };
  }

  async load() {
    const data = await this.orm.silent.call("billing.cockpit", "get_overview", [this.options]);
    if (!this.isGone) {
      this.state.data = data;
    }
  }

  async loadSlow() {
    if (!this.state.data.lanes.some((lane) => lane.steps.some((step) => step.is_slow))) {
      return;
    }
    this.state.isLoading = true;
    const slow = await this.orm.silent.call("billing.cockpit", "get_slow_steps", [
      this.options,
    ]);
    if (!this.isGone) {
      this.state.slow = slow;
      this.state.isLoading = false;
    }
  }

  async refresh() {
    if (!document.hidden) {
      await this.load();
    }
  }

  async reload() {
    await this.load();
    await this.loadSlow();
  }

  async setPeriod(ev) {
    this.state.periodId = parseInt(ev.target.value) || false;
    this.state.slow = {};
    await this.reload();
  }

  figures(step) {
    return step.is_slow ? this.state.slow[step.key] || [] : step.figures;
  }

  format(value, kind, currencyId) {
    if (value === null || value === undefined || value === false) {
      return "–";
    }
    if (kind === "amount") {
      return formatCurrency(value, currencyId);
    }
    if (kind === "percent") {
      return `${formatFloat(value, { digits: [16, 1] })} %`;
    }
    return kind === "text" ? value : formatInteger(value);
  }

  change(percent) {
    if (percent === null || percent === undefined) {
      return "";
    }
    const sign = percent > 0 ? "+" : "";
    return `${sign}${formatFloat(percent, { digits: [16, 1] })} %`;
  }

  toneClass(figure) {
    return figure.tone ? `text-${figure.tone}` : "";
  }

  /** Open what stands behind a number: its list, a form, or a wizard. */
  async open(target, name) {
    const action = await this.action.loadAction(target.xmlid);
    delete action.path;
    if (target.domain) {
      return this.action.doAction({
        ...action,
        name: name || action.name,
        display_name: name || action.name,
        domain: target.domain,
        context: target.context || {},
      });
    }
    if (target.res_id) {
      return this.action.doAction({
        ...action,
        res_id: target.res_id,
        view_mode: "form",
        views: [[false, "form"]],
        context: {},
      });
    }
    return this.action.doAction(action, { onClose: () => this.reload() });
  }
}

registry.category("actions").add("billing_base.cockpit", Cockpit);
