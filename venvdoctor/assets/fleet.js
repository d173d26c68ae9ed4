"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const COLUMNS = ["Host", "Environments", "Broken", "Degraded", "Unknown", "Healthy", "Remark", "Scanned"], PAGE = 200;
const STATES = { broken: 2, degraded: 3, unknown: 4, healthy: 5 };
const at = (id) => document.getElementById(id);
function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes || {})) if (value !== null && value !== undefined) node.setAttribute(key, value);
  node.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return node;
}
const counted = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
const rows = data.hosts.map((host) => ({ host, text: `${host[0]}\n${host[6]}`.toLowerCase() }));
const view = { words: "", names: null, column: 2, down: true, shown: PAGE };
const unseen = (row) => row.host[1] === 0 && row.host[6] !== "";
const isState = (word) => Object.prototype.hasOwnProperty.call(STATES, word);

function chosen() {
  const words = view.words.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (row) => (!view.names || view.names.has(row.host[0])) && words.every((word) => (isState(word) ? row.host[STATES[word]] > 0 : row.text.includes(word)));
  const key = (row) => row.host[view.column];
  return rows.filter(fits).sort((a, b) => {
    const silent = unseen(b) - unseen(a);
    const order = key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
    return (view.column === 2 && silent) || order * (view.down ? -1 : 1) || (a.host[0] < b.host[0] ? -1 : 1);
  });
}
function list() {
  const found = chosen();
  at("rows").replaceChildren(...found.slice(0, view.shown).map(({ host }) => make("tr", {}, ...host.map((value, index) => make("td", { class: value && index > 1 && index < 6 ? Object.keys(STATES)[index - 2] : null }, index === 7 ? value.slice(0, 16).replace("T", " ") : value)))));
  at("count").textContent = `${counted(found.length, "host")} of ${rows.length}`;
  at("more").hidden = found.length <= view.shown;
  at("all").hidden = !(view.words || view.names);
  [...at("head").children].forEach((head, index) => head.setAttribute("aria-sort", index !== view.column ? "none" : view.down ? "descending" : "ascending"));
}
function change(values) { Object.assign(view, { shown: PAGE }, values); list(); }
COLUMNS.forEach((title, column) => {
  const button = make("button", { type: "button" }, title);
  button.addEventListener("click", () => change({ down: view.column === column ? !view.down : column > 0 && column < 6, column }));
  at("head").append(make("th", { scope: "col" }, button));
});
let waiting;
at("search").addEventListener("input", (event) => { clearTimeout(waiting); waiting = setTimeout(() => change({ words: event.target.value }), 80); });
at("more").addEventListener("click", () => { view.shown += PAGE; list(); });
at("all").addEventListener("click", () => { at("search").value = ""; change({ words: "", names: null }); at("search").focus(); });
for (const [summary, environments, hosts, steps] of data.causes) {
  const label = hosts > steps.length ? `Show ${steps.length} of ${hosts} hosts` : `Show ${counted(hosts, "host")}`;
  const button = make("button", { type: "button", "aria-label": `${label}: ${summary}` }, label);
  button.addEventListener("click", () => { let place = 0; change({ names: new Set(steps.map((step) => data.hosts[place += step][0])) }); at("table").scrollIntoView(); });
  const many = make("span", { class: "many" }, environments, make("small", {}, environments === 1 ? "environment" : "environments"));
  const body = make("div", {}, make("strong", {}, summary), make("div", { class: "bar" }, make("span", {}, `on ${counted(hosts, "host")}`), button));
  at("causes").append(make("li", { class: "cause error" }, many, body));
}
for (const name of ["interpreters", "rules"]) {
  at(name).append(...data[name].map((row) => make("tr", {}, ...row.map((value) => make("td", {}, value)))));
  at(`${name}-part`).hidden = !data[name].length;
}
at("causes-part").hidden = !data.causes.length;
list();
