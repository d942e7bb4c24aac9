// A file too large for one request is sent in pieces; a piece whose answer was lost is sent again.

const ONE_REQUEST = 8 * 1024 * 1024;
const PIECE = 4 * 1024 * 1024;
const TRIES = 5;

export function sendInPieces(root) {
  const form = root.querySelector("form[data-upload]");
  form?.addEventListener("submit", (event) => {
    const file = form.elements.file.files[0];
    if (!file || file.size <= ONE_REQUEST) return;
    event.preventDefault();
    send(form, file).catch((error) => tell(form, error.message, 0));
  });
}

async function send(form, file) {
  const button = form.querySelector("button[type=submit]");
  button.disabled = true;
  try {
    const token = form.elements.csrf_token.value;
    const fields = new URLSearchParams({ kind: form.elements.kind.value, name: file.name });
    const begun = await (await post(form.dataset.upload, token, fields)).json();
    let stored = 0;
    while (stored < file.size) {
      tell(form, `Sending ${file.name}. Keep this page open until it is sent.`, stored / file.size);
      const piece = file.slice(stored, stored + PIECE);
      ({ stored } = await (await post(`${begun.pieces}?at=${stored}`, token, piece)).json());
    }
    const whole = await post(begun.whole, token, "");
    location.assign(whole.url);
  } finally {
    button.disabled = false;
  }
}

async function post(address, token, body) {
  for (let tried = 1; ; tried += 1) {
    let answer = null;
    try {
      answer = await fetch(address, { method: "POST", headers: { "X-CSRFToken": token }, body });
    } catch {
      // The network is gone for a moment; asked again below.
    }
    if (answer?.ok) return answer;
    if (answer && answer.status < 500) throw new Error(await sentence(answer));
    if (tried === TRIES) throw new Error("The connection broke. Nothing was imported. Choose the file again.");
    await new Promise((go) => { setTimeout(go, 1000 * tried); });
  }
}

async function sentence(answer) {
  const said = answer.headers.get("Content-Type")?.includes("json") ? (await answer.json()).sentence : "";
  return said || "The file was not taken. Reload the page and choose it again.";
}

function tell(form, text, part) {
  const state = form.querySelector("[data-upload-state]");
  state.hidden = false;
  state.querySelector("[data-upload-said]").textContent = text;
  state.querySelector("progress").value = part;
}
