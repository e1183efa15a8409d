/* 我的账号: what is entered goes to the API from the browser itself, which alone can keep the cookies of the answer. */
(function () {
  "use strict";
  const BROKEN = "没有成功，请检查网络后再试。";

  function tell(sentence, isTrouble) {
    const place = document.getElementById("account-told");
    place.className = isTrouble ? "trouble" : "notice";
    place.textContent = (isTrouble ? "▲ " : "● ") + sentence;
    place.scrollIntoView({ block: "nearest" });
  }

  async function send(path, body, button) {
    button.disabled = true;
    try {
      const answer = await fetch(path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      const told = await answer.json().catch(() => ({}));
      if (answer.ok) {
        window.dash_clientside.set_props("shell-changed", { data: Date.now() });
        // The page is drawn anew around it: the word stays a moment longer than the drawing.
        window.setTimeout(() => tell(told.message || "这台手机已被信任，下次只输6位数字就能登录。", false), 600);
      } else {
        tell(told.message || BROKEN, true);
      }
    } catch (unreachable) {
      tell(BROKEN, true);
    }
    button.disabled = false;
  }

  document.addEventListener("submit", function (event) {
    const form = event.target.closest("form[data-account-form]");
    if (!form) return;
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(form));
    const wanted = fields.pin === undefined ? fields.new : fields.pin;
    if (wanted !== fields.again) return tell("两遍输的不一样，请重输。", true);
    delete fields.again;
    send(form.getAttribute("data-account-form"), fields, form.querySelector("button"));
  });

  document.addEventListener("click", function (event) {
    const act = event.target.closest("[data-account-post]");
    if (act) send(act.getAttribute("data-account-post"), {}, act);
  });

  // 复制: where the browser keeps the clipboard from a page without TLS, the old way.
  document.addEventListener("click", async function (event) {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = document.getElementById(button.getAttribute("data-copy"));
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch (refused) {
      const range = document.createRange();
      range.selectNodeContents(source);
      window.getSelection().removeAllRanges();
      window.getSelection().addRange(range);
      document.execCommand("copy");
    }
    button.textContent = "已复制";
  });
})();
