/* Handing in sheets (上传): one after the other over a websocket that tells each stage, or as a plain request where a
   proxy lets no websocket through; each with its result. */
(function () {
  "use strict";
  const STAGES = ["opening", "reading", "matching", "checking"];
  const PIECE = 256 * 1024;
  const SIGNED_OUT = { message: "登录已失效，请重新登录后再选择文件。" };
  const BROKEN = { message: "上传中断，请检查网络后重新选择文件。" };
  let sent = []; // the files of this round, to fetch a refused one back with its marks

  function field() {
    let input = document.getElementById("imports-file");
    if (!input) {
      input = document.createElement("input");
      input.type = "file";
      input.id = "imports-file";
      input.accept = ".xlsx,.xls,.et,.csv";
      input.multiple = true;
      input.hidden = true;
      input.setAttribute("aria-label", "选择月报文件");
      input.addEventListener("change", function () {
        const files = Array.from(input.files);
        input.value = "";
        if (files.length) handIn(files);
      });
      document.body.appendChild(input);
    }
    return input;
  }

  function say(text) {
    const zone = document.getElementById("imports-zone");
    const words = document.getElementById("imports-progress");
    if (zone) zone.setAttribute("aria-busy", text ? "true" : "false");
    if (words) words.textContent = text;
    if (!text) mark(null);
  }

  // The stage that the server says it is in; those before it are done.
  function mark(stage) {
    const reached = STAGES.indexOf(stage);
    document.querySelectorAll("[data-stage]").forEach(function (step) {
      const place = STAGES.indexOf(step.getAttribute("data-stage"));
      step.classList.toggle("done", reached >= 0 && place < reached);
      step.classList.toggle("here", place === reached);
    });
  }

  async function handIn(files) {
    const zone = document.getElementById("imports-zone");
    if (!zone || zone.getAttribute("aria-busy") === "true") return;
    const programme = zone.dataset.programme;
    sent = files;
    window.dash_clientside.set_props("imports-outcome", { data: null });
    const outcomes = [];
    for (let place = 0; place < files.length; place += 1) {
      const which = files.length > 1 ? "（" + (place + 1) + "／" + files.length + "）" : "";
      outcomes.push(await send(files[place], programme, which));
      if (files.length > 1) window.dash_clientside.set_props("imports-outcome", { data: outcomes.slice() });
    }
    say("");
    const first = outcomes[0];
    if (files.length === 1 && first.upload) {
      window.sanzhong.go("/imports/" + first.upload.id + window.location.search);
      return;
    }
    window.dash_clientside.set_props("imports-outcome", { data: outcomes });
    if (outcomes.some((one) => one.upload)) window.dash_clientside.set_props("shell-changed", { data: Date.now() });
  }

  // Over the websocket; where none can be opened, by the plain request, which tells no stages.
  async function send(file, programme, which) {
    const name = "「" + file.name + "」" + which;
    say("正在上传" + name);
    mark(null);
    const socket = await opened();
    const answer = await (socket ? follow(socket, file, programme, name) : post(file, programme, name));
    if (socket) socket.close();
    if (!answer) return { file: file.name, refusal: BROKEN };
    if (answer.status === 201) return { file: file.name, upload: brief(answer.body) };
    return { file: file.name, refusal: answer.body };
  }

  function opened() {
    return new Promise(function (resolve) {
      const address = window.location.origin.replace(/^http/, "ws") + "/api/uploads/live";
      const socket = new WebSocket(address);
      socket.addEventListener("open", () => resolve(socket));
      socket.addEventListener("close", () => resolve(null));
    });
  }

  // The file's own answer {status, body}; null when the connection broke before it.
  function follow(socket, file, programme, name) {
    return new Promise(function (resolve) {
      socket.addEventListener("message", function (message) {
        const told = JSON.parse(message.data);
        if (told.status) return resolve(told);
        if (told.stage === "receiving") return pour(socket, file, name);
        say("正在预检" + name);
        mark(told.stage);
      });
      socket.addEventListener("close", function (closed) {
        resolve(closed.code === 4001 ? { status: 401, body: SIGNED_OUT } : null);
      });
      socket.send(JSON.stringify({ programme: programme, filename: file.name, size: file.size }));
    });
  }

  // Piece by piece, the next one when the last has left, so that the share shown is what has really gone.
  async function pour(socket, file, name) {
    for (let from = 0; from < file.size; from += PIECE) {
      const piece = await file.slice(from, from + PIECE).arrayBuffer();
      while (socket.bufferedAmount) await new Promise((resolve) => window.setTimeout(resolve, 20));
      if (socket.readyState !== WebSocket.OPEN) return;
      if (from) say("正在上传" + name + " " + Math.round((100 * from) / file.size) + "%");
      socket.send(piece);
    }
  }

  async function post(file, programme, name) {
    const form = new FormData();
    form.append("file", file);
    form.append("programme", programme);
    say("正在预检" + name);
    try {
      const answer = await fetch("/api/uploads", { method: "POST", body: form });
      return { status: answer.status, body: await answer.json() };
    } catch (broken) {
      return null;
    }
  }

  function brief(upload) {
    const kept = {};
    ["id", "spec", "month", "state", "state_label", "counts", "waiting_for", "part"].forEach(function (name) {
      kept[name] = upload[name];
    });
    return kept;
  }

  // A refused sheet back with its faults marked: the file is still here, the API marks it and keeps nothing.
  async function annotate(button) {
    const file = sent[Number(button.dataset.annotate)];
    if (!file) return;
    button.disabled = true;
    const form = new FormData();
    form.append("file", file);
    try {
      const answer = await fetch("/api/uploads/annotate", { method: "POST", body: form });
      if (!answer.ok) throw new Error((await answer.json()).message);
      const named = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get("Content-Disposition") || "");
      save(await answer.blob(), named ? decodeURIComponent(named[1]) : "标注.xlsx");
    } catch (refusal) {
      button.insertAdjacentText("afterend", " " + (refusal.message || BROKEN.message));
    }
    button.disabled = false;
  }

  function save(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  document.addEventListener("click", function (event) {
    if (event.target.closest("#imports-zone")) field().click();
    const button = event.target.closest("[data-annotate]");
    if (button) annotate(button);
    const jump = event.target.closest("[data-jump]");
    if (jump) show(jump.getAttribute("data-jump"));
  });

  // To a row of the sheet as read: the table scrolls to it, the page to the table, the row is marked.
  function show(key) {
    const table = document.getElementById("upload-rows");
    const grid = table && window.dash_ag_grid && window.dash_ag_grid.getApi("upload-rows");
    if (!grid) return;
    const changed = [];
    let wanted = null;
    grid.forEachNode(function (row) {
      const isShown = row.data.key === key;
      if (isShown) wanted = row;
      if (isShown !== Boolean(row.data.is_shown)) changed.push(row);
      row.data.is_shown = isShown;
    });
    if (!wanted) return;
    grid.redrawRows({ rowNodes: changed });
    grid.ensureNodeVisible(wanted, "middle");
    window.setTimeout(function () {
      const line = table.querySelector("[row-index='" + wanted.rowIndex + "']");
      (line || table).scrollIntoView({ block: "center", inline: "nearest" });
    }, 120);
  }

  ["dragover", "drop"].forEach(function (kind) {
    document.addEventListener(kind, function (event) {
      const zone = event.target.closest && event.target.closest("#imports-zone");
      if (!zone) return;
      event.preventDefault();
      zone.classList.toggle("is-over", kind === "dragover");
      if (kind === "drop" && event.dataTransfer.files.length) handIn(Array.from(event.dataTransfer.files));
    });
  });
  document.addEventListener("dragleave", function (event) {
    const zone = event.target.closest && event.target.closest("#imports-zone");
    if (zone) zone.classList.remove("is-over");
  });
  document.addEventListener("DOMContentLoaded", field);
})();
