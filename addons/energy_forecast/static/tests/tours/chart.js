/** A clerk looks at the charts of a forecast, draws a curve by hand and says why. */
import {registry} from "@web/core/registry";

const point = (canvas, type, share) => {
    const box = canvas.getBoundingClientRect();
    canvas.dispatchEvent(
        new PointerEvent(type, {
            bubbles: true,
            clientX: box.left + box.width * share,
            clientY: box.top + box.height * 0.3,
        })
    );
};

registry.category("web_tour.tours").add("energy_forecast_chart", {
    steps: () => [
        {trigger: "button[name=action_view_chart]", run: "click"},
        {trigger: ".o_energy_chart canvas"},
        {trigger: ".o_energy_chart .o_energy_draw", run: "click"},
        {trigger: ".o_energy_chart .o_energy_reason", run: "edit Known outage"},
        {
            trigger: ".o_energy_chart canvas",
            run({anchor}) {
                point(anchor, "pointerdown", 0.97);
                point(anchor, "pointermove", 0.98);
                point(anchor, "pointerup", 0.98);
            },
        },
        {trigger: ".o_energy_chart .o_energy_save:enabled", run: "click"},
        {trigger: ".o_notification:contains(adjusted)"},
        {trigger: ".o_energy_chart .nav-link:contains(Errors)", run: "click"},
        {trigger: ".o_energy_heat td"},
        {trigger: ".o_energy_chart .nav-link:contains(Bias)", run: "click"},
        {trigger: ".o_energy_chart canvas"},
        {trigger: ".o_energy_chart .nav-link:contains(Models)", run: "click"},
        {trigger: ".o_energy_chart td:contains(Test the models)"},
    ],
});
