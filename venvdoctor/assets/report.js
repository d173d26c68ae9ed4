"use strict";
// Everything here comes from the report in #data; nodes are made one by one and text stays text.
const report = JSON.parse(document.getElementById("data").textContent);
const STATES = ["broken", "unknown", "degraded", "healthy"];
const SIGNS = { broken: "✗", unknown: "?", degraded: "!", healthy: "✓" };
const LEVELS = ["error", "warning", "note"];
const PAGE = 100, CAUSES = 12, MOST = 500;

const at = (id) => document.getElementById(id);
const counted = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
const code = (text) => make("code", {}, text);
const unique = (items) => [...new Set(items)];

/** Make an element; attributes that are null are left out. */
function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function button(text, onClick, attributes) {
  const node = make("button", { type: "button", ...attributes }, text);
  node.addEventListener("click", onClick);
  return node;
}

const causes = new Map(report.causes.map((cause) => [cause.id, cause]));
const byCause = new Map();
const rows = report.environments.map((env, index) => {
  for (const item of env.findings) note(item, env);
  const words = env.findings.flatMap((item) =>
    [item.code, item.rule, item.message, item.distribution, (causes.get(item.cause) || {}).summary]);
  const python = env.python;
  const about = [env.path, env.kind, env.manager, env.name, env.status, python.actual_version, python.recorded_version,
    python.base_executable];
  return { env, index, codes: new Set(env.findings.map((item) => item.code)), text: [...about, ...words].join("\n").toLowerCase() };
});
for (const item of report.findings) note(item, null);
const rowOf = new Map(rows.map((row) => [row.env.path, row]));

/** Remember a finding under its cause. */
function note(item, env) {
  if (!item.cause) return;
  if (!byCause.has(item.cause)) byCause.set(item.cause, []);
  byCause.get(item.cause).push({ item, env });
}

// ---- what is shown -------------------------------------------------------------------------------------------------
const START = { words: "", cause: null, base: null, maker: "", rule: "", shown: PAGE };
const view = { ...START, states: new Set(), sort: "status", down: false };
const answers = (env) => env.python.actual_version || "";
const maker = (env) => env.manager || env.kind;
const KEYS = {
  status: (row) => STATES.indexOf(row.env.status),
  path: (row) => row.env.path,
  python: (row) => answers(row.env).split(".").map((part) => part.padStart(4, "0")).join("."),
  manager: (row) => maker(row.env),
  findings: (row) => -row.env.findings.length,
};

/** Return the rows that all filters let through, in the order that is wanted. */
function chosen() {
  const words = view.words.toLowerCase().split(/\s+/).filter(Boolean), key = KEYS[view.sort];
  const inside = view.cause && new Set(causes.get(view.cause).environments);
  const found = rows.filter((row) => {
    const env = row.env;
    return (!view.states.size || view.states.has(env.status)) && (!inside || inside.has(env.path))
      && (!view.base || baseOf(env) === view.base) && (!view.maker || maker(env) === view.maker)
      && (!view.rule || row.codes.has(view.rule)) && words.every((word) => row.text.includes(word));
  });
  const keyed = found.map((row) => [key(row), row]);
  const turn = view.down ? -1 : 1;
  keyed.sort(([a, x], [b, y]) => (a < b ? -turn : a > b ? turn : x.index - y.index));
  return keyed.map(([, row]) => row);
}

function change(values) {
  Object.assign(view, { shown: PAGE }, values);
  list();
}

/** Show one environment: bring its row into the table and open it. */
function open(env) {
  reset({ words: env.path });
  at("search").value = env.path;
  const line = lines.find((item) => item.env === env);
  if (line) {
    line.toggle(true);
    line.button.focus();
    line.head.scrollIntoView({ block: "center" });
  }
}

function reset(values) {
  view.states.clear();
  for (const id of ["search", "makers", "rules"]) at(id).value = "";
  for (const node of at("states").children) node.setAttribute("aria-pressed", "false");
  change({ ...START, ...values });
}

/** Show a selection of the table, from a cause or from the graph. */
function select(values) {
  reset(values);
  at("table-title").scrollIntoView();
  at("search").focus({ preventScroll: true });
}

// ---- pieces --------------------------------------------------------------------------------------------------------
const pill = (state) => make("span", { class: `pill ${state}` }, `${SIGNS[state] || "?"} ${state}`);

function remedyLine(remedy) {
  if (!remedy || !(remedy.summary || remedy.command)) return null;
  const line = make("div", { class: "remedy" }, remedy.summary ? make("span", {}, remedy.summary) : null);
  if (remedy.command) {
    const place = code(remedy.command);
    line.append(place, copyButton(remedy.command, place));
  }
  return line;
}

