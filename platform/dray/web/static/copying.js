// Copy buttons: hidden in the markup, because without script they could do nothing.

const SAID_FOR = 2000;

export function showCopyButtons(root) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("button[data-copy][hidden]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
}

async function copy(button) {
  const word = button.querySelector("span");
  const before = word.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    say(button, word, "Copied", before);
  } catch {
    select(button.parentElement.querySelector("code"));
    say(button, word, "Press Ctrl+C", before);
  }
}

function say(button, word, text, before) {
  word.textContent = text;
  word.setAttribute("role", "status");
  clearTimeout(Number(button.dataset.timer));
  button.dataset.timer = String(setTimeout(() => {
    word.textContent = before === text ? "Copy" : before;
  }, SAID_FOR));
}

function select(element) {
  const range = document.createRange();
  range.selectNodeContents(element);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}
