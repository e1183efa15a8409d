/* The sign-in page (登录): password or one-time link, then on to where the person wanted to go. */
(function () {
  "use strict";
  const form = document.getElementById("sign-in-form");
  const trouble = document.getElementById("sign-in-trouble");

  // Only an address of this very site is followed. It is read as the browser itself would: "/\t/elsewhere" is elsewhere.
  function wanted() {
    const next = new URLSearchParams(window.location.search).get("next") || "/";
    try {
      const target = new URL(next, window.location.origin);
      return target.origin === window.location.origin ? target.href : "/";
    } catch (unreadable) {
      return "/";
    }
  }

  async function signIn(body, button) {
    trouble.hidden = true;
    button.disabled = true;
    try {
      const answer = await fetch("/api/session", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      if (answer.ok) {
        window.location.replace(wanted());
        return;
      }
      const refusal = await answer.json().catch(() => ({}));
      trouble.textContent = refusal.message || "登录没有成功，请稍后再试。";
    } catch (unreachable) {
      trouble.textContent = "连不上服务器，请检查网络后再试。";
    }
    trouble.hidden = false;
    button.disabled = false;
  }

  form.addEventListener("submit", function (event) {
    event.preventDefault();
    const fields = new FormData(form);
    signIn({ name: fields.get("name"), password: fields.get("password") }, form.querySelector("button"));
  });

  const link = document.getElementById("sign-in-link");
  if (link) {
    link.addEventListener("click", function () {
      signIn({ link: new URLSearchParams(window.location.search).get("link") }, link);
    });
  }
})();
