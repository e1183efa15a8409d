/* A chosen file read into a box (选择文件): text stays in the browser until the person hands it in. */
(function () {
  "use strict";
  const LIMIT = 400000; // bytes; the API says what is too long

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-reads-into]");
    if (!button) return;
    const input = document.createElement("input");
    input.type = "file";
    input.accept = button.getAttribute("data-accept") || "";
    input.addEventListener("change", async function () {
      const file = input.files[0];
      if (!file) return;
      const text = await file.slice(0, LIMIT).text();
      window.dash_clientside.set_props(button.getAttribute("data-reads-into"), { value: text });
    });
    input.click();
  });
})();
