// What every page of ours does: draw its figures in the page's colours, read its charts, sort and copy its tables.
const SMALL = 640;
const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// Colours are named in figures, "--c1" or "--c1/.2", and found when they are drawn: light, dark, or on paper.
function resolve(value) {
  if (typeof value === "string") {
    const found = /^(--[a-z0-9]+)(?:\/([\d.]+))?$/.exec(value);
    if (!found) return value;
    const hex = colour(found[1]);
    if (!found[2]) return hex;
    const [red, green, blue] = [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16));
    return `rgba(${red},${green},${blue},${found[2]})`;
  }
  if (Array.isArray(value)) return typeof value[0] === "number" ? value : value.map(resolve);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, resolve(v)]));
  return value;
}
const THEME = {
  font: {family: 'system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif', size: 12, color: "--ink"},
  colorway: ["--c1", "--c2", "--c3", "--c4", "--c5", "--c6"], paper_bgcolor: "--paper", plot_bgcolor: "--paper",
  margin: {l: 56, r: 14, t: 14, b: 40}, hovermode: "closest", legend: {orientation: "h", y: 1.02, yanchor: "bottom", x: 0},
  hoverlabel: {bgcolor: "--wash", bordercolor: "--line", font: {color: "--ink"}},
};
const AXIS = {gridcolor: "--line", zerolinecolor: "--faint", linecolor: "--line", tickfont: {color: "--soft"}, automargin: true};

// A word in a line's colour takes the shade of it that can be read, where there is one: letters are thinner than lines.
function shade(name) {
  const word = name?.replace(/^--c(\d)$/, "--t$1");
  return word && colour(word) ? word : name;
}
const worded = note => note.font?.color ? {...note, font: {...note.font, color: shade(note.font.color)}} : note;

function themed(layout) {
  const full = {...THEME, ...layout, margin: {...THEME.margin, ...layout.margin}};
  if (full.annotations) full.annotations = full.annotations.map(worded);
  for (const name of ["xaxis", "yaxis", ...Object.keys(layout).filter(k => /^[xy]axis\d+$/.test(k))])
    full[name] = {...AXIS, ...layout[name]};
  return resolve(full);
}
// A figure's title is a line of the page above it: plotly's would be cut off where it is long, and lie on the legend.
const HEADING = 24;
function heading(target, text) {
  if (target.previousElementSibling?.className === "heading") return;
  target.before(Object.assign(document.createElement("p"), {className: "heading", textContent: text}));
}
const figures = new Map();
const phone = matchMedia(`(max-width:${SMALL}px)`);
function draw(target, figure) {
  figures.set(target, figure);
  const {phone: small, title, ...wanted} = figure.layout;  // what a narrow page shows otherwise, axis by axis
  if (title) heading(target, title.text);
  if (phone.matches) for (const [name, value] of Object.entries(small ?? {}))
    wanted[name] = Array.isArray(value) ? value : {...wanted[name], ...value};
  const layout = themed(wanted), first = target.parentElement.tagName === "MAIN";
  if (title) layout.margin.t -= HEADING;
  if (phone.matches && layout.height) layout.height = Math.round(layout.height * (first ? 0.7 : 0.85));
  if (layout.height) target.style.height = layout.height + "px";
  return Plotly.react(target, resolve(figure.data), layout, {displayModeBar: false, responsive: true});
}
function drawAll() { for (const [target, figure] of [...figures]) draw(target, figure); }

