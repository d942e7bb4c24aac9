// Everything here is a comfort: each page works without it.

import { showCopyButtons } from "./copying.js";
import { countCharacters } from "./counters.js";
import { followFleet } from "./fleet.js";
import { followProblems } from "./inbox.js";
import { keepLive } from "./live.js";
import { closeMenusOutside } from "./menus.js";
import { followPicks } from "./picks.js";
import { sendInPieces } from "./uploading.js";
import { followWriting } from "./writing.js";

document.documentElement.dataset.script = "on";
showCopyButtons(document);
countCharacters(document);
closeMenusOutside(document);
followWriting(document);
settle(document);
sendInPieces(document);
followProblems(document);
followFleet(document);
const picks = followPicks(document);
keepLive(document, () => {
  showCopyButtons(document);
  picks.refresh();
});
for (const current of document.querySelectorAll(".tabs [aria-current], .side .nav [aria-current]")) {
  current.scrollIntoView({ block: "nearest", inline: "center" });
}

// A page that answered a press once (a password) becomes the plain page in the history: going back or reloading then
// neither shows it again nor presses again.
function settle(root) {
  const address = root.querySelector("[data-settles-at]")?.dataset.settlesAt;
  if (address) history.replaceState(null, "", address);
}
