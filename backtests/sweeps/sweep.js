// The sweep page: a surface over two parameters, the others by sliders; click a cell or a row to choose a set.
const data = JSON.parse(document.getElementById("sweep").textContent);
const at = id => document.getElementById(id);
const n = data.sets.length, metricNames = Object.keys(data.metrics);
const state = {x: 0, y: Math.min(1, data.axes.length - 1), metric: data.metric, set: data.chosen, held: data.axes.map(() => -1)};
const format = (name, v) => v === null ? "-" : data.percent.includes(name) ? (100 * v).toFixed(1) + "%"
  : name === "orders" ? String(v) : name === "costs_paid_usd" ? Math.round(v).toLocaleString("en-US") : v.toFixed(2);
const median = list => { const s = [...list].sort((a, b) => a - b), m = s.length >> 1; return s.length % 2 ? s[m] : (s[m - 1] + s[m]) / 2; };
const column = () => data.metrics[state.metric];
const sign = () => data.lower.includes(state.metric) ? -1 : 1;

function option(select, items, chosen, change) {
  for (const [value, text] of items) select.add(new Option(text, value, false, String(value) === String(chosen)));
  select.addEventListener("change", () => { change(select.value); render(); });
}
function controls() {
  const axes = data.axes.map((axis, i) => [i, axis.path]);
  option(at("x"), axes, state.x, v => { state.x = +v; if (state.y === state.x && axes.length > 1) { state.y = (state.x + 1) % axes.length; at("y").value = state.y; } });
  option(at("y"), axes, state.y, v => { state.y = +v; if (state.y === state.x && axes.length > 1) { state.x = (state.y + 1) % axes.length; at("x").value = state.x; } });
  option(at("metric"), metricNames.map(m => [m, data.labels[m]]), state.metric, v => { state.metric = v; });
  data.axes.forEach((axis, i) => {
    const label = document.createElement("label"), says = document.createElement("span"), slider = document.createElement("input");
    Object.assign(slider, {type: "range", min: -1, max: axis.levels.length - 1, value: -1, id: "hold-" + i});
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
function surface() {
  const X = data.axes[state.x], Y = data.axes[state.y], flat = state.x === state.y, values = column();
  const cells = new Map();
  for (const s of members()) {
    const key = data.sets[s][state.x] + "," + (flat ? 0 : data.sets[s][state.y]);
    if (!cells.has(key)) cells.set(key, []);
    cells.get(key).push(s);
  }
  const rows = flat ? [0] : Y.levels.map((_, i) => i), z = [], text = [], best = [];
  for (const row of rows) {
    z.push([]); text.push([]); best.push([]);
    X.levels.forEach((_, i) => {
      const sets = (cells.get(i + "," + row) || []).filter(s => values[s] !== null);
      const top = sets.length ? sets.reduce((a, b) => sign() * values[b] > sign() * values[a] ? b : a) : null;
      z.at(-1).push(sets.length ? median(sets.map(s => values[s])) : null);
      best.at(-1).push(top);
      text.at(-1).push(`${X.path} ${X.levels[i]}<br>${flat ? "" : `${Y.path} ${Y.levels[row]}<br>`}${sets.length} sets` +
        (top === null ? "" : `<br>median ${format(state.metric, z.at(-1).at(-1))}<br>best ${format(state.metric, values[top])}`));
    });
  }
  const label = axis => axis.levels.map(String), s = data.sets[state.set];
  const mark = {type: "scatter", mode: "markers", x: [label(X)[s[state.x]]], y: [flat ? "" : label(Y)[s[state.y]]], hoverinfo: "skip",
    marker: {symbol: "circle-open", size: 15, color: "#1b2430", line: {width: 2.5}}, showlegend: false};
  const heat = {type: "heatmap", x: label(X), y: flat ? [""] : label(Y), z, text, customdata: best, hovertemplate: "%{text}<extra></extra>",
    colorscale: data.scale, reversescale: sign() < 0, xgap: 1, ygap: 1, colorbar: {thickness: 12, title: {text: data.labels[state.metric], side: "right"}}};
  const category = axis => ({type: "category", title: {text: axis.path}, nticks: 24});
  draw(at("surface"), {data: [heat, mark], layout: {height: 460, xaxis: category(X), yaxis: flat ? {visible: false} : category(Y)}});
}
function distribution() {
  const values = column(), known = values.filter(v => v !== null), mine = values[state.set];
  const line = (x, color, text) => ({shape: {type: "line", x0: x, x1: x, yref: "paper", y0: 0, y1: 1, line: {color, width: 2}},
    note: {x, yref: "paper", y: 1.02, yanchor: "bottom", text, showarrow: false, font: {color, size: 11}}});
  const lines = mine === null ? [] : [line(mine, "#b4540a", "chosen")];
  const better = known.filter(v => sign() * v > sign() * mine).length;
  at("standing").textContent = mine === null ? `The chosen set has no ${data.labels[state.metric]}.`
    : `${better.toLocaleString("en-US")} of ${known.length.toLocaleString("en-US")} sets shown are better than the chosen one.`;
  draw(at("distribution"), {data: [{type: "histogram", x: known, nbinsx: 60, marker: {color: "#1f5fbf"}, hovertemplate: "%{x}: %{y} sets<extra></extra>"}],
    layout: {height: 280, bargap: 0.04, margin: {t: 30}, shapes: lines.map(l => l.shape), annotations: lines.map(l => l.note),
      xaxis: {title: {text: data.labels[state.metric]}}, yaxis: {title: {text: "sets"}}}});
}
function profiles() {
  const values = column();
  data.axes.forEach((axis, i) => {
    const groups = axis.levels.map(() => []);
    for (let s = 0; s < n; s++) if (values[s] !== null) groups[data.sets[s][i]].push(values[s]);
    const quantile = (g, q) => { const o = [...g].sort((a, b) => a - b); return o.length ? o[Math.round(q * (o.length - 1))] : null; };
    const x = axis.levels.map(String), low = groups.map(g => quantile(g, .1)), high = groups.map(g => quantile(g, .9));
    draw(at("profile-" + i), {data: [
      {type: "scatter", x, y: low, mode: "lines", line: {width: 0}, hoverinfo: "skip", showlegend: false},
      {type: "scatter", x, y: high, mode: "lines", line: {width: 0}, fill: "tonexty", fillcolor: "rgba(31,95,191,.15)", hoverinfo: "skip", showlegend: false},
      {type: "scatter", x, y: groups.map(g => g.length ? median(g) : null), mode: "lines+markers", line: {color: "#1f5fbf"}, showlegend: false,
        hovertemplate: "%{x}: median %{y:.3f}<extra></extra>"},
    ], layout: {height: 210, xaxis: {type: "category", title: {text: axis.path}, nticks: 10}, yaxis: {title: {text: data.labels[state.metric]}}}});
  });
}
function chosen() {
  const s = state.set, rows = [];
  data.axes.forEach((axis, i) => rows.push([axis.path, String(data.values[s][i])]));
  metricNames.forEach(m => rows.push([data.labels[m], format(m, data.metrics[m][s])]));
  data.parts[s].forEach((v, i) => rows.push([`Sharpe, ${data.spans[i]}`, v === null ? "-" : v.toFixed(2)]));
  const body = at("chosen-rows");
  body.replaceChildren(...rows.map(([name, value]) => {
    const pair = document.createElement("div"), label = document.createElement("span"), number = document.createElement("b");
    label.textContent = name; number.textContent = value; pair.append(label, number);
    return pair;
  }));
  at("chosen-command").textContent = data.command + data.axes.map((axis, i) => ` -s ${axis.path}=${data.values[s][i]}`).join("");
  for (const row of document.querySelectorAll("#top tbody tr"))
    row.classList.toggle("chosen", row.cells[0].textContent === String(data.numbers[s]));
}
function render() {
  for (const label of at("sliders").children) label.hidden = [state.x, state.y].includes(+label.dataset.axis);
  surface(); distribution(); profiles(); chosen();
}
controls();
render();
at("surface").on("plotly_click", event => {
  const set = event.points[0].customdata;
  if (set !== null && set !== undefined) { state.set = set; render(); }
});
const places = new Map(data.numbers.map((number, s) => [String(number), s]));
for (const row of document.querySelectorAll("#top tbody tr"))
  row.addEventListener("click", () => { state.set = places.get(row.cells[0].textContent); render(); });
