/** A page of a rehearsal that needs nothing else, and its charts: curves over one axis of time, as SVG. */
import { durationText } from "./quantity-text.ts";

const WIDTH = 960;
const HEIGHT = 150;
/** Room for the numbers of the axes. */
const LEFT = 56;
const BOTTOM = 22;
const TOP = 8;

export interface Curve {
  readonly title: string;
  readonly unit: string;
  readonly colour: string;
  readonly values: readonly number[];
}

export interface RehearsalPage {
  readonly title: string;
  readonly hours: number;
  readonly seed: number;
  readonly facts: readonly (readonly [term: string, value: string])[];
  /** Rules that were broken, in sentences; empty when none was. */
  readonly broken: readonly string[];
  /** What is not known, in sentences. */
  readonly unknown: readonly string[];
  readonly curves: readonly Curve[];
  /** What happened, by row and cell. */
  readonly table: { readonly title: string; readonly rows: readonly (readonly string[])[] };
  readonly assumptions: readonly string[];
}

export function rehearsalPage({ title, hours, seed, facts, broken, unknown, curves, table, assumptions }: RehearsalPage): string {
  const list = (lines: readonly string[]): string => lines.map((line) => `<li>${escaped(line)}</li>`).join("");
  const rows = table.rows.map((cells) => `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join("")}</tr>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}, simulated</title>
<style>
:root{color-scheme:light dark;--text:#16181d;--faint:#5d6470;--ground:#fff;--panel:#f7f8fa;--line:#d9dde3;--blue:#2563eb;--green:#047857;--amber:#b45309;--violet:#7c3aed;--red:#dc2626}
@media(prefers-color-scheme:dark){:root{--text:#e8eaee;--faint:#9aa3b0;--ground:#121418;--panel:#1a1d23;--line:#343a44;--blue:#60a5fa;--green:#34d399;--amber:#fbbf24;--violet:#a78bfa;--red:#f87171}}
body{font:15px/1.5 system-ui,sans-serif;max-width:${WIDTH}px;margin:2rem auto;padding:0 1rem;color:var(--text);background:var(--ground)}
h1{font-size:1.5rem;margin-bottom:0}h2{font-size:1.1rem;margin-top:2rem}p{color:var(--faint);margin-top:.25rem}
dl{display:flex;flex-wrap:wrap;gap:.75rem 2rem;margin:1.25rem 0}dt{color:var(--faint);font-size:.85em}dd{margin:0;font-weight:600}
figure{margin:1.25rem 0}figcaption{display:flex;justify-content:space-between;margin-bottom:.25rem;font-size:.9em}figcaption span{color:var(--faint)}
svg{width:100%;height:auto;background:var(--panel);border-radius:6px}svg text{fill:var(--faint);font-size:11px}svg .grid{stroke:var(--line);stroke-width:1}
table{border-collapse:collapse}td{padding:.1rem 1.5rem .1rem 0}.broken{color:var(--red)}li{margin:.15rem 0}
</style></head><body>
<h1>${escaped(title)}</h1>
<p>${durationText(hours * 3600)} simulated from seed ${seed}.</p>
<dl>${facts.map(([term, value]) => `<div><dt>${escaped(term)}</dt><dd>${escaped(value)}</dd></div>`).join("")}</dl>
${broken.length === 0 ? "" : `<h2 class="broken">Broken rules</h2><ul class="broken">${list(broken)}</ul>\n`}${unknown.length === 0 ? "" : `<h2>Not known</h2><ul>${list(unknown)}</ul>\n`}${curves.map((each) => chart(each, hours)).join("\n")}
<h2>${escaped(table.title)}</h2>
${rows.length === 0 ? "<p>None.</p>" : `<table>${rows.join("")}</table>`}
<h2>What the numbers rest on</h2>
<ul>${list(assumptions.map((line) => line.replace("assumes: ", "")))}</ul>
</body></html>
`;
}

function chart({ title, unit, colour, values }: Curve, hours: number): string {
  const highest = values.reduce((top, each) => Math.max(top, each), 0);
  const top = niceTop(highest);
  const last = Math.max(1, values.length - 1);
  const x = (part: number): number => LEFT + part * (WIDTH - LEFT - 12);
  const y = (each: number): number => TOP + (1 - each / top) * (HEIGHT - TOP - BOTTOM);
  const points = values.map((each, index) => `${x(index / last).toFixed(1)},${y(each).toFixed(1)}`);
  const across = [0, 0.5, 1].map((part) => {
    const height = y(top * part).toFixed(1);
    return `<line class="grid" x1="${LEFT}" x2="${WIDTH - 12}" y1="${height}" y2="${height}"/><text x="${LEFT - 8}" y="${(y(top * part) + 4).toFixed(1)}" text-anchor="end">${number(top * part)}</text>`;
  });
  const along = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const at = hours * part;
    const label = hours < 2 ? `${Math.round(at * 60)} min` : `${Number(at.toFixed(1))} h`;
    return `<text x="${x(part).toFixed(1)}" y="${HEIGHT - 6}" text-anchor="${part === 0 ? "start" : part === 1 ? "end" : "middle"}">${label}</text>`;
  });
  const range = `up to ${number(highest)}${unit === "" ? "" : ` ${unit}`}`;
  return `<figure><figcaption>${escaped(title)} <span>${escaped(range)}</span></figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(`${title}, ${range}`)}">${across.join("")}${along.join("")}<polyline fill="none" stroke="${colour}" stroke-width="1.5" stroke-linejoin="round" points="${points.join(" ")}"/></svg></figure>`;
}

/** The next 1, 2 or 5 times a power of ten: where the axis ends. */
function niceTop(highest: number): number {
  if (highest <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(highest));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= highest) ?? highest;
}

function number(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toFixed(1)));
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
