// Writing an invoice: rows come and go, customers are found, and what follows from it is asked of the server, so that
// no sum is ever reckoned twice. Without script the same buttons send the form.

import { countCharacters } from "./counters.js";

const PAUSE = 450;

export function followWriting(root) {
  const form = root.querySelector("form[data-judge]");
  if (!form) return;
  const judge = paused(() => ask(root, form));
  form.querySelector("[data-check]").hidden = true;
  form.querySelector("[data-find]").hidden = true;
  showSuggestions(root);
  form.addEventListener("input", judge);
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.add) act(event, () => add(root, form, button.dataset.add));
    else if (button.dataset.row) act(event, () => move(button, button.dataset.row));
    else if (button.dataset.use !== undefined) act(event, () => use(root, button));
    else return;
    judge();
  });
  followCustomer(root, form, judge);
}

function act(event, what) {
  event.preventDefault();
  what();
}

function paused(what) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(what, PAUSE);
  };
}

let asked = 0;

async function ask(root, form) {
  const mine = ++asked;
  let answer;
  try {
    answer = await fetch(form.dataset.judge, { method: "POST", body: new FormData(form), redirect: "error" });
  } catch {
    return;
  }
  if (answer.status === 401) root.getElementById("signed-out")?.removeAttribute("hidden");
  if (!answer.ok || mine !== asked) return;
  replaceParts(root, await answer.text());
  showSuggestions(root);
}

function replaceParts(root, html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const element of fresh.querySelectorAll("[data-part]")) {
    const old = root.getElementById(element.id);
    if (old && old.outerHTML !== element.outerHTML) old.replaceWith(root.adoptNode(element));
  }
}

function showSuggestions(root) {
  for (const button of root.querySelectorAll("button[data-use][hidden]")) {
    if (root.getElementById(button.dataset.for)) button.hidden = false;
  }
}

function use(root, button) {
  const field = root.getElementById(button.dataset.for);
  field.value = button.dataset.use;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

let made = 0;

function add(root, form, kind) {
  const template = form.querySelector(`template[data-template=${kind}]`);
  const key = `n${Date.now().toString(36).slice(-6)}${(made += 1)}`;
  const holder = root.createElement("div");
  holder.innerHTML = template.innerHTML.replaceAll("__key__", key);
  const row = holder.firstElementChild;
  form.querySelector(`[data-list=${kind}]`).append(row);
  countCharacters(root, row);
  row.querySelector("select, input:not([type=hidden])").focus();
}

function move(button, where) {
  const row = button.closest("[data-rows]");
  const next = row.nextElementSibling ?? row.previousElementSibling;
  if (where === "up") {
    row.previousElementSibling?.before(row);
    button.focus();
    return;
  }
  const list = row.parentElement;
  row.remove();
  (next ?? list.closest("section, details")).querySelector("select, input:not([type=hidden]), button")?.focus();
}

function followCustomer(root, form, judge) {
  const place = form.querySelector("[data-picks-at]");
  const typed = place.querySelector("[name=customer_q]");
  const find = paused(async () => {
    const address = `${place.dataset.picksAt}?${new URLSearchParams({ q: typed.value })}`;
    let answer;
    try {
      answer = await fetch(address, { redirect: "error" });
    } catch {
      return;
    }
    if (!answer.ok) return;
    replaceParts(root, await answer.text());
    judge();
  });
  typed.addEventListener("input", () => {
    // Another name is typed: whoever was chosen before is not meant any more.
    for (const radio of place.querySelectorAll("[name=customer_id]:checked")) radio.checked = false;
    find();
  });
  typed.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "ArrowDown") return;
    const first = place.querySelector("[name=customer_id]");
    event.preventDefault();
    if (!first) return;
    first.checked = true;
    first.focus();
    judge();
  });
  place.addEventListener("change", judge);
  // Typed before this script was here.
  if (typed.value && !place.querySelector("[name=customer_id]")) find();
}
