/* The sign-in page (登录): password, one-time link or the six digits of a trusted phone, then on to where one wanted. */
(function () {
  "use strict";
  const PHONE = "(max-width: 767px)";
  const trouble = document.getElementById("sign-in-trouble");
  const byId = (id) => document.getElementById(id);

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

  function tell(sentence) {
    trouble.textContent = sentence;
    trouble.hidden = !sentence;
  }

  async function ask(path, body, button) {
    tell("");
    button.disabled = true;
    try {
      const answer = await fetch(path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      if (answer.ok) return await answer.json();
      const refusal = await answer.json().catch(() => ({}));
      tell(refusal.message || "没有成功，请稍后再试。");
    } catch (unreachable) {
      tell("连不上服务器，请检查网络后再试。");
    }
    button.disabled = false;
    return null;
  }

  // The administrator, who sees no boards, begins with the accounts.
  function go(person) {
    const target = new URL(wanted(), window.location.origin);
    const isAnywhere = target.href === `${window.location.origin}/`;
    window.location.replace(isAnywhere && person && person.role === "admin" ? "/accounts" : target.href);
  }

  // On a phone that is not trusted yet, whoever may is asked once whether to trust it.
  async function offerTrust(person) {
    if (!window.matchMedia(PHONE).matches) return go(person);
    const answer = await fetch("/api/account").catch(() => null);
    const own = answer && answer.ok ? await answer.json() : null;
    const isOffered = own && !own.phone_refusal && !own.password.must_change && !own.phones.some((one) => one.is_current);
    if (!isOffered) return go(person);
    document.querySelectorAll(".sign-in > form, .sign-in > .one-time, .sign-in > details, .sign-in > .provider").forEach((part) => part.remove());
    byId("sign-in-trust-days").textContent = own.phone_days;
    byId("sign-in-trust").hidden = false;
    byId("sign-in-new-pin").focus();
  }

  byId("sign-in-form").addEventListener("submit", async function (event) {
    event.preventDefault();
    const fields = new FormData(event.target);
    const body = { name: fields.get("name"), password: fields.get("password") };
    const person = await ask("/api/session", body, event.target.querySelector("button"));
    if (person) offerTrust(person);
  });

  const link = byId("sign-in-link");
  if (link) {
    link.addEventListener("click", async function () {
      const token = new URLSearchParams(window.location.search).get("link");
      const person = await ask("/api/session", { link: token }, link);
      if (person) go(person);
    });
  }

  const pinForm = byId("sign-in-pin-form");
  if (pinForm) {
    pinForm.addEventListener("submit", async function (event) {
      event.preventDefault();
      const pin = new FormData(pinForm).get("pin");
      if (await ask("/api/session", { pin: pin }, pinForm.querySelector("button"))) go();
      else byId("sign-in-pin").value = "";
    });
  }

  byId("sign-in-trust-form").addEventListener("submit", async function (event) {
    event.preventDefault();
    const fields = new FormData(event.target);
    if (fields.get("pin") !== fields.get("again")) return tell("两遍输的数字不一样，请重输。");
    if (await ask("/api/account/phones", { pin: fields.get("pin") }, event.target.querySelector("button"))) go();
  });
  byId("sign-in-no-trust").addEventListener("click", () => go());
})();
