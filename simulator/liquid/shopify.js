// What Shopify's Liquid has and LiquidJS has not: the tags of theme app extensions, the filters below, translations. An unknown
// filter or tag is an error, as it is there. The expression is a function that takes the extension's files as JSON and what Go
// does (host.money, host.plural), and returns the function that renders a block.
// Source: shopify.dev, Liquid reference, tags and filters; theme app extensions, configuration.
(function (text, host) {
  var files = JSON.parse(text), page = {}, parsed = {};

  function snippet(name) {
    if (!Object.prototype.hasOwnProperty.call(files.snippets, name)) throw new Error("there is no snippet " + name);
    return files.snippets[name];
  }

  var engine = new liquidjs.Liquid({
    strictFilters: true, relativeReference: false, extname: "", cache: true, root: ["/"], partials: ["/"], layouts: ["/"],
    fs: {
      sep: "/", dirname: function () { return "/"; }, contains: function () { return true; }, containsSync: function () { return true; },
      resolve: function (folder, name) { return name; }, existsSync: function (name) { return name in files.snippets; },
      exists: function (name) { return Promise.resolve(name in files.snippets); }, readFileSync: snippet,
      readFile: function (name) { return Promise.resolve(snippet(name)); },
    },
  });

  // Tags whose content is not for this place: read up to their end, and shown nowhere.
  ["schema", "stylesheet", "javascript", "doc"].forEach(function (name) {
    engine.registerTag(name, {
      parse: function (token, rest) {
        while (rest.length) if (rest.shift().name === "end" + name) return;
        throw new Error("tag " + name + " not closed");
      },
      render: function () { return ""; },
    });
  });

  engine.registerTag("style", {
    parse: function (token, rest) {
      this.inner = [];
      var self = this, stream = this.liquid.parser.parseStream(rest);
      stream.on("tag:endstyle", function () { stream.stop(); });
      stream.on("template", function (template) { self.inner.push(template); });
      stream.on("end", function () { throw new Error("tag style not closed"); });
      stream.start();
    },
    render: function* (context, emitter) {
      emitter.write("<style data-shopify>");
      yield this.liquid.renderer.renderTemplates(this.inner, context, emitter);
      emitter.write("</style>");
    },
  });

  var escapes = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  function escape(s) { return String(s).replace(/[&<>"']/g, function (c) { return escapes[c]; }); }

  // Named arguments come as pairs.
  function named(args) {
    var out = {};
    args.forEach(function (a) { if (Array.isArray(a)) out[a[0]] = a[1]; });
    return out;
  }

  function walk(language, key) {
    return String(key).split(".").reduce(function (o, k) { return o === undefined || o === null ? undefined : o[k]; }, files.locales[language]);
  }

  // Words that a language lacks are the default's. Values are escaped unless the key ends in _html.
  function translate(key) {
    var values = named(Array.prototype.slice.call(arguments, 1)), found = walk(page.locale, key), language = page.locale;
    if (found === undefined) { language = files.default_locale; found = walk(language, key); }
    if (found && typeof found === "object") {
      var n = Number(values.count);
      found = (n === 0 && found.zero) || found[host.plural(language, n)] || found.other;
    }
    if (typeof found !== "string") return "Translation missing: " + page.locale + "." + key;
    var plain = /_html$/.test(String(key));
    return found.replace(/\{\{\s*(\w+)\s*\}\}/g, function (whole, name) {
      if (!(name in values)) return whole;
      return plain ? String(values[name]) : escape(values[name]);
    });
  }

  // A price is a number of hundredths, or text that starts with one.
  function hundredths(v) { return Math.round(Number(v)) || 0; }
  function money(v) { return host.money(hundredths(v), page.money_format, false); }

  function json(v) {
    return JSON.stringify(v === undefined ? null : v).replace(/[<>&\u2028\u2029]/g, function (c) {
      return "\\u" + ("000" + c.charCodeAt(0).toString(16)).slice(-4);
    });
  }

  function handle(s) { return String(s).toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, ""); }
  function picture(v) { return v && v.src ? v.src : v || ""; }
  function asset(name) { return page.assets + name; }

  var filters = {
    t: translate, translate: translate, json: json, escape: function (v) { return v === undefined || v === null ? "" : escape(v); },
    handle: handle, handleize: handle,
    asset_url: asset, asset_img_url: asset, image_url: picture, img_url: picture,
    stylesheet_tag: function (url) { return '<link href="' + escape(url) + '" rel="stylesheet" type="text/css" media="all">'; },
    script_tag: function (url) { return '<script src="' + escape(url) + '" type="text/javascript"></script>'; },
    money: money, money_with_currency: function (v) { return money(v) + " " + page.currency; },
    money_without_currency: function (v) { return host.money(hundredths(v), "{{amount}}", false); },
    money_without_trailing_zeros: function (v) { return host.money(hundredths(v), page.money_format, true); },
    pluralize: function (n, one, many) { return Number(n) === 1 ? one : many; },
  };
  Object.keys(filters).forEach(function (name) { engine.registerFilter(name, filters[name]); });

  return function (block, objects, settings) {
    page = JSON.parse(settings);
    if (page.source) return engine.renderSync(engine.parse(page.source), {}, { globals: JSON.parse(objects) });
    if (!parsed[block]) parsed[block] = engine.parse(files.blocks[block], "blocks/" + block + ".liquid");
    // Snippets see the page's objects and nothing that the block has assigned: hence globals, not a scope.
    return engine.renderSync(parsed[block], {}, { globals: JSON.parse(objects) });
  };
});
