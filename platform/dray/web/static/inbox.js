// The problem inbox by keys: move, apply to all like this, one alone, set aside, undo. Never while somebody types.

export function followProblems(root) {
  const list = root.querySelector("[data-problems]");
  if (!list) return;
  const rows = () => [...list.querySelectorAll("[data-problem]")];
  const here = () => root.activeElement?.closest?.("tr")?.querySelector("[data-problem]") ?? null;
  const move = (step) => {
    const all = rows();
    const at = all.indexOf(here());
    const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step;
    all[Math.min(Math.max(next, 0), all.length - 1)]?.focus();
  };
  const card = () => (here() ?? rows()[0])?.closest(".card");
  const acts = {
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    a: () => card()?.querySelector("[data-apply]")?.click(),
    s: () => here()?.closest("tr").querySelector("[data-one]")?.click(),
    d: () => openAside(card()),
    u: () => root.querySelector(".banner form button")?.click(),
  };
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

function openAside(card) {
  const fold = card?.querySelector("details.aside");
  if (!fold) return;
  fold.open = true;
  fold.querySelector("input[name=reason]").focus();
}

function typing(element) {
  return Boolean(element.closest?.("input, textarea, select, [contenteditable]"));
}
