// Ticking invoices: all at once, a run of them with Shift, with the arrow keys; and buttons that name their counts.

export function followPicks(root) {
  const form = root.querySelector("form[data-picks]");
  if (!form || form.dataset.everything) return { refresh() {} };
  const all = root.getElementById("pick-all");
  all.hidden = false;
  let last = null;

  const boxes = () => [...form.querySelectorAll("input[name=pick]:not(:disabled)")];
  const bar = root.getElementById("bulk");
  const refresh = () => showCounts(form, bar, all, boxes());

  form.addEventListener("click", (event) => {
    const box = event.target.closest?.("input[name=pick]");
    if (!box) return;
    if (event.shiftKey && last?.isConnected) tickRun(boxes(), last, box);
    last = box;
  });
  form.addEventListener("change", (event) => {
    if (event.target === all) for (const box of boxes()) box.checked = all.checked;
    refresh();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      bar?.querySelector("[data-counts-state=send]:not([hidden])")?.click();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.target.name !== "pick") return;
    event.preventDefault();
    const list = boxes();
    list[list.indexOf(event.target) + step]?.focus();
  });
  bar?.querySelector("[data-clear]")?.addEventListener("click", (event) => {
    event.preventDefault();
    for (const box of boxes()) box.checked = false;
    refresh();
    all.focus();
  });
  refresh();
  return { refresh };
}

function tickRun(boxes, from, to) {
  const [start, end] = [boxes.indexOf(from), boxes.indexOf(to)].sort((a, b) => a - b);
  if (start < 0) return;
  for (const box of boxes.slice(start, end + 1)) box.checked = to.checked;
}

function showCounts(form, bar, all, boxes) {
  const ticked = boxes.filter((box) => box.checked);
  all.checked = boxes.length > 0 && ticked.length === boxes.length;
  all.indeterminate = ticked.length > 0 && ticked.length < boxes.length;
  for (const box of form.querySelectorAll("input[name=pick]")) box.closest("tr").classList.toggle("picked", box.checked);
  if (!bar) return;
  bar.removeAttribute("data-waits");
  bar.hidden = ticked.length === 0;
  bar.querySelector("[data-said]").textContent = `${ticked.length.toLocaleString("en-US")} selected`;
  bar.querySelector("[data-sum]").textContent = total(ticked);
  bar.querySelector("[data-more]").hidden = !all.checked;
  for (const button of bar.querySelectorAll("[data-counts-state]")) {
    const count = ticked.filter((box) => box.dataset.may === button.dataset.countsState).length;
    button.querySelector("[data-count]").textContent = count.toLocaleString("en-US");
    button.hidden = count === 0;
  }
}

// Minor units are summed as whole numbers, one currency at a time; two currencies are not added up.
function total(ticked) {
  const currencies = new Set(ticked.map((box) => box.dataset.currency));
  if (currencies.size !== 1) return "";
  const places = Number(ticked[0].dataset.places);
  const minor = ticked.reduce((sum, box) => sum + Number(box.dataset.minor), 0);
  const style = { style: "currency", currency: [...currencies][0], minimumFractionDigits: places };
  return (minor / 10 ** places).toLocaleString("en-US", style);
}
