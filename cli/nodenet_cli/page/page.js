"use strict";
// Unpacks plotly.js, draws every chart, and answers the buttons. Without it the words and tables are all there.

const config = { displayModeBar: false, responsive: true, displaylogo: false };
const paper = 680; // CSS pixels: what A4 has between its margins

async function unpack(element) {
  const bytes = Uint8Array.from(atob(element.textContent), (each) => each.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const script = document.createElement("script");
  script.textContent = await new Response(stream).text();
  document.head.append(script);
}

async function draw(chart) {
  const views = JSON.parse(document.getElementById(chart.id + "-views").textContent);
  const buttons = [...chart.parentElement.querySelectorAll("[data-view]")];
  for (const button of buttons) {
    button.addEventListener("click", async () => {
      const view = views[Number(button.dataset.view)];
      await Plotly.react(chart, view.data, view.layout, config);
      for (const each of buttons) each.setAttribute("aria-pressed", String(each === button));
    });
  }
  await Plotly.newPlot(chart, views[0].data, views[0].layout, config);
}

async function start() {
  const charts = [...document.querySelectorAll(".chart")];
  if (charts.length) await unpack(document.getElementById("plotly"));
  for (const chart of charts) await draw(chart);
  document.documentElement.dataset.drawn = String(Math.round(performance.now()));
  document.documentElement.dataset.charts = String(charts.length);
  addEventListener("beforeprint", () => charts.forEach((chart) => Plotly.relayout(chart, { width: paper })));
  addEventListener("afterprint", () => charts.forEach((chart) => Plotly.relayout(chart, { width: null, autosize: true })));
}

start();
