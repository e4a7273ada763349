// The index of all work: search, filter, sort, two to compare. Everything a person wrote is set as text, never as HTML.
const STEPS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const PAGE = 30, WIDTH = 168, HEIGHT = 56;
const byId = id => document.getElementById(id);
const list = byId("work"), live = document.body.querySelector("[data-live]")?.dataset.live;
const picked = [];
let all = [], shown = [], drawn = 0, known = new Map(), about = new Map(), running = new Map();

function make(tag, content = {}, ...inner) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(content))
    if (name === "text") node.textContent = value; else node.setAttribute(name, value);
  node.append(...inner.filter(Boolean));
  return node;
}
// A sentence in pieces: no date and no negative number is cut at its hyphen.
function unbroken(text) {
  return text.split(/(\d{4}-\d\d-\d\d|-\d[\d.,]*%?)/).map((part, at) => at % 2 ? make("span", {class: "whole", text: part}) : part);
}
function shape(tag, marks) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(marks)) node.setAttribute(name, value);
  return node;
}
function curve(text, kind) {
  const parts = [[]];
  [...text].forEach((letter, at) => {
    if (letter === " ") { parts.push([]); return; }
    const y = HEIGHT - 3 - STEPS.indexOf(letter) / (STEPS.length - 1) * (HEIGHT - 6);
    parts.at(-1).push(`${(at / Math.max(text.length - 1, 1) * WIDTH).toFixed(1)},${y.toFixed(1)}`);
  });
  const marks = {fill: "none", stroke: "currentColor", "stroke-width": kind === "own" ? 1.6 : 1, class: kind};
  return parts.filter(part => part.length > 1).map(part => shape("polyline", {points: part.join(" "), ...marks}));
}
function bands(rows) {
  const known = rows.flat().filter(value => value !== null).concat(0);
  const low = Math.min(...known), span = Math.max(...known) - low || 1, gap = HEIGHT / (rows.length + 1);
  const x = value => (4 + (value - low) / span * (WIDTH - 8)).toFixed(1);
  const zero = shape("line", {x1: x(0), x2: x(0), y1: 0, y2: HEIGHT, "stroke-dasharray": 2, class: "zero"});
  return [zero, ...rows.flatMap(([from, value, to], at) => {
    const y = (gap * (at + 1)).toFixed(1), parts = [];
    if (from !== null && to !== null)
      parts.push(shape("line", {x1: x(from), x2: x(to), y1: y, y2: y, stroke: "currentColor", "stroke-width": 2}));
    if (value !== null) parts.push(shape("circle", {cx: x(value), cy: y, r: 3, fill: "currentColor"}));
    return parts;
  })];
}
function thumbnail(one) {
  const says = one.own ? `Equity of ${one.study}` : one.intervals ? `95% intervals of ${one.study}` : "no picture";
  const box = shape("svg", {viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": says});
  if (one.intervals) box.append(...bands(one.intervals));
  else box.append(...curve(one.beside ?? "", "beside"), ...curve(one.own ?? "", "own"));
  return box;
}
const percent = value => value === undefined ? "-" : `${(100 * value).toLocaleString("en-US", {minimumFractionDigits: 1, maximumFractionDigits: 1})}%`;
const ratio = value => value === undefined ? "-" : value.toFixed(2);
const whole = value => value === undefined ? "-" : value.toLocaleString("en-US");

function numbers(one) {
  const rows = [["Sharpe", ratio(one.sharpe)], ["return", percent(one.return)], ["drawdown", percent(one.drawdown)],
                ["trials", whole(one.trials)]];
  return make("dl", {}, ...rows.map(([name, value]) => make("div", {}, make("dt", {text: name}), make("dd", {text: value}))));
}
function linked(one) {
  const others = [...(one.related ?? []), ...(about.get(one.id) ?? [])].map(id => known.get(id)).filter(Boolean);
  return others.map(other => {
    const id = other.id, many = other.kind === "compare" && other.related?.length > 2;  // names of six runs are a paragraph
    const text = many ? `compare of ${other.related.length} runs` : `${other.kind} ${other.study}`;
    const way = make("a", {href: other.page ?? `#${encodeURIComponent(id)}`, text, title: id});
    if (!other.page) way.addEventListener("click", () => find(id));
    return way;
  });
}
function moving(id) {
  const work = running.get(id);
  if (!work) return null;
  const rest = work.seconds_left === null ? "" : `, about ${Math.ceil(work.seconds_left)} s to go`;
  return make("p", {}, make("progress", {max: work.sets, value: work.done, "aria-label": "sets run"}),
              ` ${whole(work.done)} of ${whole(work.sets)} sets${rest}`);
}
function card(one) {
  const choice = make("input", {type: "checkbox", "aria-label": `choose ${one.id} to compare`});
  choice.checked = picked.includes(one.id);
  choice.addEventListener("change", () => pick(one.id, choice.checked));
  const place = one.page ?? one.numbers;
  const name = place ? make("a", {href: place, text: one.study}) : make("span", {text: one.study});
  const tags = (one.tags ?? []).map(tag => {
    const chip = make("button", {class: "chip tag", type: "button", text: `#${tag}`});
    chip.addEventListener("click", () => { byId("tag").value = tag; refresh(); });
    return chip;
  });
  const ended = ["ok", "done"].includes(one.status) ? "" : one.status;
  const chips = make("p", {}, make("span", {class: "chip", text: one.kind}),
    one.verdict && make("span", {class: `chip ${one.tone}`, text: one.verdict}),
    ended && make("span", {class: "chip bad", text: ended}),
    one.simulated && make("span", {class: "chip simulated", text: "SIMULATED"}), ...tags);
  const meta = make("p", {class: "meta"}, make("span", {text: `${one.at} UTC`}), one.span && make("span", {text: one.span}),
    one.traded && make("span", {text: one.traded}), one.source && make("span", {text: one.source}),
    one.spec && make("a", {href: one.spec, text: "experiment"}), make("code", {text: one.id}), ...linked(one),
    one.draw && make("span", {}, "no page: ", make("code", {text: one.draw}), " draws it"));
  const text = make("div", {}, make("h2", {}, name), chips, one.note && make("p", {class: "note", text: one.note}),
    one.says && make("p", {}, ...unbroken(one.says)), one.set && make("p", {class: "more", text: one.set}), meta, moving(one.id));
  const row = make("li", {id: one.id}, one.kind === "run" && one.status !== "failed" ? choice : make("span"), thumbnail(one), text, make("div", {}, numbers(one)));
  row.classList.toggle("picked", choice.checked);
  return row;
}
function more() {
  list.append(...shown.slice(drawn, drawn + PAGE).map(card));
  drawn = Math.min(drawn + PAGE, shown.length);
  byId("more").hidden = drawn >= shown.length;
}
const ORDER = {sharpe: one => one.sharpe, return: one => one.return, drawdown: one => one.drawdown,
               trials: one => one.trials, name: one => one.study.toLowerCase()};
function ordered(rows, by) {
  if (by === "newest") return rows; // as they came
  const key = ORDER[by], sign = by === "name" ? 1 : -1;
  const known = rows.filter(one => key(one) !== undefined), rest = rows.filter(one => key(one) === undefined);
  return [...known.sort((a, b) => sign * (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0)), ...rest];
}
function refresh() {
  const value = id => byId(id).value, words = value("search").toLowerCase().split(/\s+/).filter(Boolean);
  const kind = value("kind"), verdict = value("verdict"), data = value("data"), tag = value("tag");
  const fits = all.filter(one => (!kind || one.kind === kind) && (!verdict || one.verdict === verdict)
    && (!data || Boolean(one.simulated) === (data === "simulated")) && (!tag || one.tags?.includes(tag))
    && words.every(word => one.text.includes(word)));
  const standing = fits.filter(one => one.status !== "failed");
  const kept = byId("failed").checked ? fits : standing;
  shown = ordered([...kept], value("sort"));
  const failures = fits.length - standing.length, hidden = byId("failed").checked ? 0 : failures;
  byId("count").textContent = `${whole(shown.length)} of ${whole(all.length)}${hidden ? `; ${whole(hidden)} failed ${hidden === 1 ? "attempt is" : "attempts are"} folded away` : ""}`;
  list.replaceChildren();
  drawn = 0;
  more();
}
function find(id) {
  byId("search").value = id;
  for (const name of ["kind", "verdict", "data", "tag"]) byId(name).value = "";
  refresh();
}
function pick(id, on) {
  if (on) picked.push(id); else picked.splice(picked.indexOf(id), 1);
  if (picked.length > 2) {
    const old = byId(picked.shift());
    if (old) { old.classList.remove("picked"); old.querySelector("input").checked = false; }
  }
  byId(id)?.classList.toggle("picked", on);
  const two = picked.length === 2, bar = byId("pair");
  bar.hidden = !two;
  if (!two) return;
  byId("command").textContent = `harbinger compare ${picked.join(" ")}`;
  const made = all.find(one => one.kind === "compare" && one.page && picked.every(each => one.related?.includes(each)));
  byId("compared").hidden = !made;
  if (made) byId("compared").href = made.page;
}
function options(id, values) {
  const select = byId(id), chosen = select.value;
  select.replaceChildren(make("option", {value: "", text: "all"}), ...[...new Set(values)].sort().map(value => make("option", {value, text: value})));
  select.value = [...select.options].some(option => option.value === chosen) ? chosen : "";
}
function take(work) {
  all = work.map(one => ({...one, text: [one.id, one.kind, one.study, one.verdict, one.says, one.set, one.note, one.source,
    one.traded, one.at, one.status, ...(one.tags ?? []).map(tag => `#${tag}`)].join(" ").toLowerCase()}));
  known = new Map(all.map(one => [one.id, one]));
  about = new Map();
  for (const one of all) for (const id of one.related ?? []) about.set(id, [...(about.get(id) ?? []), one.id]);
  options("kind", all.map(one => one.kind));
  options("verdict", all.map(one => one.verdict).filter(Boolean));
  options("tag", all.flatMap(one => one.tags ?? []));
  refresh();
}
async function poll(stamp) {
  let next = stamp;
  try {
    const answer = await (await fetch(`${live}/live.json`)).json();
    running = new Map(answer.running.map(work => [work.id, work]));
    next = answer.stamp;
    if (next !== stamp) take(await (await fetch(`${live}/work.json`)).json());
    else for (const id of running.keys()) { const old = byId(id), one = known.get(id); if (old && one) old.replaceWith(card(one)); }
    byId("state").textContent = running.size ? `${running.size} under way` : "";
  } catch { byId("state").textContent = "the server has ended: this page is as it was then"; }
  setTimeout(poll, 1500, next);
}
for (const id of ["kind", "verdict", "data", "tag", "sort", "failed"]) byId(id).addEventListener("change", refresh);
byId("search").addEventListener("input", refresh);
byId("more").addEventListener("click", more);
byId("copy").addEventListener("click", async () => {
  try { await navigator.clipboard.writeText(byId("command").textContent); byId("copy").textContent = "copied"; }
  catch { getSelection().selectAllChildren(byId("command")); byId("copy").textContent = "selected: copy it"; }
});
document.addEventListener("keydown", event => {
  if (event.key === "/" && document.activeElement?.tagName !== "INPUT") { event.preventDefault(); byId("search").focus(); }
});
if (location.hash.length > 1) byId("search").value = decodeURIComponent(location.hash.slice(1));
take(JSON.parse(byId("rows").textContent));
if (live) poll("");
