/* Signing out, reloading, printing, and noticing that the session or the data has moved on (会话与更新). */
(function () {
  "use strict";
  const POLL_SECONDS = 20;
  const actions = {
    reload: () => window.location.reload(),
    print: () => window.print(),
    "sign-out": function () {
      fetch("/api/session", { method: "DELETE" }).finally(() => window.location.assign("/sign-in"));
    },
  };

  document.addEventListener("click", function (event) {
    const found = event.target.closest("[data-action]");
    const action = found && actions[found.getAttribute("data-action")];
    if (action) action();
  });

  // The page says which version of which programme it shows; a newer one raises the stale bar, nothing moves by itself.
  let staleVersion = null;
  async function poll() {
    const mark = document.getElementById("shell-version");
    if (!mark || document.hidden || mark.dataset.version === staleVersion) return;
    const shown = mark.dataset.version;
    const asked = new URLSearchParams({ programme: mark.dataset.programme, since: shown });
    const answer = await fetch("/api/changes?" + asked).catch(() => null);
    if (answer && answer.status === 401) {
      const here = window.location.pathname + window.location.search;
      window.location.assign("/sign-in?next=" + encodeURIComponent(here));
      return;
    }
    if (!answer || !answer.ok || !(await answer.json()).changed) return;
    const now = document.getElementById("shell-version");
    if (now && now.dataset.version === shown) {
      staleVersion = shown;
      document.body.classList.add("is-stale");
    }
  }
  document.addEventListener("click", function (event) {
    if (event.target.closest("#shell-refresh")) document.body.classList.remove("is-stale");
  });
  window.setInterval(poll, POLL_SECONDS * 1000);

  // Tables scroll on screen and run to full length on paper.
  const held = new Map();
  const PAPER = 1030; // pixels of an A4 page laid across, within its margins
  const SMALLEST = 0.5; // of the type's size on screen; smaller cannot be read on paper
  function layOut(node, layout) {
    try {
      const grid = window.dash_ag_grid.getApi(node.id);
      const needed = grid.getAllDisplayedColumns().reduce((sum, column) => sum + column.getActualWidth(), 2);
      node.style.zoom = layout === "print" ? Math.max(SMALLEST, Math.min(1, PAPER / needed)) : "";
      grid.setGridOption("domLayout", layout);
    } catch (absent) {
      held.delete(node); // not drawn yet: nothing to print
    }
  }
  window.addEventListener("beforeprint", function () {
    if (!window.dash_ag_grid) return;
    document.querySelectorAll(".table[id]").forEach(function (node) {
      if (held.has(node)) return;
      held.set(node, node.style.height);
      node.style.height = "";
      layOut(node, "print");
    });
  });
  window.addEventListener("afterprint", function () {
    held.forEach(function (height, node) {
      node.style.height = height;
      layOut(node, height ? "normal" : "autoHeight");
    });
    held.clear();
  });
})();
