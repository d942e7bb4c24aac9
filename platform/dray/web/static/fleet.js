// The list of all connections by keys: move, open (Enter is the link's own), take, snooze, search. Never while somebody
// types.

export function followFleet(root) {
  const list = root.querySelector("[data-fleet]");
  if (!list) return;
  const rows = () => [...list.querySelectorAll("[data-row]")];
  const here = () => root.activeElement?.closest?.("tr");
  const move = (step) => {
    const all = rows();
    const at = all.findIndex((row) => row.closest("tr") === here());
    const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step;
    all[Math.min(Math.max(next, 0), all.length - 1)]?.focus();
  };
  const acts = {
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    a: () => here()?.querySelector("[data-take]")?.click(),
    s: () => here()?.querySelector("[data-snooze]")?.click(),
    "/": () => root.querySelector("[data-search]")?.focus(),
  };
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

function typing(element) {
  return Boolean(element.closest?.("input, textarea, select, [contenteditable]"));
}
