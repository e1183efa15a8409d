/* Handing in a sheet (上传月报): a plain upload to the API with its progress, then the preview's own page. */
(function () {
  "use strict";

  function field() {
    let input = document.getElementById("imports-file");
    if (!input) {
      input = document.createElement("input");
      input.type = "file";
      input.id = "imports-file";
      input.accept = ".xlsx,.xls,.et,.csv";
      input.hidden = true;
      input.setAttribute("aria-label", "选择月报文件");
      input.addEventListener("change", function () {
        if (input.files.length) send(input.files[0]);
        input.value = "";
      });
      document.body.appendChild(input);
    }
    return input;
  }

  function say(text, isBusy) {
    const zone = document.getElementById("imports-zone");
    const words = document.getElementById("imports-progress");
    if (zone) zone.setAttribute("aria-busy", isBusy ? "true" : "false");
    if (words) words.textContent = text;
  }

  function send(file) {
    const zone = document.getElementById("imports-zone");
    if (!zone || zone.getAttribute("aria-busy") === "true") return;
    window.dash_clientside.set_props("imports-outcome", { data: null });
    const form = new FormData();
    form.append("file", file);
    form.append("programme", zone.dataset.programme);
    const request = new XMLHttpRequest();
    request.open("POST", "/api/uploads");
    request.upload.addEventListener("progress", function (progress) {
      if (!progress.lengthComputable) return;
      const share = Math.round((100 * progress.loaded) / progress.total);
      say(share < 100 ? "正在上传「" + file.name + "」 " + share + "%" : "已上传，正在逐格预检…", true);
    });
    request.addEventListener("load", function () {
      say("", false);
      let body = null;
      try {
        body = JSON.parse(request.responseText);
      } catch (unreadable) {
        body = { message: "服务器没有给出可读的答复，请稍后再试。" };
      }
      if (request.status === 201) window.sanzhong.go("/imports/" + body.id + window.location.search);
      else window.dash_clientside.set_props("imports-outcome", { data: { file: file.name, refusal: body } });
    });
    request.addEventListener("error", function () {
      say("", false);
      const refusal = { message: "上传中断，请检查网络后重新选择文件。" };
      window.dash_clientside.set_props("imports-outcome", { data: { file: file.name, refusal: refusal } });
    });
    say("正在上传「" + file.name + "」…", true);
    request.send(form);
  }

  document.addEventListener("click", function (event) {
    if (event.target.closest("#imports-zone")) field().click();
  });
  ["dragover", "drop"].forEach(function (kind) {
    document.addEventListener(kind, function (event) {
      const zone = event.target.closest && event.target.closest("#imports-zone");
      if (!zone) return;
      event.preventDefault();
      zone.classList.toggle("is-over", kind === "dragover");
      if (kind === "drop" && event.dataTransfer.files.length) send(event.dataTransfer.files[0]);
    });
  });
  document.addEventListener("dragleave", function (event) {
    const zone = event.target.closest && event.target.closest("#imports-zone");
    if (zone) zone.classList.remove("is-over");
  });
  document.addEventListener("DOMContentLoaded", field);
})();
