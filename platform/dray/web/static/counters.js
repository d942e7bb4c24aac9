// Live "8/41" beside a field with a limit. The limit is checked again when the form arrives. A quiet counter (of a long
// text) shows itself only near its limit.

const NEAR = 0.9;

export function countCharacters(root, within = root) {
  for (const counter of within.querySelectorAll("[data-counts]")) {
    const input = root.getElementById(counter.dataset.counts);
    const limit = Number(counter.dataset.limit);
    const show = () => {
      const length = [...input.value].length;
      counter.textContent = length > limit ? `${length}/${limit} characters` : `${length}/${limit}`;
      counter.hidden = counter.dataset.quiet !== undefined && length < limit * NEAR;
      input.closest(".field").classList.toggle("over", length > limit);
    };
    input.addEventListener("input", show);
    show();
  }
}
