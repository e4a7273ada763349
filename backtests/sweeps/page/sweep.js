// The sweep page: a heat map over two parameters around holding, the others by sliders; a cell or a row chooses a set.
(async () => {
const packed = Uint8Array.from(atob(JSON.parse(document.getElementById("sweep").textContent)), c => c.charCodeAt(0));
const data = JSON.parse(await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text());
const at = id => document.getElementById(id);
const n = data.sets.length, metricNames = Object.keys(data.metrics), region = new Set(data.region);
const lengths = data.axes.map(axis => axis.levels.length);
const byLength = data.axes.map((_, i) => i).filter(i => data.held[i] < 0).sort((a, b) => lengths[b] - lengths[a]);
const firstAxes = byLength.length ? byLength : data.axes.map((_, i) => i);
const state = {x: firstAxes[0], y: firstAxes[1] ?? (data.axes.length > 1 ? data.axes.findIndex((_, i) => i !== firstAxes[0]) : firstAxes[0]),
  metric: data.metric, set: data.chosen, held: [...data.held]};
const format = (name, v) => v === null || v === undefined ? "-" : data.percent.includes(name) ? (100 * v).toLocaleString("en-US", {minimumFractionDigits: 1, maximumFractionDigits: 1}) + "%"
  : name === "orders" ? String(v) : name === "costs_paid_usd" ? Math.round(v).toLocaleString("en-US") : v.toFixed(2);
let number = 0;
const numbers = data.steps.map(step => number += step);
const value = (s, i) => data.values[i] === null ? data.axes[i].levels[data.sets[s][i]] : data.values[i][s];
const median = list => { const s = [...list].sort((a, b) => a - b), m = s.length >> 1; return s.length % 2 ? s[m] : (s[m - 1] + s[m]) / 2; };
const column = () => data.metrics[state.metric];
const sign = () => data.lower.includes(state.metric) ? -1 : 1;
const held = () => data.controls.holding?.[state.metric] ?? null;

function option(select, items, chosen, change) {
  for (const [value, text] of items) select.add(new Option(text, value, false, String(value) === String(chosen)));
  select.addEventListener("change", () => { change(select.value); render(); });
}
function controls() {
  const axes = data.axes.map((axis, i) => [i, axis.path]);
  if (axes.length < 2) at("y").closest("label").hidden = true;
  option(at("x"), axes, state.x, v => { state.x = +v; if (axes.length < 2) state.y = state.x; else if (state.y === state.x) { state.y = (state.x + 1) % axes.length; at("y").value = state.y; } });
  option(at("y"), axes, state.y, v => { state.y = +v; if (state.y === state.x && axes.length > 1) { state.x = (state.y + 1) % axes.length; at("x").value = state.x; } });
  option(at("metric"), metricNames.map(m => [m, data.labels[m]]), state.metric, v => { state.metric = v; });
  data.axes.forEach((axis, i) => {
    const label = document.createElement("label"), says = document.createElement("span"), slider = document.createElement("input");
    Object.assign(slider, {type: "range", min: -1, max: axis.levels.length - 1, value: state.held[i], id: "hold-" + i});
    label.append(says, slider); label.dataset.axis = i;
    const tell = () => { says.textContent = `${axis.path}: ${state.held[i] < 0 ? "all" : axis.levels[state.held[i]]}`; };
    slider.addEventListener("input", () => { state.held[i] = +slider.value; tell(); render(); });
    tell(); at("sliders").append(label);
  });
}
function members() {
  const found = [], free = [state.x, state.y];
  for (let s = 0; s < n; s++)
    if (data.axes.every((axis, i) => free.includes(i) || state.held[i] < 0 || data.sets[s][i] === state.held[i])) found.push(s);
  return found;
}
function tinted(value, middle, reach) {
  const share = Math.max(-1, Math.min(1, sign() * (value - middle) / reach));
  return `color-mix(in srgb,var(--${share < 0 ? "loss" : "gain"}) ${Math.round(48 * Math.abs(share))}%,var(--middle))`;
}
// Colours say better or worse than holding; where holding has no such number, than the median of all sets.
function surface() {
  const X = data.axes[state.x], Y = data.axes[state.y], flat = state.x === state.y, values = column();
  const cells = new Map();
  for (const s of members()) {
    const key = data.sets[s][state.x] + "," + (flat ? 0 : data.sets[s][state.y]);
    if (!cells.has(key)) cells.set(key, []);
    cells.get(key).push(s);
  }
  const medians = new Map([...cells].map(([key, sets]) => [key, sets.filter(s => values[s] !== null)]).filter(([, sets]) => sets.length)
    .map(([key, sets]) => [key, {sets, value: median(sets.map(s => values[s])), best: sets.reduce((a, b) => sign() * values[b] > sign() * values[a] ? b : a)}]));
  const all = [...medians.values()].map(cell => cell.value), middle = held() ?? (all.length ? median(all) : 0);
  const reach = Math.max(...all.map(v => Math.abs(v - middle)), 1e-12), rows = flat ? [0] : Y.levels.map((_, i) => i).reverse();
  const table = at("surface"), head = document.createElement("thead"), body = document.createElement("tbody");
  const every = Math.ceil(X.levels.length / (phone.matches ? 8 : 24)), few = Math.ceil(rows.length / 24);  // of many some are named
  const spoken = X.levels.length <= 24 && rows.length <= 24, chosen = data.sets[state.set];
  const heading = (tag, text, scope) => { const cell = document.createElement(tag); cell.textContent = text; if (scope) cell.scope = scope; return cell; };
  const top = head.insertRow();
  top.append(heading("td", ""), ...X.levels.map((level, i) => i % every ? heading("td", "") : heading("th", String(level), "col")));
  for (const row of rows) {
    const line = body.insertRow();
    line.append(flat || row % few ? heading("td", "") : heading("th", String(Y.levels[row]), "row"));
    X.levels.forEach((level, i) => {
      const place = line.insertCell(), cell = medians.get(i + "," + row);
      if (!cell) return;
      const button = document.createElement("button"), where = `${X.path} ${level}${flat ? "" : `, ${Y.path} ${Y.levels[row]}`}`;
      button.type = "button";
      button.textContent = spoken ? format(state.metric, cell.value) : "";
      button.title = `${where}: ${cell.sets.length} sets, median ${format(state.metric, cell.value)}, best ${format(state.metric, values[cell.best])}`;
      button.setAttribute("aria-label", button.title);
      button.addEventListener("click", () => { state.set = cell.sets.includes(state.set) ? state.set : cell.best; render(); });
      place.style.background = tinted(cell.value, middle, reach);
      place.dataset.value = cell.value;
      place.classList.toggle("in", cell.sets.some(s => region.has(s)));
      place.classList.toggle("chosen", chosen[state.x] === i && (flat || chosen[state.y] === row));
      place.append(button);
    });
  }
  table.style.setProperty("--rows", rows.length);
  table.classList.toggle("dense", !spoken);
  table.replaceChildren(head, body);
  const axes = document.createElement("caption");
  axes.textContent = flat ? `${data.labels[state.metric]} by ${X.path}` : `${data.labels[state.metric]}: ${X.path} across, ${Y.path} up`;
  table.prepend(axes);
  const what = held() === null ? "the median set" : "holding";
  at("worse").textContent = `worse than ${what}, ${format(state.metric, middle)}`;
  at("better").textContent = "better";
}
function distribution() {
  const values = column(), known = values.filter(v => v !== null), mine = values[state.set];
  const marks = [["chosen", mine, "--c2"], ["holding", held(), "--ink"], ["own trend", data.controls["own trend"]?.[state.metric], "--c3"]]
    .filter(([, x]) => x !== null && x !== undefined);
  const low = Math.min(...known), high = Math.max(...known), bins = Math.min(50, Math.max(8, Math.ceil(Math.sqrt(known.length) * 2)));
  const width = (high - low) / bins || 1, counts = Array(bins).fill(0);
  for (const v of known) counts[Math.min(bins - 1, Math.floor((v - low) / width))]++;
  const better = known.filter(v => sign() * v > sign() * mine).length, own = data.labels[state.metric];
  at("standing").textContent = mine === null ? `The chosen set has no ${own}.`
    : `${better.toLocaleString("en-US")} of ${known.length.toLocaleString("en-US")} sets are better than the chosen one` +
      (held() === null ? "." : `, ${known.filter(v => sign() * v > sign() * held()).length.toLocaleString("en-US")} than holding.`);
  draw(at("distribution"), {data: [{type: "bar", x: counts.map((_, i) => low + (i + .5) * width), y: counts, width: counts.map(() => width * .94), marker: {color: "--c1/.55"},
    hovertemplate: "%{x:.3f}: %{y} sets<extra></extra>"}],
    layout: {height: 280, bargap: 0.04, margin: {t: 56}, showlegend: false,
      shapes: marks.map(([, x, color]) => ({type: "line", x0: x, x1: x, yref: "paper", y0: 0, y1: 1, line: {color, width: 2}})),
      annotations: marks.map(([text, x, color], i) => ({x, yref: "paper", y: 1.01 + .08 * i, yanchor: "bottom", text: `${text} ${format(state.metric, x)}`, showarrow: false, font: {color, size: 12}})),
      xaxis: {title: {text: own}}, yaxis: {title: {text: "parameter sets"}, ...(Math.max(...counts) < 6 ? {dtick: 1} : {})}}});
}
function profiles() {
  const values = column();
  data.axes.forEach((axis, i) => {
    const groups = axis.levels.map(() => []);
    for (let s = 0; s < n; s++) if (values[s] !== null) groups[data.sets[s][i]].push(values[s]);
    const quantile = (g, q) => { const o = [...g].sort((a, b) => a - b); return o.length ? o[Math.round(q * (o.length - 1))] : null; };
    const x = axis.levels.map(String), low = groups.map(g => quantile(g, .1)), high = groups.map(g => quantile(g, .9));
    const level = held() === null ? [] : [{type: "line", xref: "paper", x0: 0, x1: 1, y0: held(), y1: held(), line: {color: "--soft", width: 1, dash: "dash"}}];
    draw(at("profile-" + i), {data: [
      {type: "scatter", x, y: low, mode: "lines", line: {width: 0}, hoverinfo: "skip", showlegend: false},
      {type: "scatter", x, y: high, mode: "lines", line: {width: 0}, fill: "tonexty", fillcolor: "--c1/.16", hoverinfo: "skip", showlegend: false},
      {type: "scatter", x, y: groups.map(g => g.length ? median(g) : null), mode: "lines+markers", line: {color: "--c1"}, showlegend: false,
        hovertemplate: "%{x}: median %{y:.3f}<extra></extra>"},
    ], layout: {height: 210, shapes: level, xaxis: {type: "category", title: {text: axis.path}, nticks: 10}, yaxis: {title: {text: data.labels[state.metric]}}}});
  });
}
function chosen() {
  const s = state.set, rows = [];
  data.axes.forEach((axis, i) => rows.push([axis.path, String(value(s, i))]));
  metricNames.forEach(m => rows.push([data.labels[m], format(m, data.metrics[m][s])]));
  data.parts[s].forEach((v, i) => rows.push([`Sharpe ratio, ${data.spans[i]}`, v === null ? "-" : v.toFixed(2)]));
  at("chosen-rows").replaceChildren(...rows.map(([name, value]) => {
    const pair = document.createElement("div"), label = document.createElement("span"), number = document.createElement("b");
    label.textContent = name; number.textContent = value; pair.append(label, number);
    return pair;
  }));
  at("chosen-command").textContent = data.command + data.axes.map((axis, i) => ` -s ${axis.path}=${value(s, i)}`).join("");
  for (const row of document.querySelectorAll("#top tbody tr"))
    row.classList.toggle("chosen", row.cells[0].textContent === String(numbers[s]));
}
function render() {
  for (const label of at("sliders").children) label.hidden = [state.x, state.y].includes(+label.dataset.axis);
  surface(); distribution(); profiles(); chosen(); wide();
}
controls();
const narrow = matchMedia(`(max-width:${SMALL}px)`), fold = () => { document.querySelector(".explore").open = !narrow.matches; };
narrow.addEventListener("change", () => { fold(); surface(); });
fold();
render();
const places = new Map(numbers.map((known, s) => [String(known), s]));
for (const row of document.querySelectorAll("#top tbody tr")) {
  const set = places.get(row.cells[0].textContent);
  if (set === undefined) continue;
  row.tabIndex = 0;
  const choose = () => { state.set = set; render(); };
  row.addEventListener("click", choose);
  row.addEventListener("keydown", event => event.key === "Enter" && choose());
}
})();
