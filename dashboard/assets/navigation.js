/* Moving about (导航): the address bar is the state of a view; pickers and filters only change it. */
(function () {
  "use strict";
  const PHONE = "(max-width: 767px)";

  // The event that Dash's own links send, so that its router follows without a reload.
  function go(href) {
    document.querySelectorAll("details.more").forEach((menu) => menu.removeAttribute("open"));
    window.history.pushState({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.scrollTo(0, 0);
  }

  function withQuery(changes) {
    const query = new URLSearchParams(window.location.search);
    Object.keys(changes).forEach(function (name) {
      const value = changes[name];
      if (value === null || value === undefined || value === "") query.delete(name);
      else query.set(name, value);
    });
    const text = query.toString();
    return window.location.pathname + (text ? "?" + text : "");
  }

  function setQuery(changes) {
    const href = withQuery(changes);
    if (href !== window.location.pathname + window.location.search) go(href);
  }

  window.sanzhong = { go: go, setQuery: setQuery };

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    sanzhong: {
      // A picker sets the query parameter of its name; being drawn again is not being chosen.
      pick: function (value, shown) {
        const target = window.dash_clientside.callback_context.outputs_list;
        if (value === shown || !target) return window.dash_clientside.no_update;
        setQuery({ [target.id.name]: value });
        return value;
      },
      // A dialog opens on its first button and closes on the others.
      dialog: function (asked) {
        const trigger = window.dash_clientside.callback_context.triggered[0];
        return Boolean(asked) && Boolean(trigger) && trigger.prop_id.indexOf('-open"') >= 0;
      },
      // Where a submitted form is shown.
      follow: function (href) {
        if (href) go(href);
        return window.dash_clientside.no_update;
      },
      // One choice, by its place, for every question of a kind.
      answerAll: function (place, choices) {
        if (place === "" || place === null || place === undefined) return choices.map(() => window.dash_clientside.no_update);
        return choices.map((values) => values[Number(place)]);
      },
      viewport: function () {
        return window.matchMedia(PHONE).matches ? "phone" : "desktop";
      },
      // Which page the navigation marks as the present one.
      mark: function (pathname) {
        document.querySelectorAll("[data-nav]").forEach(function (link) {
          const path = link.getAttribute("data-nav");
          const places = [path].concat(link.getAttribute("data-nav-also") || []);
          const here = path === "/" ? pathname === "/" : places.some((one) => (pathname + "/").indexOf(one + "/") === 0);
          if (here) link.setAttribute("aria-current", "page");
          else link.removeAttribute("aria-current");
        });
        return window.dash_clientside.no_update;
      },
    },
  });

  // A form that asks changes the address alone, like a picker: what was left empty is asked for no more.
  document.addEventListener("submit", function (event) {
    const form = event.target.closest("form[data-query]");
    if (!form) return;
    event.preventDefault();
    setQuery(Object.fromEntries(new FormData(form)));
  });

  // Links inside the screen change the view without a reload; files, the API and sign-in are left to the browser.
  document.addEventListener("click", function (event) {
    const link = event.target.closest("a[href^='/']");
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.hasAttribute("download") || link.target || /^\/(api|sign-in)\b/.test(link.getAttribute("href"))) return;
    event.preventDefault();
    const programme = new URLSearchParams(window.location.search).get("programme");
    const path = link.getAttribute("data-nav");
    // Navigation keeps the programme; the rest of the address belongs to the page left behind.
    go(path ? path + (programme ? "?programme=" + encodeURIComponent(programme) : "") : link.getAttribute("href"));
  });

  window.matchMedia(PHONE).addEventListener("change", function (change) {
    if (window.dash_clientside.set_props) {
      window.dash_clientside.set_props("shell-viewport", { data: change.matches ? "phone" : "desktop" });
    }
  });
})();
