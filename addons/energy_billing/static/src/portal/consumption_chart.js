import { loadBundle } from "@web/core/assets";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/** Draws the table of the page as bars; the table stays for who does not see them. */
export class ConsumptionChart extends Interaction {
    static selector = ".o_energy_consumption_chart";

    async willStart() {
        await loadBundle("web.chartjs_lib");
    }

    start() {
        const plot = JSON.parse(this.el.dataset.plot);
        const datasets = [
            { label: plot.texts[0], data: plot.values, backgroundColor: "#0b5394" },
        ];
        if (plot.former.length) {
            datasets.push({
                label: plot.texts[1],
                data: plot.former,
                backgroundColor: "#b7b7b7",
            });
        }
        const chart = new window.Chart(this.el.querySelector("canvas"), {
            type: "bar",
            data: { labels: plot.labels, datasets },
            options: {
                animation: false,
                maintainAspectRatio: false,
                plugins: { legend: { display: datasets.length > 1 } },
                scales: {
                    x: { grid: { display: false } },
                    y: { beginAtZero: true, title: { display: true, text: plot.unit } },
                },
            },
        });
        this.registerCleanup(() => chart.destroy());
    }
}

registry
    .category("public.interactions")
    .add("energy_billing.consumption_chart", ConsumptionChart);
