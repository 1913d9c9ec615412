// Shopify.loadFeatures and, once it has loaded "consent-tracking-api", Shopify.customerPrivacy. data-consent says how the visitor
// stands: given, refused, unasked, or unavailable (the API cannot be loaded). What setTrackingConsent is told holds for the visit.
// Source: shopify.dev, Customer Privacy API.
(function () {
  var kept = "_sim_consent", start = document.currentScript.dataset.consent;

  function state() {
    var said = sessionStorage.getItem(kept);
    return said || start;
  }
  function allowed() { return state() === "given"; }

  function privacy() {
    var answer = { given: "yes", refused: "no" };
    return {
      analyticsProcessingAllowed: allowed, marketingAllowed: allowed, preferencesProcessingAllowed: allowed, saleOfDataAllowed: allowed,
      userCanBeTracked: allowed, getRegion: function () { return "USME"; },
      shouldShowBanner: function () { return state() === "unasked"; },
      currentVisitorConsent: function () {
        var a = answer[state()] || "";
        return { analytics: a, marketing: a, preferences: a, sale_of_data: a, gpc: "" };
      },
      setTrackingConsent: function (consent, done) {
        var yes = consent === true || !!(consent && consent.preferences);
        sessionStorage.setItem(kept, yes ? "given" : "refused");
        document.dispatchEvent(new CustomEvent("visitorConsentCollected", { detail: {
          analyticsAllowed: yes, marketingAllowed: yes, preferencesAllowed: yes, saleOfDataAllowed: yes, firstPartyMarketingAllowed: yes,
        } }));
        if (done) done();
      },
    };
  }

  // Features arrive later, never within the call.
  Shopify.loadFeatures = function (features, done) {
    setTimeout(function () {
      var unknown = features.filter(function (f) { return f.name !== "consent-tracking-api"; });
      if (start === "unavailable" || unknown.length) {
        if (done) done(new Error("Could not load " + features.map(function (f) { return f.name; }).join(", ")));
        return;
      }
      Shopify.customerPrivacy = Shopify.customerPrivacy || privacy();
      if (done) done();
    }, 0);
  };
})();
