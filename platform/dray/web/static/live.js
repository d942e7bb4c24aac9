// Live parts: <main data-live="/address"> names an address that answers with the page's changing elements, each under
// the id that it has in the page. What differs is replaced; ticks, open folds and the focus stay where they were.

const EVERY = 2500;
const AT_MOST = 60000;

export function keepLive(root, changed) {
  const source = root.querySelector("[data-live]");
  if (!source) return;
  const state = { address: source.dataset.live, etag: null, wait: EVERY, timer: 0 };
  const look = async () => {
    clearTimeout(state.timer);
    if (root.hidden) return;
    const goOn = await ask(state, root, changed);
    if (goOn) state.timer = setTimeout(look, state.wait);
  };
  root.addEventListener("visibilitychange", look);
  state.timer = setTimeout(look, EVERY);
}

async function ask(state, root, changed) {
  const headers = state.etag ? { "If-None-Match": state.etag } : {};
  let answer;
  try {
    answer = await fetch(state.address, { headers, cache: "no-store", redirect: "error" });
  } catch {
    state.wait = Math.min(state.wait * 2, AT_MOST);
    return true;
  }
  if (answer.status === 401) root.getElementById("signed-out")?.removeAttribute("hidden");
  if (answer.status === 401 || answer.status === 403 || answer.status === 404) return false;
  if (answer.status === 503 && answer.headers.has("Retry-After")) {
    // Many people look: a little later, each at another moment, until it is this page's turn again.
    state.wait = Math.min(state.wait * (1.2 + Math.random() * 0.6), AT_MOST);
    return true;
  }
  if (!answer.ok && answer.status !== 304) {
    state.wait = Math.min(state.wait * 2, AT_MOST);
    return true;
  }
  state.wait = Math.max(EVERY, state.wait * 0.7);
  if (answer.status === 200) {
    state.etag = answer.headers.get("ETag");
    replace(root, await answer.text());
    changed();
  }
  return true;
}

function replace(root, html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const element of fresh.querySelectorAll("[data-part]")) {
    const old = root.getElementById(element.id);
    if (!old || old.outerHTML === element.outerHTML) continue;
    const kept = remember(root, old);
    const next = root.adoptNode(element);
    old.replaceWith(next);
    restore(root, next, kept);
  }
}

function remember(root, element) {
  return {
    ticks: [...element.querySelectorAll("input[type=checkbox]:checked[id]")].map((box) => box.id),
    texts: [...element.querySelectorAll("input[id]:not([type=checkbox])")].map((field) => [field.id, field.value]),
    folds: [...element.querySelectorAll("details[open][id]")].map((fold) => fold.id),
    focus: element.contains(root.activeElement) ? root.activeElement.id : "",
  };
}

function restore(root, element, kept) {
  for (const id of kept.ticks) {
    const box = root.getElementById(id);
    if (box && !box.disabled) box.checked = true;
  }
  for (const [id, text] of kept.texts) {
    const field = root.getElementById(id);
    if (field) field.value = text;
  }
  for (const id of kept.folds) {
    const fold = root.getElementById(id);
    if (fold) fold.open = true;
  }
  if (kept.focus) root.getElementById(kept.focus)?.focus({ preventScroll: true });
}
