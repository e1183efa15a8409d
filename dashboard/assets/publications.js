/* Contesting a drafted score (申诉): words and perhaps a file go to the API in one request; a refusal stays in place. */
(function () {
  "use strict";
  const BROKEN = "没有提交成功，请检查网络后再试。";
  const files = new WeakMap(); // the file chosen for a form

  function pick(button) {
    const box = button.closest("[data-appeal]");
    const input = document.createElement("input");
    input.type = "file";
    input.accept = button.getAttribute("data-appeal-pick");
    input.addEventListener("change", function () {
      if (!input.files.length) return;
      files.set(box, input.files[0]);
      button.textContent = input.files[0].name;
    });
    input.click();
  }

  async function send(button) {
    const box = button.closest("[data-appeal]");
    const trouble = box.querySelector("[data-appeal-trouble]");
    const grounds = box.querySelector("textarea").value.trim();
    trouble.textContent = grounds ? "" : "请写明申诉理由，再提交。";
    if (!grounds) return;
    const form = new FormData();
    ["programme", "period", "project"].forEach((name) => form.append(name, box.dataset[name]));
    form.append("grounds", grounds);
    if (files.has(box)) form.append("file", files.get(box));
    button.disabled = true;
    try {
      const answer = await fetch("/api/appeals", { method: "POST", body: form });
      if (!answer.ok) throw new Error((await answer.json()).message);
      window.dash_clientside.set_props("shell-changed", { data: Date.now() });
    } catch (refusal) {
      trouble.textContent = refusal instanceof TypeError ? BROKEN : refusal.message || BROKEN;
    }
    button.disabled = false;
  }

  document.addEventListener("click", function (event) {
    const picking = event.target.closest("[data-appeal-pick]");
    const sending = event.target.closest("[data-appeal-send]");
    if (picking) pick(picking);
    if (sending) send(sending);
  });
})();