function copyButton(text, place) {
  const node = button("Copy", async () => {
    const done = await copy(text);
    if (!done) getSelection().selectAllChildren(place);
    node.textContent = done ? "Copied" : "Press Ctrl+C";
    at("said").textContent = done ? "Copied" : "The command is selected";
    setTimeout(() => { node.textContent = "Copy"; at("said").textContent = ""; }, 1500);
  }, { class: "copy", "aria-label": `Copy: ${text}` });
  return node;
}

/** Copy a text; a page opened from a file may lack the clipboard, and the older way is tried then. */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = make("textarea", { "aria-label": "command" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

function findingCard(item) {
  const facts = make("dl", {}, make("dt", {}, "place"), make("dd", {}, code(item.path)));
  for (const [key, value] of Object.entries(item.evidence)) {
    const texts = Array.isArray(value) ? value : [String(value)];
    const lines = texts.flatMap((text) => [code(text), make("br")]).slice(0, -1);
    facts.append(make("dt", {}, key.replace(/_/g, " ")), make("dd", {}, ...lines));
  }
  const mark = make("span", { class: `code ${item.severity}`, title: item.rule }, item.code);
  const head = make("div", {}, mark, make("span", { class: "soft" }, `${item.severity} · ${item.rule}`));
  return make("div", { class: `finding ${item.severity}` }, head, make("p", {}, item.message), facts, remedyLine(item.remedy));
}

const ENDS = { missing: "does not exist", loop: "leads in a circle", denied: "may not be looked at" };

function chainList(python) {
  const list = make("ol", { class: "chain" });
  const cut = python.chain_end && python.chain_end !== "file";
  python.chain.forEach((hop, index) => {
    const left = python.chain.length - 1 - index;
    const said = cut && !left ? ` ${ENDS[python.chain_end] || python.chain_end}` : null;
    list.append(make("li", { class: cut && !left ? "broken" : cut && left === 1 ? "last-good" : null }, code(hop), said));
  });
  return list;
}

function detail(env) {
  const python = env.python, facts = make("dl", {});
  const pairs = [["made for", python.recorded_version], ["answers", python.actual_version],
    ["interpreter", python.base_executable], ["installed by", python.provider], ["project", env.project],
    ["made by", env.created_by], ["packages", env.distributions], ["also shaped by", (env.unreported || []).join(" ")]];
  for (const [name, value] of pairs) if (value) facts.append(make("dt", {}, name), make("dd", {}, code(String(value))));
  const left = make("div", {}, python.chain.length ? make("h3", {}, "Chain") : null, python.chain.length ? chainList(python) : null,
    make("h3", {}, "Facts"), facts);
  const right = make("div", {}, make("h3", {}, "Findings"), ...env.findings.map(findingCard));
  if (!env.findings.length) right.append(make("p", { class: "soft" }, "None."));
  return make("div", { class: "pair" }, left, right);
}

// ---- the table -----------------------------------------------------------------------------------------------------
let lines = [];

function tableLine(row) {
  const env = row.env, id = `detail-${row.index}`;
  const inner = make("td", { class: "detail", colspan: "5" }), below = make("tr", { id, hidden: "" }, inner);
  const opener = button(env.path, () => toggle(below.hidden), { class: "link path", "aria-expanded": "false", "aria-controls": id });
  function toggle(wanted) {
    if (wanted && !inner.firstChild) inner.append(detail(env));
    below.hidden = !wanted;
    opener.setAttribute("aria-expanded", String(wanted));
  }
  const head = make("tr", { class: "row" }, make("td", {}, pill(env.status)), make("td", {}, opener), pythonCell(env),
    make("td", {}, unique([env.manager, env.kind].filter(Boolean)).join(" · ")), make("td", {}, ...codeMarks(env)));
  return { env, head, below, button: opener, toggle };
}

function pythonCell(env) {
  const made = env.python.recorded_version, now = answers(env);
  const cell = make("td", {}, now || "–");
  if (made && !(now && now.startsWith(made))) cell.append(make("span", { class: "soft" }, ` made for ${made}`));
  return cell;
}

function codeMarks(env) {
  const worst = new Map();
  for (const item of env.findings) {
    const known = worst.get(item.code);
    if (!known || LEVELS.indexOf(item.severity) < LEVELS.indexOf(known.severity)) worst.set(item.code, item);
  }
  return [...worst.values()].map((item) => make("span", { class: `code ${item.severity}`, title: item.rule }, item.code));
}

function list() {
  const found = chosen(), rest = found.length - view.shown;
  lines = found.slice(0, view.shown).map(tableLine);
  at("rows").replaceChildren(...lines.flatMap((item) => [item.head, item.below]));
  const reason = view.cause ? causes.get(view.cause).summary : view.base ? `on ${view.base}` : "";
  at("count").textContent = `${found.length} of ${counted(rows.length, "environment")}${reason ? ": " + reason : ""}`;
  at("more").hidden = rest <= 0;
  at("more").textContent = `Show ${Math.min(rest, PAGE)} more`;
  at("all").hidden = found.length === rows.length;
  for (const head of document.querySelectorAll("th[data-key]")) {
    const way = view.down ? "descending" : "ascending";
    head.setAttribute("aria-sort", head.dataset.key === view.sort ? way : "none");
  }
}

// ---- the controls --------------------------------------------------------------------------------------------------
function stateButtons() {
  for (const state of STATES.filter((name) => report.summary[name])) {
    const node = button(`${SIGNS[state]} ${report.summary[state]} ${state}`, () => {
      const on = !view.states.delete(state);
      if (on) view.states.add(state);
      node.setAttribute("aria-pressed", String(on));
      change({});
    }, { "aria-pressed": "false", class: state });
    at("states").append(node);
  }
}

function choices(id, values, key) {
  for (const value of unique(values).filter(Boolean).sort().slice(0, MOST)) at(id).append(make("option", { value }, value));
  at(`${id}-label`).hidden = at(id).options.length < 3;
  at(id).addEventListener("change", (event) => change({ [key]: event.target.value }));
}

function controls() {
  stateButtons();
  choices("makers", rows.map((row) => maker(row.env)), "maker");
  choices("rules", rows.flatMap((row) => [...row.codes]), "rule");
  let waiting;
  at("search").addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => change({ words: event.target.value }), 80);
  });
  at("more").addEventListener("click", () => { view.shown += PAGE; list(); });
  at("all").addEventListener("click", () => { reset({}); at("search").focus(); });
  for (const head of document.querySelectorAll("th[data-key]")) {
    const key = head.dataset.key;
    head.firstChild.addEventListener("click", () => change({ down: view.sort === key && !view.down, sort: key }));
  }
  addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "/" && !typing) { event.preventDefault(); at("search").focus(); }
    if (event.key === "Escape" && event.target === at("search")) reset({});
  });
  addEventListener("beforeprint", unfold);
}

