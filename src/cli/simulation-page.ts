/** A simulation as one page that needs nothing else: numbers, curves, changes. */
import type { SimulatedMinute } from "../simulator/simulation.ts";
import type { SimulationReport } from "./simulation-text.ts";

const WIDTH = 960;
const HEIGHT = 140;

export function simulationPage(report: SimulationReport): string {
  const charts = [
    chart("Requests a second", report.timeline, ({ rps }) => rps, "#2563eb"),
    chart("Healthy tasks", report.timeline, ({ tasks }) => tasks, "#059669"),
    chart("CPU, percent", report.timeline, ({ utilization }) => utilization, "#d97706"),
    chart("Latency, ms", report.timeline, ({ latencyMs }) => latencyMs, "#7c3aed"),
    chart("Failed requests a minute", report.timeline, ({ failed }) => failed, "#dc2626"),
  ];
  const facts: [string, string][] = [
    ["requests", String(report.requests)],
    ["failed", String(report.failed)],
    ["healthy tasks", `${report.tasks.min} to ${report.tasks.max}`],
    ["cost an hour", `$${report.costPerHour.toFixed(4)}`],
    ["crashes, Spot reclaims", `${report.crashes}, ${report.reclaims}`],
    ["broken rules", String(report.violations.length)],
  ];
  const activities = report.activities.map(
    ({ atSeconds, from, to, cause }) =>
      `<tr><td>${(atSeconds / 3600).toFixed(2)} h</td><td>${from} → ${to}</td><td>${escaped(cause)}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(report.service)} on ${escaped(report.env)}, simulated</title>
<style>
body{font:15px/1.5 system-ui,sans-serif;max-width:${WIDTH}px;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}
dl{display:flex;flex-wrap:wrap;gap:1.5rem}dt{color:#666;font-size:.85em}dd{margin:0;font-weight:600}
figure{margin:1.5rem 0}figcaption{color:#444;margin-bottom:.25rem}svg{width:100%;height:auto;background:#fafafa;border:1px solid #eee}
td{padding:.1rem 1rem .1rem 0}@media(prefers-color-scheme:dark){body{background:#111;color:#eee}svg{background:#181818;border-color:#333}dt,figcaption{color:#aaa}}
</style></head><body>
<h1>${escaped(report.service)} on ${escaped(report.env)}</h1>
<p>${report.hours} simulated hours, seed ${report.seed}.</p>
<dl>${facts.map(([term, value]) => `<div><dt>${escaped(term)}</dt><dd>${escaped(value)}</dd></div>`).join("")}</dl>
${charts.join("\n")}
<h2>Changes of the desired count</h2>
<table>${activities.join("")}</table>
</body></html>
`;
}

function chart(title: string, timeline: readonly SimulatedMinute[], value: (minute: SimulatedMinute) => number, colour: string): string {
  const highest = timeline.reduce((top, minute) => Math.max(top, value(minute)), 0);
  const last = Math.max(1, timeline.length - 1);
  const points = timeline.map((minute, index) => {
    const x = (index / last) * WIDTH;
    const y = HEIGHT - 4 - (highest === 0 ? 0 : (value(minute) / highest) * (HEIGHT - 12));
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  return `<figure><figcaption>${escaped(title)}, up to ${Number(highest.toFixed(1))}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}"><polyline fill="none" stroke="${colour}" stroke-width="1.5" points="${points.join(" ")}"/></svg></figure>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
