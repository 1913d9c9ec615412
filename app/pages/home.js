// App Bridge adds the ID token to same-origin fetches. After the act the page is read anew, with a fresh token.
document.querySelectorAll("[data-go-live]").forEach((button) => {
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const answer = await fetch("/app/campaigns/" + encodeURIComponent(button.dataset.goLive) + "/live", {
        method: "POST",
        headers: { Authorization: "Bearer " + (await shopify.idToken()) },
      });
      if (!answer.ok) throw new Error((await answer.json()).error.message);
      location.reload();
    } catch (e) {
      const problem = document.getElementById("problem");
      problem.querySelector("s-paragraph").textContent = e.message;
      problem.hidden = false;
      button.disabled = false;
    }
  });
});
