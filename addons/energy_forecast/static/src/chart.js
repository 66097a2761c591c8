/** Charts of a series: forecast with band against actual and nominated, heat map of
 * errors, bias by hour, duration curve, cost by month, leaderboard of the backtest.
 * The server computes, this draws with the Chart.js that Odoo brings. */
import {Component, onMounted, onWillStart, onWillUnmount, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {Layout} from "@web/search/layout";
import {loadBundle} from "@web/core/assets";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useService} from "@web/core/utils/hooks";

const FINER = {month: "day", day: "hour", hour: "slot"};
const COLORS = {
    actual: "#1f2937",
    forecast: "#0f766e",
    nominated: "#b45309",
    band: "rgba(15, 118, 110, 0.15)",
    gap: "#dc2626",
};

export class ForecastChart extends Component {
    static template = "energy_forecast.Chart";
    static components = {Layout};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.canvas = useRef("canvas");
        const params = this.props.action.params || {};
        this.options = {
            forecast_id: params.forecast_id || false,
            settlement_id: params.settlement_id || false,
        };
        this.state = useState({
            seriesId: params.series_id || this.props.action.context.active_id,
            series: [],
            step: "hour",
            first: "",
            last: "",
            tab: "line",
            data: null,
            changed: {},
            reason: "",
            drawing: false,
        });
        this.tabs = [
            ["line", _t("Forecast and Actual")],
            ["heat", _t("Errors by Hour")],
            ["bias", _t("Bias by Hour")],
            ["duration", _t("Duration Curve")],
            ["cost", _t("Cost by Month")],
            ["board", _t("Models")],
        ];
        this.steps = [
            ["month", _t("Months")],
            ["day", _t("Days")],
            ["hour", _t("Hours")],
            ["slot", _t("Finest")],
        ];
        onWillStart(async () => {
            await loadBundle("web.chartjs_lib");
            this.state.series = await this.orm.call("energy.series", "get_series_list", [
                [this.state.seriesId],
            ]);
            await this.load();
        });
        onMounted(() => this.draw());
        onWillUnmount(() => this.chart && this.chart.destroy());
    }

    get display() {
        return {controlPanel: {}};
    }

    get isCanvas() {
        return ["line", "bias", "duration", "cost"].includes(this.state.tab);
    }

    get canDraw() {
        return (
            this.options.forecast_id &&
            this.state.tab === "line" &&
            ["hour", "slot"].includes(this.state.step)
        );
    }

    get board() {
        return Object.entries(this.state.data.leaderboard).sort((a, b) => a[1] - b[1]);
    }

    get weekdays() {
        const monday = luxon.DateTime.fromISO("2024-01-01");
        return [0, 1, 2, 3, 4, 5, 6].map((n) => monday.plus({days: n}).toFormat("ccc"));
    }

    get hours() {
        return Array.from({length: 24}, (_, hour) => hour);
    }

    heatStyle(value) {
        if (value === null) {
            return "background: transparent";
        }
        const share = Math.min(value / 30, 1);
        return `background: rgba(220, 38, 38, ${share.toFixed(2)})`;
    }

    format(value, digits = 1) {
        return value === null || value === undefined ? "–" : value.toFixed(digits);
    }

    async load() {
        const {first, last, step} = this.state;
        this.state.data = await this.orm.call("energy.series", "get_chart", [
            [this.state.seriesId],
            {...this.options, first, last, step},
        ]);
        this.state.first = this.state.data.first;
        this.state.last = this.state.data.last;
        this.state.changed = {};
    }

    async refresh() {
        await this.load();
        this.draw();
    }

    async setSeries(ev) {
        this.state.seriesId = parseInt(ev.target.value);
        await this.refresh();
    }

    async setDate(name, ev) {
        this.state[name] = ev.target.value;
        await this.refresh();
    }

    async setStep(step) {
        this.state.step = step;
        await this.refresh();
    }

    setTab(tab) {
        this.state.tab = tab;
        // the canvas of the new tab is there after this rendering
        requestAnimationFrame(() => this.draw());
    }

    async zoom(index) {
        const finer = FINER[this.state.step];
        if (!finer || this.state.drawing) {
            return;
        }
        const label = this.state.data.labels[index];
        const begin = luxon.DateTime.fromISO(label.slice(0, 10));
        this.state.first = begin.toISODate();
        this.state.last =
            this.state.step === "month" ? begin.endOf("month").toISODate() : begin.toISODate();
        this.state.step = finer;
        await this.refresh();
    }

    draw() {
        if (this.chart) {
            this.chart.destroy();
            this.chart = null;
        }
        if (!this.canvas.el || !this.isCanvas) {
            return;
        }
        const config = {
            line: () => this.lineConfig(),
            bias: () => this.barConfig(this.hours, [[_t("Bias (kWh)"), this.state.data.bias]]),
            duration: () => this.durationConfig(),
            cost: () => this.costConfig(),
        }[this.state.tab]();
        config.options = {
            responsive: true,
            maintainAspectRatio: false,
            animation: false,
            interaction: {mode: "index", intersect: false},
            ...config.options,
        };
        this.chart = new Chart(this.canvas.el, config);
    }

    lineConfig() {
        const data = this.state.data;
        const points = (data.marks || []).map((mark) => (mark ? 4 : 0));
        const line = (label, values, color, extra = {}) => ({
            label,
            data: values,
            borderColor: color,
            backgroundColor: color,
            borderWidth: 2,
            pointRadius: 0,
            ...extra,
        });
        const datasets = [
            line(_t("P90"), data.high, COLORS.band, {borderWidth: 0}),
            line(_t("P10"), data.low, COLORS.band, {
                borderWidth: 0,
                fill: "-1",
                backgroundColor: COLORS.band,
            }),
            line(_t("Forecast (kWh)"), [...data.forecast], COLORS.forecast),
            line(_t("Nominated (kWh)"), data.nominated, COLORS.nominated, {borderDash: [5, 4]}),
            line(_t("Actual (kWh)"), data.actual, COLORS.actual, {
                pointRadius: points.length ? points : 0,
                pointBackgroundColor: COLORS.gap,
            }),
        ];
        return {
            type: "line",
            data: {labels: data.labels, datasets},
            options: {onClick: (ev, found) => found.length && this.zoom(found[0].index)},
        };
    }

    barConfig(labels, sets) {
        const colors = [COLORS.forecast, COLORS.nominated];
        return {
            type: "bar",
            data: {
                labels,
                datasets: sets.map(([label, data], index) => ({
                    label,
                    data,
                    backgroundColor: colors[index],
                })),
            },
        };
    }

    durationConfig() {
        const values = this.state.data.duration;
        return {
            type: "line",
            data: {
                labels: values.map((_, n) => `${Math.round((100 * n) / values.length)} %`),
                datasets: [
                    {
                        label: _t("Actual (kWh), from the highest to the lowest"),
                        data: values,
                        borderColor: COLORS.actual,
                        pointRadius: 0,
                    },
                ],
            },
        };
    }

    costConfig() {
        const rows = this.state.data.costs;
        const unit = this.state.data.currency;
        return this.barConfig(
            rows.map((row) => row.month),
            [
                [_t("Cost (%s)", unit), rows.map((row) => row.cost)],
                [_t("Extra against spot (%s)", unit), rows.map((row) => row.extra)],
            ]
        );
    }

    // === Editing by drag ===

    toggleDrawing() {
        this.state.drawing = !this.state.drawing;
        this.state.changed = {};
        this.draw();
    }

    onPointerDown(ev) {
        if (this.state.drawing && this.chart) {
            ev.preventDefault();
            this.dragging = true;
            this.moveTo(ev);
        }
    }

    onPointerMove(ev) {
        if (this.dragging) {
            this.moveTo(ev);
        }
    }

    onPointerUp() {
        this.dragging = false;
    }

    moveTo(ev) {
        const {x, y} = this.chart.scales;
        const box = this.canvas.el.getBoundingClientRect();
        const index = Math.round(x.getValueForPixel(ev.clientX - box.left));
        const values = this.chart.data.datasets[2].data;
        if (index < 0 || index >= values.length || this.state.data.forecast[index] === null) {
            return;
        }
        values[index] = Math.max(y.getValueForPixel(ev.clientY - box.top), 0);
        this.state.changed[index] = values[index];
        this.chart.update("none");
    }

    async save() {
        const {minutes, labels} = this.state.data;
        const length = this.state.step === "hour" ? 60 : minutes;
        const days = {};
        for (const [index, energy] of Object.entries(this.state.changed)) {
            const [day, clock] = labels[index].split(" ");
            const [hour, minute] = clock.split(":").map(Number);
            days[day] = days[day] || Array(1440 / minutes).fill(null);
            const slot = (hour * 60 + minute) / minutes;
            for (let part = 0; part < length / minutes; part++) {
                days[day][slot + part] = (energy * 60) / length;
            }
        }
        for (const [day, values] of Object.entries(days)) {
            await this.orm.call("energy.forecast.adjustment", "draw", [
                this.options.forecast_id,
                this.state.seriesId,
                day,
                values,
                this.state.reason,
            ]);
        }
        this.state.drawing = false;
        this.state.reason = "";
        this.notification.add(_t("The forecast is adjusted."), {type: "success"});
        await this.refresh();
    }

    // === Downloads ===

    download(name, address) {
        const link = document.createElement("a");
        link.href = address;
        link.download = name;
        link.click();
    }

    downloadPng() {
        this.download("chart.png", this.chart.toBase64Image());
    }

    downloadCsv() {
        const {labels, actual, forecast, low, high, nominated} = this.state.data;
        const cell = (value) => (value === null ? "" : value);
        const rows = labels.map((label, n) =>
            [label, ...[actual, forecast, low, high, nominated].map((set) => cell(set[n]))].join(";")
        );
        const head = [
            _t("From"),
            _t("Actual (kWh)"),
            _t("Forecast (kWh)"),
            _t("P10 (kWh)"),
            _t("P90 (kWh)"),
            _t("Nominated (kWh)"),
        ].join(";");
        const content = new Blob(["\ufeff" + [head, ...rows].join("\n")], {type: "text/csv"});
        const address = URL.createObjectURL(content);
        this.download("chart.csv", address);
        URL.revokeObjectURL(address);
    }
}

registry.category("actions").add("energy_forecast.chart", ForecastChart);
