/* Setting a first password by an activation link, and changing one that has run out (开通账号、修改口令). */
(function () {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const trouble = byId("sign-in-trouble");
  const activating = byId("activate-form");
  const changing = byId("change-password-form");

  function wanted() {
    const next = new URLSearchParams(window.location.search).get("next") || "/";
    return /^\/(?![\/\\])/.test(next) ? next : "/";
  }

  function tell(sentence) {
    trouble.textContent = sentence;
    trouble.hidden = !sentence;
  }

  async function post(path, body) {
    try {
      const answer = await fetch(path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      const told = await answer.json().catch(() => ({}));
      if (answer.ok) return told;
      if (answer.status === 401 && changing) return window.location.assign("/sign-in");
      tell(told.message || "没有成功，请稍后再试。");
    } catch (unreachable) {
      tell("连不上服务器，请检查网络后再试。");
    }
    return null;
  }

  function onSubmit(form, path, bodyOf) {
    form.addEventListener("submit", async function (event) {
      event.preventDefault();
      tell("");
      const fields = new FormData(form);
      if (fields.get("new") !== fields.get("again")) return tell("两遍输的新口令不一样，请重输。");
      const button = form.querySelector("button");
      button.disabled = true;
      if (await post(path, bodyOf(fields))) window.location.replace(wanted());
      button.disabled = false;
    });
  }

  if (activating) {
    const token = window.location.hash.slice(1);
    post("/api/session/activation/look", { token: token }).then(function (found) {
      if (!found) return byId("new-password-whose").remove();
      const act = found.kind === "add" ? "开通" : "重设口令";
      byId("new-password-whose").textContent = found.name + "（" + found.role_label + "）" + act;
      byId("activate-name").value = found.name;
      byId("new-password-rules").textContent = "口令" + found.rules + "；" + byId("new-password-rules").textContent;
      activating.hidden = false;
      byId("new-password").focus();
    });
    onSubmit(activating, "/api/session/activation", (fields) => ({ token: token, password: fields.get("new") }));
  }

  if (changing) {
    fetch("/api/account").then((answer) => (answer.ok ? answer.json() : null)).then(function (own) {
      if (!own) return window.location.assign("/sign-in");
      byId("new-password-rules").textContent = "口令" + own.password.rules + "；" + byId("new-password-rules").textContent;
    });
    onSubmit(changing, "/api/account/password", (fields) => ({ old: fields.get("old"), new: fields.get("new") }));
    byId("change-password-leave").addEventListener("click", function () {
      fetch("/api/session", { method: "DELETE" }).finally(() => window.location.assign("/sign-in"));
    });
  }
})();
