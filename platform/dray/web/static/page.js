// Everything here is a comfort: each page works without it.

import { showCopyButtons } from "./copying.js";
import { countCharacters } from "./counters.js";
import { keepLive } from "./live.js";
import { closeMenusOutside } from "./menus.js";
import { followPicks } from "./picks.js";

document.documentElement.dataset.script = "on";
showCopyButtons(document);
countCharacters(document);
closeMenusOutside(document);
const picks = followPicks(document);
keepLive(document, () => {
  showCopyButtons(document);
  picks.refresh();
});
for (const current of document.querySelectorAll(".tabs [aria-current], .side .nav [aria-current]")) {
  current.scrollIntoView({ block: "nearest", inline: "center" });
}
