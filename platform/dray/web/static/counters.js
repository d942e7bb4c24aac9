// Live "8/41" beside a field with a limit. The limit is checked again when the form arrives.

export function countCharacters(root) {
  for (const counter of root.querySelectorAll("[data-counts]")) {
    const input = root.getElementById(counter.dataset.counts);
    const limit = Number(counter.dataset.limit);
    const show = () => {
      const length = [...input.value].length;
      counter.textContent = length > limit ? `${length}/${limit} characters` : `${length}/${limit}`;
      input.closest(".field").classList.toggle("over", length > limit);
    };
    input.addEventListener("input", show);
    show();
  }
}