/** On paper there is nothing to click: every environment that needs attention is told in full. */
function unfold() {
  view.shown = MOST;
  list();
  lines.filter((item) => item.env.status !== "healthy").slice(0, 200).forEach((item) => item.toggle(true));
}

// ---- causes and the rest -------------------------------------------------------------------------------------------
function causeCard(cause) {
  const told = byCause.get(cause.id) || [], level = LEVELS.find((name) => told.some(({ item }) => item.severity === name)) || "note";
  const count = cause.environments.length, first = cause.environments.slice(0, 4);
  const places = first.map((path) => make("li", {}, rowOf.has(path)
    ? button(path, () => open(rowOf.get(path).env), { class: "link path" }) : code(path)));
  if (count > first.length) {
    const all = button(`all ${count}`, () => select({ cause: cause.id }), { class: "link", "aria-label": `Show all ${count}: ${cause.summary}` });
    places.push(make("li", {}, all));
  }
  const many = make("span", { class: "many" }, String(count), make("small", {}, count === 1 ? "environment" : "environments"));
  const body = make("div", {}, make("strong", {}, cause.summary), make("ul", { class: "where" }, ...places), remedyLine(cause.remedy));
  return make("li", { class: `cause ${level}` }, many, body);
}

function showCauses() {
  const rank = (cause) => LEVELS.findIndex((name) => (byCause.get(cause.id) || []).some(({ item }) => item.severity === name)) >>> 0;
  const sorted = [...report.causes].sort((a, b) => rank(a) - rank(b) || b.environments.length - a.environments.length);
  const grow = (from, to) => at("causes").append(...sorted.slice(from, to).map(causeCard));
  grow(0, CAUSES);
  at("causes-part").hidden = !sorted.length;
  at("more-causes").hidden = sorted.length <= CAUSES;
  at("more-causes").textContent = `Show ${counted(sorted.length - CAUSES, "more cause")}`;
  at("more-causes").addEventListener("click", () => { grow(CAUSES, MOST); at("more-causes").hidden = true; });
}

function showRest() {
  at("outside-part").hidden = !report.findings.length;
  at("outside").append(...report.findings.slice(0, MOST).map(findingCard));
  at("errors-part").hidden = !report.errors.length;
  at("errors").append(...report.errors.slice(0, MOST).map((item) => make("li", {}, code(item.path), ` ${item.message}`)));
}

controls();
showCauses();
showGraph();
showRest();
list();
