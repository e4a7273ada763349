// What every page of ours does: draw its figures in one theme, sort its tables.
const THEME = {
  font: {family: 'system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif', size: 12, color: "#1b2430"},
  colorway: ["#1f5fbf", "#b4540a", "#0f7b6c", "#7a1f6b", "#8a8f98", "#c2a000"],
  paper_bgcolor: "#fff", plot_bgcolor: "#fff", margin: {l: 56, r: 14, t: 14, b: 40}, hovermode: "closest",
  legend: {orientation: "h", y: 1.02, yanchor: "bottom", x: 0},
};
const AXIS = {gridcolor: "#e8ecf0", zerolinecolor: "#aab3bf", linecolor: "#dfe4ea", automargin: true};

function themed(layout) {
  const full = {...THEME, ...layout, margin: {...THEME.margin, ...layout.margin}};
  for (const name of ["xaxis", "yaxis", ...Object.keys(layout).filter(k => /^[xy]axis\d+$/.test(k))])
    full[name] = {...AXIS, ...layout[name]};
  return full;
}
function draw(target, figure) {
  return Plotly.react(target, figure.data, themed(figure.layout), {displayModeBar: false, responsive: true});
}
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
for (const place of document.querySelectorAll("div.figure[data-figure]"))
  draw(place, JSON.parse(document.getElementById(place.dataset.figure).textContent));
for (const table of document.querySelectorAll("table.sortable"))
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    head.tabIndex = 0;
    const sort = () => sortBy(table, column, head.getAttribute("aria-sort") === "descending");
    head.addEventListener("click", sort);
    head.addEventListener("keydown", event => event.key === "Enter" && sort());
  });
