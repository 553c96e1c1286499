"use strict";
// Draws every chart of the page, in the colours that the reader prefers, and each flamegraph once it comes into view:
// before it is laid out it has no width to draw for.
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  // A parameter of the same name in several charts is one choice of the reader's: which trial they tell of.
  const chosen = new Map();
  let sharing = new Map();
  const share = (spec, view) => {
    for (const { name } of spec.params ?? []) {
      const views = sharing.get(name) ?? sharing.set(name, []).get(name);
      views.push(view);
      if (chosen.has(name)) view.signal(name, chosen.get(name)).runAsync();
      view.addSignalListener(name, (_, value) => {
        chosen.set(name, value);
        for (const other of views) if (other.signal(name) !== value) other.signal(name, value).runAsync();
      });
    }
  };
  // A row of data is a list of values; the fields' names are given once. What a row lacks it is not to have at all.
  const unpacked = (spec) => {
    for (const [name, { fields, rows }] of Object.entries(spec.datasets ?? {})) {
      spec.datasets[name] = rows.map((row) => Object.fromEntries(
        fields.map((field, place) => [field, row[place]]).filter(([, value]) => value !== null && value !== undefined)));
    }
    return spec;
  };
  const draw = () => {
    sharing = new Map();
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const config = {
      background: "transparent",
      font: "system-ui, sans-serif",
      title: { color: colour("--ink"), anchor: "start" },
      axis: { labelColor: colour("--soft"), titleColor: colour("--ink"), gridColor: colour("--line"),
              domainColor: colour("--soft"), tickColor: colour("--soft") },
      legend: { labelColor: colour("--ink"), titleColor: colour("--ink"), labelLimit: 400 },
      header: { labelColor: colour("--ink"), titleColor: colour("--ink") },
      view: { stroke: "transparent" },
      rule: { color: colour("--ink") }, tick: { color: colour("--ink") }, text: { color: colour("--ink") },
    };
    for (const box of document.querySelectorAll("[data-chart]")) {
      const spec = document.querySelector(`script[data-spec="${CSS.escape(box.dataset.chart)}"]`);
      const options = { ast: true, actions: false, renderer: "svg", config };
      const chart = unpacked(JSON.parse(spec.textContent));
      vegaEmbed(box, chart, options).then(({ view }) => share(chart, view)).catch((error) => console.error(error));
    }
  };
  if (document.querySelector("[data-chart]")) {
    draw();
    dark.addEventListener("change", draw);
  }
  const near = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) {
        target.srcdoc = target.dataset.svg;
        near.unobserve(target);
      }
    }
  }, { rootMargin: "50%" });
  document.querySelectorAll("iframe[data-svg]").forEach((frame) => near.observe(frame));
  // Paper cannot be unfolded.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    folded.forEach((one) => { one.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach((one) => { one.open = false; }));
})();