// Charts: a line under the pointer, or moved by the arrow keys, and the values of its bar among the keys.
const FORMS = {
  percent: v => (100 * v).toLocaleString("en-US", {minimumFractionDigits: 1, maximumFractionDigits: 1}) + "%",
  money: v => Math.round(v).toLocaleString("en-US"),
  number: v => v.toLocaleString("en-US", {minimumFractionDigits: 2, maximumFractionDigits: 2}),
};
function readable(chart) {
  const data = JSON.parse(document.getElementById(chart.dataset.chart).textContent);
  let sum = 0;
  const minutes = data.minutes.map(step => sum += step), first = minutes[0], whole = minutes.at(-1) - first || 1;
  const plot = chart.querySelector(".plot"), when = chart.querySelector("time"), cursor = document.createElement("div");
  cursor.className = "cursor"; cursor.hidden = true; plot.append(cursor);
  let at = minutes.length - 1;
  const show = place => {
    at = Math.max(0, Math.min(minutes.length - 1, place));
    cursor.style.left = 100 * (minutes[at] - first) / whole + "%";
    const label = new Date(6e4 * minutes[at]).toISOString();
    when.textContent = label.slice(0, 10) + (minutes[at] % 1440 ? " " + label.slice(11, 16) : "");
    for (const word of chart.querySelectorAll("[data-at]")) {
      const [panel, curve] = word.dataset.at.split("."), value = data.panels[panel].curves[curve][at];
      word.textContent = value === null ? "-" : FORMS[data.panels[panel].form](value);
    }
  };
  const reading = on => {
    cursor.hidden = !on;
    for (const word of chart.querySelectorAll("[data-at]")) word.parentNode.hidden = !on && !word.dataset.at.startsWith("0.");
    if (!on) show(minutes.length - 1);
  };
  const nearest = share => {
    const wanted = first + share * whole;
    let low = 0, high = minutes.length - 1;
    while (low < high) { const middle = (low + high) >> 1; if (minutes[middle] < wanted) low = middle + 1; else high = middle; }
    return low && wanted - minutes[low - 1] < minutes[low] - wanted ? low - 1 : low;
  };
  plot.addEventListener("pointermove", event => {
    const box = plot.getBoundingClientRect();
    reading(true); show(nearest((event.clientX - box.left) / box.width));
  });
  plot.addEventListener("pointerleave", () => reading(false));
  plot.addEventListener("blur", () => reading(false));
  plot.addEventListener("keydown", event => {
    const step = event.shiftKey ? 30 : 1, to = {ArrowLeft: at - step, ArrowRight: at + step, Home: 0, End: minutes.length - 1}[event.key];
    if (to === undefined) return;
    event.preventDefault(); reading(true); show(to);
  });
}

// Tables: sorted by a click on a head, copied as text that a spreadsheet reads, and they say when they are cut off.
function key(cell) {
  const text = cell.dataset.value ?? cell.textContent.trim();
  const number = Number(text.replace(/[%,+]/g, "").replace("\u2212", "-"));
  return text === "" || text === "-" ? null : Number.isNaN(number) ? text : number;
}
function sortBy(table, column, ascending) {
  const sign = ascending ? 1 : -1;
  const rows = [...table.tBodies[0].rows].map(row => [key(row.cells[column]), row]);
  rows.sort(([a], [b]) => a === null ? 1 : b === null ? -1 : sign * (a < b ? -1 : a > b ? 1 : 0));
  table.tBodies[0].append(...rows.map(([, row]) => row));
  [...table.tHead.rows[0].cells].forEach((head, at) =>
    at === column ? head.setAttribute("aria-sort", ascending ? "ascending" : "descending")
                  : head.removeAttribute("aria-sort"));
}
function sortable(table) {
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    head.tabIndex = 0;
    const sort = () => sortBy(table, column, head.getAttribute("aria-sort") === "descending");
    head.addEventListener("click", sort);
    head.addEventListener("keydown", event => event.key === "Enter" && sort());
  });
}
async function copy(button, table) {
  const text = [...table.rows].map(row => [...row.cells].map(cell => cell.textContent.trim()).join("\t")).join("\n");
  try { await navigator.clipboard.writeText(text); }
  catch {
    const box = Object.assign(document.createElement("textarea"), {value: text});
    document.body.append(box); box.select(); document.execCommand("copy"); box.remove();
  }
  button.textContent = "copied";
  setTimeout(() => { button.textContent = "copy"; }, 1200);
}
function wide() {
  for (const box of document.querySelectorAll(".scroll")) {
    const across = box.scrollWidth > box.clientWidth + 1, down = box.scrollHeight > box.clientHeight + 1;
    const cut = across || down, part = box.closest("section")?.querySelector("h2")?.textContent;
    box.parentNode.classList.toggle("scrolls", cut);
    box.parentNode.querySelector(".hint").textContent = `the table goes on: scroll it ${across ? "\u2192" : ""}${down ? "\u2193" : ""}`;
    box.setAttribute("aria-label", part ? `table of: ${part}` : "table");
    if (cut) box.tabIndex = 0; else box.removeAttribute("tabindex");
  }
}

for (const chart of document.querySelectorAll("figure[data-chart]")) readable(chart);
for (const place of document.querySelectorAll("div.figure[data-figure]"))
  draw(place, JSON.parse(document.getElementById(place.dataset.figure).textContent));
for (const table of document.querySelectorAll("table.sortable")) sortable(table);
for (const button of document.querySelectorAll("button.copy"))
  button.addEventListener("click", () => copy(button, button.parentNode.querySelector("table")));
wide();
addEventListener("resize", wide);
for (const dark of [matchMedia("(prefers-color-scheme: dark)"), matchMedia("print"), phone]) dark.addEventListener("change", drawAll);
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  for (const part of folded) part.open = true;
});
addEventListener("afterprint", () => { for (const part of folded) part.open = false; });
