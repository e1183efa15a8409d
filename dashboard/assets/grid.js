/* Cells of the tables (表格单元): named functions, so that nothing is evaluated from text. Words come with the data. */
(function () {
  "use strict";
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  const cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const el = function () { return window.React.createElement.apply(null, arguments); };
  const isAbsent = (value) => value === null || value === undefined || value === "";

  // Absent stands last in a rising order; decimals arrive as text and must not sort as text.
  functions.byNumber = function (left, right) {
    if (isAbsent(left) && isAbsent(right)) return 0;
    if (isAbsent(left)) return 1;
    if (isAbsent(right)) return -1;
    const difference = Number(left) - Number(right);
    return Number.isNaN(difference) ? String(left).localeCompare(String(right)) : difference;
  };

  const SEVERITY = ["red", "yellow", "grey", "green", "none"];
  functions.byLight = (left, right) => SEVERITY.indexOf(left) - SEVERITY.indexOf(right);

  functions.grouped = function (value) {
    if (isAbsent(value)) return "—";
    if (!/^-?\d+(\.\d+)?$/.test(String(value))) return String(value);
    const [whole, fraction] = String(value).split(".");
    const spaced = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
    return fraction === undefined ? spaced : spaced + "." + fraction;
  };

  // The search box over a table: rows that hold its words remain.
  document.addEventListener("input", function (event) {
    const box = event.target.closest("[data-finds-in]");
    if (!box || !window.dash_ag_grid) return;
    window.dash_ag_grid.getApi(box.getAttribute("data-finds-in")).setGridOption("quickFilterText", event.target.value);
  });

  function badge(look, words) {
    const [shape, word, ink, tint] = look;
    return el("span", { className: "badge", style: { color: ink, backgroundColor: tint } },
      el("span", { className: "badge-shape", "aria-hidden": true }, shape), words || word);
  }

  cells.LightCell = function (props) {
    if (isAbsent(props.value)) return "—";
    const isColoured = ["red", "yellow", "green"].indexOf(props.value) >= 0;
    return badge(props.looks[props.value], props.isShort && isColoured ? null : props.data.light_words);
  };

  cells.OutlookCell = function (props) {
    return badge(props.looks[props.value || ""], props.data.outlook_label);
  };

  cells.ChangeCell = function (props) {
    const value = props.value;
    if (isAbsent(value)) return "—";
    if (value > 0) return el("span", { className: "change change-up" }, "↑" + value);
    if (value < 0) return el("span", { className: "change change-down" }, "↓" + -value);
    return el("span", { className: "change" }, "持平");
  };

  cells.SentenceCell = (props) => el("span", { className: "sentence" }, isAbsent(props.value) ? "—" : props.value);

  cells.ProjectCell = function (props) {
    if (isAbsent(props.data.id)) return props.value;
    return el("a", { href: "/projects/" + props.data.id, title: props.value }, props.value);
  };

  // A place in the sheet that leads to its row in the table of rows; `assets/imports.js` goes there.
  cells.JumpCell = function (props) {
    if (isAbsent(props.value)) return "—";
    if (isAbsent(props.data.jump)) return props.value;
    return el("button", { className: "link-button", "data-jump": props.data.jump, title: "看这一行" }, props.value);
  };

  // Plan (grey) against actual (dark) over the twelve months, from pairs of decimal text.
  cells.SparkCell = function (props) {
    const pairs = props.value || [];
    const figures = pairs.flat().filter((one) => !isAbsent(one)).map(Number);
    if (!figures.length) return "—";
    const width = 100, height = 26, top = Math.max(...figures, 1), low = Math.min(...figures, 0);
    const line = (place) => pairs
      .map((pair, month) => [month, pair[place]])
      .filter((point) => !isAbsent(point[1]))
      .map(([month, value]) => [2 + (month * (width - 4)) / 11, height - 2 - ((Number(value) - low) * (height - 4)) / (top - low)]);
    const text = (points) => points.map((point) => point.map((one) => one.toFixed(1)).join(",")).join(" ");
    const done = line(1), last = done[done.length - 1];
    return el("svg", { width, height, className: "spark", role: "img", "aria-label": "计划与完成" },
      el("polyline", { points: text(line(0)), className: "spark-plan" }),
      el("polyline", { points: text(done), className: "spark-done" }),
      last ? el("circle", { cx: last[0], cy: last[1], r: 2, className: "spark-last" }) : null);
  };

  cells.LinkCell = (props) => (props.data.href ? el("a", { href: props.data.href }, props.value) : props.value);
})();
