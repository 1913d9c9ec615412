const copies = () => {
  for (const b of document.querySelectorAll("[data-fr-copy]")) if (navigator.clipboard) {
    b.hidden = false;
    b.onclick = () => navigator.clipboard.writeText(b.dataset.frCopy).then(() => (b.textContent = b.dataset.frDone));
  }
};
copies();

// A guest's part: the mail's token is in the fragment, and posted by the button; the session stays in this tab.
for (const part of document.querySelectorAll("[data-fr-guest]")) {
  const [alert, open] = part.querySelectorAll("[hidden]"), page = part.closest(".fr-page");
  const post = (path, body) => fetch(part.dataset.frGuest + path, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body)
  }).catch(() => new Response("", { status: 503 }));
  const say = async (answer) => {
    alert.textContent = (await answer.json().catch(() => 0))?.error?.message || part.dataset.frFailed;
    alert.hidden = false;
  };
  const show = async (session) => {
    page.parentElement.style.minBlockSize = "100vh"; // what stands below keeps its place
    const answer = await post("mine", { session, language: page.lang });
    if (answer.ok) {
      page.outerHTML = await answer.text();
      copies();
    } else if (answer.status == 401) sessionStorage.removeItem("friends");
    else say(answer);
  };

  const enter = () => {
    const token = location.hash.match(/^#friends=(.+)/)?.[1];
    if (token) {
      open.hidden = false;
      open.onclick = async () => {
        const answer = await post("session", { token });
        open.hidden = true;
        history.replaceState(null, "", location.pathname + location.search);
        if (!answer.ok) return say(answer);
        const { session } = await answer.json();
        sessionStorage.friends = session;
        show(session);
      };
    } else if (sessionStorage.friends) show(sessionStorage.friends);
  };
  addEventListener("hashchange", enter);
  enter();
}
